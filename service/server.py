"""Serves until it is told to stop: how the process begins and ends."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

import uvloop

from experiments.experiments_file import read_experiments
from models.errors import ShopkeeperError
from service.core.placements import PLACEMENTS
from service.log import LibraryRecords, Log
from service.serving import JOIN_S, Among, Server
from service.settings import Settings
from service.threads import Threads
from service.watching.watch import Watch, watching


class StateDirectoryError(ShopkeeperError):
    """The directory for bundles cannot be used."""

    reason = "STATE_DIRECTORY_UNUSABLE"


def serve(settings: Settings, environ: MutableMapping[str, str], log: Log, among: Among | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until the supervisor is gone, then drain.

    Args:
        settings: Already checked.
        environ: The process's environment, which MLflow reads.
        log: Where it says what it does.
        among: Where it is one of several workers.

    Raises:
        AddressUnavailableError: The port cannot be listened on.
        InvalidInputError: The rules or keys cannot be used, or the database's address, or what says who is let in; or
            the file of tests, where this is no worker.
        StateDirectoryError: Bundles cannot be kept.
    """
    if among is None:
        # Of several workers the supervisor has looked: what becomes of the file later ends none.
        read_experiments(settings.experiments, PLACEMENTS)
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
        groups = uvloop.run(_serve(settings, environ, log, among, watch))
    for threads in groups:
        threads.join(JOIN_S)
    log.info("stopped")
    if any(threads.running() for threads in groups):
        # One is inside a download or an import, which an interpreter that shuts down under it can turn into a crash.
        os._exit(0)


async def _serve(
    settings: Settings, environ: MutableMapping[str, str], log: Log, among: Among | None, watch: Watch
) -> tuple[Threads, ...]:
    """Serve until told to stop; the threads, of which some may not have ended."""
    with _told_to_stop(among) as stopping:
        server = Server(settings, environ, log, among, watch)
        endpoint = await server.start()
        await stopping.wait()
    await server.drain(endpoint)
    return server.following, server.testing


@contextmanager
def _told_to_stop(among: Among | None) -> Iterator[asyncio.Event]:
    """Is set by a signal, or by the end of the supervisor."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if among is not None:
        # It is never spoken to on the line: what can be read is its end.
        loop.add_reader(among.line.fileno(), stopping.set)
    yield stopping
    if among is not None:
        loop.remove_reader(among.line.fileno())
