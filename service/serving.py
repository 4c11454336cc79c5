"""One process that serves, put together: registry to store to follower to slot, and slot to wire."""

import asyncio
import threading
import time
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field

from models.bundle.reading import Bundle
from service.access import Access
from service.adapters.catalogue_follower import CatalogueFollower
from service.adapters.follower import Follower
from service.adapters.listed import ListedBundles
from service.adapters.placements_file import read_placements
from service.adapters.ports import RegisteredVersion
from service.adapters.registry import MlflowRegistry
from service.adapters.soundness import Soundness
from service.adapters.store import BundleStore
from service.api.endpoint import Endpoint, Guard, Instruments, Limits
from service.core.answers import Model
from service.core.arms import Arms, tallies_of
from service.core.placements import with_bar
from service.core.slot import ModelSlot
from service.experiments import Publish, experiment_runs
from service.garbage import collect_seldom
from service.log import Log
from service.settings import Settings
from service.shoppers import Shoppers
from service.threads import Threads
from service.watching.watch import Watch
from service.workers.line import Line

JOIN_S = 1.0
"""Time a thread has to end by itself once the last call is answered."""


@dataclass(frozen=True, slots=True)
class Among:
    """The place of one worker among others that serve the same port.

    Attributes:
        line: To the supervisor.
        follows: Whether it follows the registry, and not the list of bundles that the worker which does so keeps.
        soundness: Knows what the others have checked.
    """

    line: Line
    follows: bool
    soundness: Soundness = field(default_factory=Soundness)


class Server:
    """Everything of one process that serves. It reads what it was given, and neither listens nor follows yet.

    Attributes:
        following: Threads that keep up with the registry, with other servers and with what is owed.
        testing: Threads of tests, which count and write until the last page is answered.
    """

    def __init__(
        self, settings: Settings, environ: MutableMapping[str, str], log: Log, among: Among | None, watch: Watch
    ) -> None:
        self._settings, self._environ, self._log, self._among, self._watch = settings, environ, log, among, watch
        self._follows, self._soundness = (True, Soundness()) if among is None else (among.follows, among.soundness)
        self._loop = asyncio.get_running_loop()
        self.following, self.testing = Threads(), Threads()
        self._slot = ModelSlot()
        self._placements = with_bar(settings.min_probability, read_placements(settings.placements))
        self._access = Access.opened(settings, log)
        self._shoppers = Shoppers.opened(settings, log)
        self._catalogue = self._shoppers.catalogue(self._slot, log)
        self._arms = Arms(self._slot)
        watch.meters.counts_tests(lambda: tallies_of(self._arms.live.values()))
        store, follow, tell = self._shoppers.experiments(), self._follow_arm, watch.meters.tests
        self._tests = experiment_runs(settings, self._arms, self._catalogue, follow, store, log, self.testing, tell)
        self._follower = self._follower_of(settings.alias, self._publish, is_champion=True)
        self._endpoint: Endpoint | None = None
        self._is_settled = False

    async def start(self) -> Endpoint:
        """Listen, and follow whatever may change."""
        settings = self._settings
        if self._among is not None:
            # The others take the pages until then: none should come to a worker that has nothing to say yet.
            await self._loop.run_in_executor(None, self._follower.start)
        self._endpoint = endpoint = await self._listening()
        self._following_access = asyncio.create_task(self._access.follow())
        self._log.info("listening", address=endpoint.address, model=settings.model, alias=settings.alias)
        self._welcome()
        self._start_threads()
        if self._among is not None:
            self._among.line.say_listening()
        return endpoint

    async def drain(self, endpoint: Endpoint) -> None:
        """Take no new calls, answer those that run, and let go of everything."""
        settings = self._settings
        self._log.info("draining", lame_duck_s=settings.lame_duck_s, drain_s=settings.drain_s)
        endpoint.turn_away()
        await asyncio.sleep(settings.lame_duck_s)
        self.following.stop()
        self._following_access.cancel()
        await endpoint.drain(settings.drain_s)
        # What was counted last is written down after the last answer, and before the database is let go of.
        self.testing.stop()
        await self._loop.run_in_executor(None, self.testing.join, JOIN_S)
        self._shoppers.close()

    async def _listening(self) -> Endpoint:
        settings, access, meters = self._settings, self._access, self._watch.meters
        return await Endpoint.listen(
            settings.host,
            settings.port,
            self._arms,
            self._placements,
            self._log,
            Limits(settings.max_concurrent_calls, settings.max_waiting_calls),
            desks=self._shoppers.desks(self._log, meters.lookup_failed, self._arms.reported),
            catalogue=self._catalogue,
            guard=Guard(access.callers, access.credentials),
            instruments=Instruments(meters, self._watch.tracer),
            shares_port=self._among is not None,
        )

    def _start_threads(self) -> None:
        self.following.start("follower", self._follower.run)
        if self._catalogue is not None:
            self.following.start("catalogue", CatalogueFollower(self._catalogue, self._log).run)
        # Of several workers the one looks that knows of new versions first.
        owing = self._watch.debt_watch(self._shoppers, self._log) if self._follows else None
        if owing is not None:
            self.following.start("erasure debt", owing.run)
        for name, run in self._tests.items():
            self.testing.start(name, run)

    def _publish(self, version: RegisteredVersion, bundle: Bundle) -> None:
        """Put a bundle into service; from the follower's thread."""
        model = Model(bundle, version.label, version.ledger_position)
        if self._catalogue is None:
            self._slot.model = model
        else:
            self._catalogue.install(model)
        self._watch.serves(version)
        # A loop that has ended meanwhile has nobody left to welcome.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._welcome)

    def _welcome(self) -> None:
        """Let traffic come once there are both a door and a model."""
        if self._endpoint is None or self._slot.model is None:
            return
        if not self._is_settled:
            self._is_settled = True
            collect_seldom()
        self._endpoint.ready()

    def _follow_arm(self, alias: str, publish: Publish, stop: threading.Event) -> None:
        self._follower_of(alias, publish).run(stop)

    def _follower_of(self, alias: str, publish: Publish, *, is_champion: bool = False) -> Follower:
        """Of the registry, or of the list that another worker keeps."""
        settings, log = self._settings, self._log
        kind = BundleStore if self._follows else ListedBundles
        store = kind(
            settings.state_dir,
            settings.model,
            alias=alias,
            registry=settings.tracking_uri,
            keep=settings.keep_bundles,
            soundness=self._soundness,
        )
        registry = store if isinstance(store, ListedBundles) else MlflowRegistry(settings.tracking_uri, self._environ)
        return Follower(
            registry,
            store,
            name=settings.model,
            alias=alias,
            publish=publish,
            log=log,
            poll_interval_s=settings.poll_interval_s,
            monotonic=time.monotonic,
            source="registry" if self._follows else "list",
            is_champion=is_champion,
        )
