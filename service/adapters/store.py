"""Bundles on disk: what the server fetched, checked and can start from when the registry is down."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from models.bundle.manifest import fingerprint, verify
from models.bundle.reading import Bundle
from models.errors import BundleCorruptError, BundleError
from service.adapters.ports import RegisteredVersion

GOOD = "good.json"
"""File that lists the bundles served, the last good one first."""
_INCOMING = "incoming-"
_ABANDONED_AFTER_S = 3600
"""Age at which a download that another process left behind is cleared away."""


@dataclass(frozen=True, slots=True)
class _Good:
    """A bundle that was checked and served.

    Attributes:
        directory: Its name below the model's directory.
        fingerprint: Held here as well as in the registry, so that a changed manifest is noticed without it.
    """

    version: str
    directory: str
    registered_at_ms: int
    fingerprint: str


class BundleStore:
    """Directories STATE_DIR/bundles/NAME/VERSION-REGISTERED_AT, each one bundle, and the list of good ones.

    A directory appears by one rename, after its bytes were checked, so a reader never meets half a bundle. Several
    servers may share a state directory.

    Args:
        state_dir: Made when needed.
        name: Of the model.
        keep: Bundles kept, 1 or more.
    """

    def __init__(self, state_dir: Path, name: str, *, keep: int) -> None:
        self._root = state_dir / "bundles" / quote(name, safe=" ")
        self._keep = keep
        self._name = name

    def add(self, version: RegisteredVersion, fetch: Callable[[RegisteredVersion, Path], Path]) -> Bundle:
        """The version's bundle, from disk where it is there unharmed, else fetched.

        Raises:
            BundleError: What was fetched is no bundle, corrupt, or another than the registered one.
            ShopkeeperError: Whatever `fetch` raises.
        """
        target = self._root / f"{version.version}-{version.registered_at_ms}"
        if target.is_dir():
            try:
                return Bundle.open(target, expected_fingerprint=self._expected(version))
            except BundleError:
                shutil.rmtree(target, ignore_errors=True)
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_INCOMING, dir=self._root) as incoming:
            fetched = fetch(version, Path(incoming))
            try:
                verify(fetched, expected_fingerprint=version.fingerprint)
            except BundleCorruptError as error:
                # The registry's copy is at fault, not the temporary one that the message names.
                raise BundleCorruptError(
                    str(error).replace(str(fetched), version.label), metadata={"version": version.label}
                ) from error
            try:
                fetched.rename(target)
            except OSError:
                if not target.is_dir():
                    raise
                # Another server on this state directory was first.
                return Bundle.open(target, expected_fingerprint=version.fingerprint)
        return Bundle.map(target)

    def mark_good(self, version: RegisteredVersion, bundle: Bundle) -> None:
        """Remember the bundle as the one to start from, and clear away the oldest beyond those to keep."""
        entry = _Good(version.version, bundle.directory.name, version.registered_at_ms, fingerprint(bundle.directory))
        others = [good for good in self._listed() if good.directory != entry.directory]
        kept = [entry, *others][: self._keep]
        handle, temporary = tempfile.mkstemp(prefix=_INCOMING, dir=self._root)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump([asdict(good) for good in kept], file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(self._root / GOOD)
        self._clear({good.directory for good in kept})

    def good(self) -> Iterator[tuple[RegisteredVersion, Bundle | BundleError]]:
        """The bundles served before, the last first; the error instead of one that is harmed."""
        for good in self._listed():
            version = RegisteredVersion(self._name, good.version, good.registered_at_ms, good.fingerprint)
            try:
                yield version, Bundle.open(self._root / good.directory, expected_fingerprint=good.fingerprint)
            except BundleError as error:
                yield version, error

    def _expected(self, version: RegisteredVersion) -> str | None:
        if version.fingerprint is not None:
            return version.fingerprint
        name = f"{version.version}-{version.registered_at_ms}"
        return next((good.fingerprint for good in self._listed() if good.directory == name), None)

    def _listed(self) -> list[_Good]:
        try:
            entries = json.loads((self._root / GOOD).read_text(encoding="utf-8"))
            return [_Good(**entry) for entry in entries if Path(entry["directory"]).name == entry["directory"]]
        except (OSError, ValueError, TypeError, KeyError):
            # A list that is missing or harmed costs a download, no more.
            return []

    def _clear(self, kept: set[str]) -> None:
        """Delete other bundles and abandoned downloads; a bundle still mapped stays readable until it is let go."""
        for path in self._root.iterdir():
            if path.name in kept or path.name == GOOD:
                continue
            if path.name.startswith(_INCOMING) and time.time() - path.stat().st_mtime < _ABANDONED_AFTER_S:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
