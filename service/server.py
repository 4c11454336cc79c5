"""The server put together: registry to store to follower to slot, and slot to wire."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field

import uvloop

from models.bundle.reading import Bundle
from models.errors import ShopkeeperError
from service.access import Access
from service.adapters.catalogue_follower import CatalogueFollower
from service.adapters.follower import Follower
from service.adapters.listed import ListedBundles
from service.adapters.ports import RegisteredVersion
from service.adapters.registry import MlflowRegistry
from service.adapters.soundness import Soundness
from service.adapters.store import BundleStore
from service.api.endpoint import Endpoint
from service.core.answers import Model
from service.core.arms import Arms, tallies_of
from service.core.catalogue_desk import CatalogueDesk
from service.core.placements import with_bar
from service.core.slot import ModelSlot
from service.experiments import experiment_threads
from service.garbage import collect_seldom
from service.log import LibraryRecords, Log
from service.placements_file import read_placements
from service.settings import Settings
from service.shoppers import Shoppers
from service.watching.watch import Watch, watching
from service.workers.line import Line


class StateDirectoryError(ShopkeeperError):
    """The directory for bundles cannot be used."""

    reason = "STATE_DIRECTORY_UNUSABLE"


_JOIN_S = 1.0
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


def serve(settings: Settings, environ: MutableMapping[str, str], log: Log, among: Among | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until the supervisor is gone, then drain.

    Args:
        settings: Already checked.
        environ: The process's environment, which MLflow reads.
        log: Where it says what it does.
        among: Where it is one of several workers.

    Raises:
        AddressUnavailableError: The port cannot be listened on.
        InvalidInputError: The rules or keys cannot be used, or the database's address, or what says who is let in.
        StateDirectoryError: Bundles cannot be kept.
    """
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateDirectoryError(
            f"cannot make the state directory {settings.state_dir} ({error.strerror}): choose another with --state-dir"
        ) from error
    # It would tell of every try during an outage, which the follower tells of once.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[LibraryRecords(log)], level=logging.WARNING)
    with watching(settings, environ, log, None if among is None else among.line.say_figures) as watch:
        threads = uvloop.run(_serve(settings, environ, log, among, watch))
    for one in threads:
        one.join(_JOIN_S)
    log.info("stopped")
    if any(one.is_alive() for one in threads):
        # One is inside a download or an import, which an interpreter that shuts down under it can turn into a crash.
        os._exit(0)


async def _serve(
    settings: Settings, environ: MutableMapping[str, str], log: Log, among: Among | None, watch: Watch
) -> tuple[threading.Thread, ...]:
    loop = asyncio.get_running_loop()
    stopping, stop_following, stop_testing = asyncio.Event(), threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if among is not None:
        # It is never spoken to on the line: what can be read is its end.
        loop.add_reader(among.line.fileno(), stopping.set)
    slot = ModelSlot()
    placements = with_bar(settings.min_probability, read_placements(settings.placements))
    access = Access.opened(settings, log)
    shoppers = Shoppers.opened(settings, log)
    catalogue = shoppers.catalogue(slot, log)
    follows, soundness = (True, Soundness()) if among is None else (among.follows, among.soundness)
    arms = Arms(slot)
    watch.meters.counts_tests(lambda: tallies_of(arms.live.values()))
    testing = experiment_threads(
        settings,
        arms,
        catalogue,
        lambda reference, publish_arm, stop: _follower(
            settings, environ, log, publish_arm, reference, follows=follows, soundness=soundness
        ).run(stop),
        shoppers.experiments(),
        log,
        stop_testing,
    )
    endpoint: Endpoint | None = None
    is_settled = False

    def welcome() -> None:
        nonlocal is_settled
        if endpoint is not None and slot.model is not None:
            if not is_settled:
                is_settled = True
                collect_seldom()
            endpoint.ready()

    def publish(version: RegisteredVersion, bundle: Bundle) -> None:
        model = Model(bundle, version.label, version.ledger_position)
        if catalogue is None:
            slot.model = model
        else:
            catalogue.install(model)
        watch.serves(version)
        # A loop that has ended meanwhile has nobody left to welcome.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(welcome)

    follower = _follower(settings, environ, log, publish, settings.alias, follows=follows, soundness=soundness)
    if among is not None:
        # The others take the pages until then: none should come to a worker that has nothing to say yet.
        await loop.run_in_executor(None, follower.start)
    endpoint = await Endpoint.listen(
        settings.host,
        settings.port,
        slot,
        placements,
        log,
        max_concurrent_calls=settings.max_concurrent_calls,
        max_waiting_calls=settings.max_waiting_calls,
        desks=shoppers.desks(log, watch.meters.lookup_failed, arms.reported),
        catalogue=catalogue,
        shares_port=among is not None,
        callers=access.callers,
        credentials=access.credentials,
        meters=watch.meters,
        tracer=watch.tracer,
        arms=arms,
    )
    following_access = asyncio.create_task(access.follow())
    log.info("listening", address=endpoint.address, model=settings.model, alias=settings.alias)
    welcome()
    thread = threading.Thread(target=follower.run, args=(stop_following,), name="follower", daemon=True)
    thread.start()
    testing.start()
    keeping_up = _keeping_up(catalogue, log, stop_following)
    owing = watch.debt_thread(shoppers, log, stop_following, follows=among is None or among.follows)
    if among is not None:
        among.line.say_listening()
    await stopping.wait()
    if among is not None:
        loop.remove_reader(among.line.fileno())
    log.info("draining", lame_duck_s=settings.lame_duck_s, drain_s=settings.drain_s)
    endpoint.turn_away()
    await asyncio.sleep(settings.lame_duck_s)
    stop_following.set()
    following_access.cancel()
    await endpoint.drain(settings.drain_s)
    # What was counted last is written down after the last answer, and before the database is let go of.
    stop_testing.set()
    for one in testing:
        await loop.run_in_executor(None, one.join, _JOIN_S)
    shoppers.close()
    return thread, keeping_up, owing, *testing


def _keeping_up(catalogue: CatalogueDesk | None, log: Log, stop: threading.Event) -> threading.Thread:
    """The thread that hears what other servers and workers were told of items; one with nothing to do without them."""
    run = (lambda _: None) if catalogue is None else CatalogueFollower(catalogue, log).run
    thread = threading.Thread(target=run, args=(stop,), name="catalogue", daemon=True)
    thread.start()
    return thread


def _follower(
    settings: Settings,
    environ: MutableMapping[str, str],
    log: Log,
    publish: Callable[[RegisteredVersion, Bundle], None],
    alias: str,
    *,
    follows: bool,
    soundness: Soundness,
) -> Follower:
    """Of the registry, or of the list that another worker keeps."""
    kind = BundleStore if follows else ListedBundles
    store = kind(
        settings.state_dir,
        settings.model,
        alias=alias,
        registry=settings.tracking_uri,
        keep=settings.keep_bundles,
        soundness=soundness,
    )
    registry = store if isinstance(store, ListedBundles) else MlflowRegistry(settings.tracking_uri, environ)
    return Follower(
        registry,
        store,
        name=settings.model,
        alias=alias,
        publish=publish,
        log=log,
        poll_interval_s=settings.poll_interval_s,
        monotonic=time.monotonic,
        source="registry" if follows else "list",
    )
