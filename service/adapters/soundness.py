"""Bundles that this server has checked already: who comes in a worker's place need not read a gigabyte again."""

import hashlib
import time
from collections.abc import Callable, Collection
from pathlib import Path

from models.bundle.manifest import fingerprint
from models.bundle.reading import Bundle

SETTLED_S = 1.0
"""Age of a file's last change from which on another one shows in its time: kernels count in steps of 1 to 10 ms, some
file systems of a second."""


class Soundness:
    """Opens bundles, and checks what nobody of this server has checked as it is now.

    A bundle is known by its fingerprint and by what the kernel says of each of its files: device, inode, size and time
    of its last change, which nobody can set. As long as these are the same, the bytes are those that were checked, and
    that other workers go on answering from. Of what happens to a disk beneath the file system neither they nor this
    know; a server that starts checks every byte.

    Args:
        known: Stamps of bundles that were checked.
        tell: Called with the stamp of one that was checked now.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        known: Collection[str] = (),
        tell: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._known, self._tell, self._clock = known, tell, clock

    def opened(self, directory: Path, *, expected_fingerprint: str | None, n_threads: int = 1) -> Bundle:
        """The bundle, as `Bundle.open` gives it.

        Raises:
            BundleError: It is missing, corrupt or of another schema version.
        """
        # Before the bytes are read: what changes meanwhile has another stamp then.
        stamp = self._stamp(directory, expected_fingerprint)
        if stamp is not None and stamp in self._known:
            return Bundle.map(directory)
        bundle = Bundle.open(directory, expected_fingerprint=expected_fingerprint, n_threads=n_threads)
        if stamp is not None:
            self._tell(stamp)
        return bundle

    def _stamp(self, directory: Path, expected_fingerprint: str | None) -> str | None:
        """What the bundle is known by; None where it has changed too lately to be known, or is none."""
        told = hashlib.sha256()
        try:
            found = fingerprint(directory)
            if found != expected_fingerprint:
                return None
            told.update(found.encode())
            for path in sorted(directory.iterdir()):
                of = path.stat()
                if self._clock() - of.st_ctime < SETTLED_S:
                    return None
                told.update(repr((path.name, of.st_dev, of.st_ino, of.st_size, of.st_ctime_ns)).encode())
        except OSError:
            return None
        return told.hexdigest()
