"""Follows an alias: what it points to is what is served, and nothing worse ever takes its place."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from models.bundle.reading import Bundle
from models.errors import BundleError, ShopkeeperError
from service.adapters.ports import RegisteredVersion, Registry, RegistryUnreachableError
from service.adapters.store import BundleStore
from service.log import Log

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
        alias: Followed.
        publish: Called with a new bundle, from the follower's thread; must be quick.
        log: For what an operator should know.
        poll_interval_s: Between two questions.
        monotonic: Clock in seconds.
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
    ) -> None:
        self._registry, self._store = registry, store
        self._name, self._alias = name, alias
        self._publish, self._log = publish, log
        self._interval_s, self._monotonic = poll_interval_s, monotonic
        self._serving: RegisteredVersion | None = None
        self._refusal: _Refusal | None = None
        self._trouble: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Serve the last good bundle, then follow the alias until told to stop."""
        self._guarded(self.resume)
        while not stop.is_set():
            self._guarded(self.poll)
            stop.wait(self._interval_s)

    def resume(self) -> None:
        """Publish the last good bundle on disk; where it is harmed, the one before it."""
        for version, found in self._store.good():
            if isinstance(found, Bundle):
                self._serve(version, found, source="disk")
                return
            self._log.error("bundle_refused", version=version.label, source="disk", cause=str(found))

    def poll(self) -> None:
        """Ask once, and follow."""
        try:
            version = self._registry.find(self._name, self._alias)
        except ShopkeeperError as error:
            self._trouble_is(error)
            return
        self._trouble_is(None)
        if self._is_served(version) or self._is_refused(version):
            return
        try:
            bundle = self._store.add(version, self._registry.fetch)
        except BundleError as error:
            self._refuse("bundle_refused", version, error)
        except (RegistryUnreachableError, OSError) as error:
            self._refuse("bundle_not_fetched", version, error)
        else:
            self._serve(version, bundle, source="registry")
            self._store.mark_good(version, bundle)

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
                source="registry",
                reason=error.reason if isinstance(error, ShopkeeperError) else "DISK",
                cause=str(error),
                still_serving=self._serving.label if self._serving else "nothing",
            )

    def _serve(self, version: RegisteredVersion, bundle: Bundle, *, source: str) -> None:
        before = self._serving
        self._publish(version, bundle)
        self._serving = version
        self._log.info(
            "bundle_served",
            version=version.label,
            source=source,
            items=bundle.n_items,
            item_pairs=len(bundle.item_pairs.item),
            replaced=before.label if before else "nothing",
        )

    def _trouble_is(self, error: ShopkeeperError | None) -> None:
        """Say once that the registry is in trouble, and once that it is well again."""
        trouble = error.reason if error else None
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if error is None:
            self._log.info("registry_answers_again", model=self._name, alias=self._alias)
        else:
            still = self._serving.label if self._serving else "nothing"
            self._log.warning(error.reason.lower(), cause=str(error), still_serving=still)

    def _guarded(self, step: Callable[[], None]) -> None:
        """A step that fails unexpectedly is logged and tried again: the thread that follows must not end."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - see above
            trouble = f"UNEXPECTED {type(error).__name__}: {error}"
            if trouble != self._trouble:
                self._trouble = trouble
                self._log.error("follower_failed", cause=trouble)
