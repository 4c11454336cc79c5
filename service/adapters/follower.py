"""Follows an alias: what it points to is what is served, and nothing worse ever takes its place."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from models.bundle.manifest import FINGERPRINT_TAG
from models.bundle.reading import Bundle
from models.errors import BundleError, ShopkeeperError
from service.adapters.ports import VERSION, AliasMissingError, RegisteredVersion, Registry, RegistryUnreachableError
from service.adapters.store import BundleStore
from service.log import Log
from service.troubles import Troubles

FIRST_RETRY_S = 5.0
"""Wait before a refused version is tried again: its upload may not have been finished."""
LONGEST_RETRY_S = 300.0
"""The wait doubles up to this."""


@dataclass(slots=True)
class _Refusal:
    version: RegisteredVersion
    retry_at_s: float
    wait_s: float


class Follower:
    """Asks the registry again and again, in a thread of its own, and publishes what the alias points to.

    Args:
        registry: Where the alias is.
        store: Bundles on disk.
        name: Of the model.
        alias: Followed; or "version:12", which no alias can be.
        publish: Called with a new bundle, from the follower's thread; must be quick.
        log: For what an operator should know.
        poll_interval_s: Between two questions.
        monotonic: Clock in seconds.
        source: What the registry is called in the log.
        is_champion: Whether pages without a test rest on it.
    """

    def __init__(
        self,
        registry: Registry,
        store: BundleStore,
        *,
        name: str,
        alias: str,
        publish: Callable[[RegisteredVersion, Bundle], None],
        log: Log,
        poll_interval_s: float,
        monotonic: Callable[[], float],
        source: str = "registry",
        is_champion: bool = False,
    ) -> None:
        self._registry, self._store = registry, store
        self._name, self._alias = name, alias
        self._publish, self._log = publish, log
        self._interval_s, self._monotonic, self._source = poll_interval_s, monotonic, source
        self._is_champion = is_champion
        self._has_started = False
        self._serving: RegisteredVersion | None = None
        self._refusal: _Refusal | None = None
        self._unmarked: tuple[RegisteredVersion, Bundle] | None = None
        self._troubles = Troubles(log)

    def run(self, stop: threading.Event) -> None:
        """Serve the last good bundle, then follow the alias until told to stop."""
        self.start()
        while not stop.is_set():
            self._guarded(self.poll)
            stop.wait(self._interval_s)

    def start(self) -> None:
        """Serve the last good bundle, once: `run` does it where nobody wanted it done before."""
        if not self._has_started:
            self._has_started = True
            self._guarded(self.resume)

    def resume(self) -> None:
        """Publish the last good bundle on disk; where it is harmed, the one before it."""
        for version, found in self._store.good():
            if isinstance(found, Bundle):
                self._serve(version, found, source="disk")
                return
            self._log.error("bundle_refused", version=version.label, source="disk", cause=str(found))

    def poll(self) -> None:
        """Ask once, and follow."""
        self._mark()
        try:
            version = self._registry.find(self._name, self._alias)
        except ShopkeeperError as error:
            if self._troubles.is_news("registry", error.reason):
                if isinstance(error, AliasMissingError) and self._is_champion and self._serving is None:
                    self._log.error("no_champion", hint=str(error))
                else:
                    self._log.warning(error.reason.lower(), cause=str(error), still_serving=self._still_serving())
            return
        if self._troubles.is_over("registry"):
            self._log.info(f"{self._source}_answers_again", model=self._name, alias=self._alias)
        if self._is_served(version) or self._is_refused(version):
            return
        try:
            bundle = self._store.add(version, self._registry.fetch)
        except BundleError as error:
            self._refuse("bundle_refused", version, error)
        except (RegistryUnreachableError, OSError) as error:
            self._refuse("bundle_not_fetched", version, error)
        else:
            self._serve(version, bundle, source=self._source)
            if version.fingerprint is None:
                self._log.warning(
                    "fingerprint_missing",
                    version=version.label,
                    cause=f"the version has no tag {FINGERPRINT_TAG}: its bundle was checked against itself alone",
                )
            self._unmarked = (version, bundle)
            self._mark()

    def _mark(self) -> None:
        """Write down what is served as the bundle to start from, where that has not been done yet."""
        if self._unmarked is None:
            return
        version, bundle = self._unmarked
        try:
            self._store.mark_good(version, bundle)
        except OSError as error:
            if self._troubles.is_news("disk", str(error.errno)):
                self._log.error("bundle_not_marked", version=version.label, cause=str(error))
            return
        self._unmarked = None
        if self._troubles.is_over("disk"):
            self._log.info("bundle_marked", version=version.label)

    def _is_served(self, version: RegisteredVersion) -> bool:
        serving = self._serving
        if serving is None or (serving.label, serving.registered_at_ms) != (version.label, version.registered_at_ms):
            return False
        return version.fingerprint in (None, serving.fingerprint) or serving.fingerprint is None

    def _is_refused(self, version: RegisteredVersion) -> bool:
        refusal = self._refusal
        return refusal is not None and refusal.version == version and self._monotonic() < refusal.retry_at_s

    def _refuse(self, event: str, version: RegisteredVersion, error: Exception) -> None:
        """Keep what is served; say so once for each version, and try again later."""
        again = self._refusal is not None and self._refusal.version == version
        wait_s = min(self._refusal.wait_s * 2, LONGEST_RETRY_S) if again and self._refusal else FIRST_RETRY_S
        self._refusal = _Refusal(version, self._monotonic() + wait_s, wait_s)
        if not again:
            self._log.error(
                event,
                version=version.label,
                source=self._source,
                reason=error.reason if isinstance(error, ShopkeeperError) else "DISK",
                cause=str(error),
                still_serving=self._still_serving(),
            )

    def _serve(self, version: RegisteredVersion, bundle: Bundle, *, source: str) -> None:
        before = self._still_serving()
        self._publish(version, bundle)
        self._serving = version
        self._log.info(
            "bundle_served",
            reference=self._alias if self._alias.startswith(VERSION) else f"alias:{self._alias}",
            version=version.label,
            source=source,
            items=bundle.n_items,
            item_pairs=len(bundle.item_pairs.item),
            replaced=before,
        )

    def _still_serving(self) -> str:
        return self._serving.label if self._serving else "nothing"

    def _guarded(self, step: Callable[[], None]) -> None:
        self._troubles.guard(step, failed="follower_failed", goes_on="follower_goes_on")
