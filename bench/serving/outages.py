"""What pages and events meet while parts of a shop fail: python -m bench.serving.outages [--seconds 20] [--rate 300]

Pages and events in an open loop, while a version is promoted, a worker is killed with -9, the database (PostgreSQL) is
stopped and started again, the registry (`mlflow server`) is stopped. In the end every event that was acknowledged is
looked for in the database, and what was not is told again.
"""

import argparse
import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from shopkeeper.v1 import shopper_pb2

from bench.serving.calls import events, pages, personal_pages
from bench.serving.load.results import HEADINGS
from bench.serving.parts import MlflowServer, Postgres
from bench.serving.people import settle
from bench.serving.served import Registry, Server, registered, served
from bench.serving.traffic import EVENT_EVERY, Traffic
from privacy.state_directory import KEY_FILE
from privacy.store.database import Database

SECONDS, RATE = 20.0, 300.0
N_SHOPPERS = 1_000
GRANTED, UNAVAILABLE = shopper_pb2.CONSENT_REASON_GRANTED, shopper_pb2.CONSENT_REASON_UNAVAILABLE
PATIENCE_S, PAUSE_S = 60.0, 0.02


class Shop:
    """A server of two workers on PostgreSQL with an MLflow server.

    Args:
        directory: For files.
        stack: Ends it all.
        given: The command's options.
    """

    def __init__(self, directory: Path, stack: ExitStack, given: argparse.Namespace) -> None:
        self._directory, self._given, self._numbers = directory, given, itertools.count()
        self.postgres = Postgres(directory / "pg")
        stack.callback(self.postgres.end)
        state_dir = directory / "state"
        settle(state_dir, N_SHOPPERS, uri=self.postgres.uri)
        registered(directory)
        self.registry = MlflowServer(directory / "mlflow.db")
        stack.callback(self.registry.stop)
        options = ("--workers", "2", "--state-uri", self.postgres.uri, "--keys", str(state_dir / KEY_FILE))
        self.server: Server = stack.enter_context(served(state_dir, self.registry.uri, *options))
        halves = zip(pages(N_SHOPPERS), personal_pages(N_SHOPPERS), strict=True)
        self._pages = [page for both in halves for page in both]

    def outage(self, name: str, happens: Callable[[Traffic], str]) -> None:
        """Print what traffic met while something happens in a third of its time."""
        seconds, rate = self._given.seconds, self._given.rate
        # As many again: what happens takes its time too.
        n_events = int((seconds + PATIENCE_S) * rate / EVENT_EVERY)
        told = list(events(n_events, f"{name}-{next(self._numbers)}", N_SHOPPERS))
        with Traffic(self.server.address, self._pages, told, rate) as traffic:
            time.sleep(seconds / 3)
            what = happens(traffic)
            time.sleep(seconds * 2 / 3)
        acknowledged = traffic.acknowledged()
        n_lost = len(acknowledged - self.kept())
        n_again = traffic.tell_again()
        n_missing = len(set(traffic.outcomes) - self.kept())
        print(f"{name}: {what}")
        print(f"  {'pages':8}{traffic.pages.figures()}   {traffic.pages.told()}")
        print(f"  {'events':8}{traffic.event_calls.figures()}   {traffic.event_calls.told()}")
        print(
            f"  {len(acknowledged):,} events acknowledged, of which {n_lost} are not in the database; {n_again:,} told "
            f"again, of all {n_missing} are not there",
            flush=True,
        )

    def promote(self, _: Traffic) -> str:
        """A new version, until both workers serve it."""
        model = self._directory / f"model-{next(self._numbers)}"
        shutil.copytree(self._directory / "model", model)
        registry = Registry(self._directory, exists=True)
        n_before, start = len(self.server.lines("bundle_served")), time.monotonic()
        registry.promote(registry.register(model))
        self._until(lambda: len(self.server.lines("bundle_served")) >= n_before + 2)
        return f"both workers serve it after {time.monotonic() - start:.1f} s"

    def kill(self, number: int) -> Callable[[Traffic], str]:
        """A worker, until another listens in its place."""

        def happens(_: Traffic) -> str:
            n_before, start = len(self.server.lines("listening")), time.monotonic()
            os.kill(self.server.workers[f"worker {number}"], signal.SIGKILL)
            self._until(lambda: len(self.server.lines("listening")) > n_before)
            return f"another listens after {time.monotonic() - start:.1f} s"

        return happens

    def stop_database(self, traffic: Traffic) -> str:
        """And start it again, until events are kept again."""
        self.postgres.stop()
        time.sleep(self._given.seconds / 3)
        start, n_stored = time.monotonic(), traffic.n_stored
        self.postgres.start()
        self._until(lambda: traffic.n_stored > n_stored)
        took_s = time.monotonic() - start
        return (
            f"away for {self._given.seconds / 3:.1f} s; an event is kept {took_s:.1f} s after its start; pages: "
            f"{traffic.reasons[GRANTED]:,} with history, {traffic.reasons[UNAVAILABLE]:,} without"
        )

    def stop_registry(self, _: Traffic) -> str:
        """For good."""
        self.registry.stop()
        self._until(lambda: bool(self.server.lines("registry_unreachable")))
        return "the server has noticed"

    def kept(self) -> set[str]:
        """Ids of the events in the database."""
        database = Database(self.postgres.uri)
        try:
            with database.reading() as connection:
                return set(connection.exec_driver_sql("SELECT event_id FROM kept_events").scalars())
        finally:
            database.close()

    def _until(self, condition: Callable[[], bool]) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > until_s:
                raise SystemExit(f"it has not come to that within {PATIENCE_S} s")
            time.sleep(PAUSE_S)


def main() -> None:
    """Print what each outage did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=float, default=RATE)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        # Where root starts PostgreSQL, somebody else runs it.
        Path(name).chmod(0o755)
        shop = Shop(Path(name), stack, given)
        print(f"{'':10}{HEADINGS}")
        shop.outage("promotion", shop.promote)
        shop.outage("worker 1 killed", shop.kill(1))
        shop.outage("worker 2 killed", shop.kill(2))
        shop.outage("database stopped", shop.stop_database)
        shop.outage("registry stopped", shop.stop_registry)


if __name__ == "__main__":
    main()
