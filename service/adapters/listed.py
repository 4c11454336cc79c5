"""Bundles that another worker of this server fetches: what its list names first is what is served."""

from collections.abc import Callable, Iterator
from pathlib import Path

from models.bundle.reading import Bundle
from models.errors import BundleError, ShopkeeperError
from service.adapters.claim import Claim
from service.adapters.ports import RegisteredVersion
from service.adapters.store import BundleStore


class NothingListedError(ShopkeeperError):
    """The worker that fetches bundles has not fetched one yet."""

    reason = "NOTHING_LISTED"


class ListedBundles(BundleStore):
    """A store that fetches and lists nothing itself, and is the registry that its follower asks.

    What is served is claimed for as long as it is: nobody deletes what is mapped here. Whoever lets go of a bundle that
    is listed no more clears it away.
    """

    _served: Claim | None = None

    def find(self, name: str, alias: str) -> RegisteredVersion:
        """The bundle that the list names first.

        Raises:
            NothingListedError: There is none.
        """
        for good in self.listed():
            return good
        raise NothingListedError(
            f"no bundle of {name} for the alias {alias} has been fetched yet: see the first worker"
        )

    def fetch(self, version: RegisteredVersion, directory: Path) -> Path:
        """Never; `add` asks nobody for it."""
        raise NotImplementedError

    def add(self, version: RegisteredVersion, fetch: Callable[[RegisteredVersion, Path], Path]) -> Bundle:
        """The version's bundle, claimed.

        Raises:
            BundleError: It is harmed, or just being fetched again.
        """
        del fetch
        directory = self.directory(version)
        if not self._claimed(directory):
            raise BundleError(f"{directory} is not there, or about to be replaced")
        try:
            return self._soundness.opened(directory, expected_fingerprint=version.fingerprint)
        except BundleError:
            # Whoever fetches may put another in its place.
            self._let_go()
            raise

    def mark_good(self, version: RegisteredVersion, bundle: Bundle) -> None:
        """Let go of what was served before.

        Raises:
            OSError: What nobody needs any more cannot be looked for.
        """
        del version, bundle
        if self._claim is not None:
            before, self._served, self._claim = self._served, self._claim, None
            if before is not None:
                before.release()
        self._clear()

    def good(self) -> Iterator[tuple[RegisteredVersion, Bundle | BundleError]]:
        """As a store does; what is taken is claimed."""
        for version, found in super().good():
            if isinstance(found, Bundle):
                self._served = Claim.to_use(found.directory)
            yield version, found
