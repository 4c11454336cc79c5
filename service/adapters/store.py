"""Bundles on disk: what the server fetched, checked and can start from when the registry is down."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from models.bundle.manifest import fingerprint
from models.bundle.reading import Bundle
from models.errors import BundleCorruptError, BundleError
from service.adapters.claim import Claim
from service.adapters.ports import RegisteredVersion
from service.adapters.soundness import Soundness

_GOOD = "good-"
_INCOMING = "incoming-"
N_HASHING = 4
"""Threads that check a bundle at the start, when no page waits for a core; more only wait for the disk."""
_ABANDONED_AFTER_S = 3600
"""Age at which a download that another process left behind is cleared away."""


@dataclass(frozen=True, slots=True)
class _Good:
    """A bundle that was checked and served.

    Attributes:
        directory: Its name below the model's directory.
        fingerprint: Held here as well as in the registry, so that a changed manifest is noticed without it.
        ledger_position: As the registry said; lists of before this was kept do not say.
    """

    version: str
    directory: str
    registered_at_ms: int
    fingerprint: str
    ledger_position: int | None = None

    def registered(self, name: str) -> RegisteredVersion:
        """As the registry would say it."""
        return RegisteredVersion(name, self.version, self.registered_at_ms, self.fingerprint, self.ledger_position)


class BundleStore:
    """Directories STATE_DIR/bundles/NAME/VERSION-REGISTERED_AT, each one bundle, and lists of good ones beside them.

    A directory appears by one rename, after it was checked, so a reader never meets half a bundle. Servers may share a
    state directory: each alias of each registry has a list of its own, and a bundle stays as long as any list names it
    or any server is about to.

    Args:
        state_dir: Made when needed.
        name: Of the model.
        alias: Followed.
        registry: Address of the registry; a password in it makes no difference.
        keep: Bundles kept for this alias, 1 or more.
        soundness: Knows which of them need no check at the start.
    """

    def __init__(
        self,
        state_dir: Path,
        name: str,
        *,
        alias: str,
        registry: str,
        keep: int,
        soundness: Soundness | None = None,
    ) -> None:
        self._soundness = soundness or Soundness()
        self._root = state_dir / "bundles" / quote(name, safe=" ")
        self._list = self._root / f"{_GOOD}{quote(alias, safe=' ')}-{_key(registry)}.json"
        self._keep = keep
        self._name = name
        self._claim: Claim | None = None

    def add(self, version: RegisteredVersion, fetch: Callable[[RegisteredVersion, Path], Path]) -> Bundle:
        """The version's bundle, from disk where it is there unharmed, else fetched; kept at least until `mark_good`.

        Raises:
            BundleError: What was fetched is no bundle, corrupt, or another than the registered one.
            ShopkeeperError: Whatever `fetch` raises.
            OSError: It cannot be put on disk.
        """
        target = self.directory(version)
        if claim := self._claimed(target):
            try:
                return Bundle.open(target, expected_fingerprint=self._expected(version))
            except BundleError:
                if not claim.is_alone():
                    # Another server is at it: there is a next time.
                    raise
                shutil.rmtree(target, ignore_errors=True)
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_INCOMING, dir=self._root, ignore_cleanup_errors=True) as incoming:
            fetched = fetch(version, Path(incoming))
            try:
                Bundle.open(fetched, expected_fingerprint=version.fingerprint)
            except BundleCorruptError as error:
                # The registry's copy is at fault, not the temporary one that the message names.
                raise BundleCorruptError(
                    str(error).replace(str(fetched), version.label), metadata={"version": version.label}
                ) from error
            # Before it has its name: once it has, another server may look for what nobody names.
            self._claimed(fetched)
            try:
                fetched.rename(target)
            except OSError:
                # Where it is there, another server on this state directory was first.
                if not self._claimed(target):
                    raise
                return Bundle.open(target, expected_fingerprint=version.fingerprint)
        return Bundle.map(target)

    def mark_good(self, version: RegisteredVersion, bundle: Bundle) -> None:
        """Remember the bundle as the one to start from, and clear away the oldest beyond those to keep.

        Raises:
            OSError: It cannot be written down; the list is as it was.
        """
        entry = _Good(
            version.version,
            bundle.directory.name,
            version.registered_at_ms,
            fingerprint(bundle.directory),
            version.ledger_position,
        )
        others = [good for good in _listed(self._list) if good.directory != entry.directory]
        handle, temporary = tempfile.mkstemp(prefix=_INCOMING, dir=self._root)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump([asdict(good) for good in [entry, *others][: self._keep]], file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._list)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._let_go()
        self._clear()

    def good(self) -> Iterator[tuple[RegisteredVersion, Bundle | BundleError]]:
        """The bundles served before, the last first; the error instead of one that is harmed."""
        for good in _listed(self._list):
            version = good.registered(self._name)
            try:
                yield (
                    version,
                    self._soundness.opened(
                        self._root / good.directory, expected_fingerprint=good.fingerprint, n_threads=N_HASHING
                    ),
                )
            except BundleError as error:
                yield version, error

    def listed(self) -> list[RegisteredVersion]:
        """The bundles served before, the last first, harmed or not."""
        return [good.registered(self._name) for good in _listed(self._list)]

    def directory(self, version: RegisteredVersion) -> Path:
        """Where the version's bundle is, or would be."""
        return self._root / f"{version.version}-{version.registered_at_ms}"

    def _expected(self, version: RegisteredVersion) -> str | None:
        if version.fingerprint is not None:
            return version.fingerprint
        name = self.directory(version).name
        return next((good.fingerprint for good in _listed(self._list) if good.directory == name), None)

    def _claimed(self, directory: Path) -> Claim | None:
        """A claim to the directory instead of what was claimed before; None where it is not there."""
        self._let_go()
        self._claim = Claim.to_use(directory)
        return self._claim

    def _let_go(self) -> None:
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def _clear(self) -> None:
        """Delete bundles that nobody names or claims, and abandoned downloads, as far as that goes.

        A bundle still mapped stays readable until it is let go. Another server may be clearing too: what has gone in
        between is no fault.
        """
        for path in self._root.iterdir():
            with suppress(OSError):
                if path.name.startswith(_INCOMING):
                    if time.time() - path.stat().st_mtime >= _ABANDONED_AFTER_S:
                        _delete(path)
                elif path.is_dir() and path.name not in self._named():
                    self._delete_unclaimed(path)

    def _delete_unclaimed(self, directory: Path) -> None:
        claim = Claim.to_delete(directory)
        if claim is None:
            return
        try:
            # Asked again: a server may have written it down and let it go since.
            if directory.name not in self._named():
                _delete(directory)
        finally:
            claim.release()

    def _named(self) -> set[str]:
        """Directories that the list of any alias names."""
        return {good.directory for path in self._root.glob(f"{_GOOD}*.json") for good in _listed(path)}


def _key(registry: str) -> str:
    """A short name for a registry, the same whoever logs in to it."""
    try:
        parts = urlsplit(registry)
        address = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        # No address of any form; the registry says so.
        address = registry
    return hashlib.sha256(address.encode()).hexdigest()[:12]


def _listed(path: Path) -> list[_Good]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return [_Good(**entry) for entry in entries if Path(entry["directory"]).name == entry["directory"]]
    except (OSError, ValueError, TypeError, KeyError):
        # A list that is missing or harmed costs a download, no more.
        return []


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
