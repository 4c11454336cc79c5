"""Servers as processes on one database: a no is obeyed by all at once, and a database that is gone fails closed."""

import itertools
import secrets
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from bench.serving.parts import Postgres
from privacy.keys import new_ring, write_ring
from tests.integration.doors import DENIED, GRANTED, STORED, UNAVAILABLE, Door, Start, kept_events, known, shopper
from tests.service.mlflow_registry import forgive_mlflow
from tests.service.waiting import until

pytestmark = forgive_mlflow

N_REQUESTS, N_THREADS = 10_000, 4
N_SHOPPERS, N_REQUESTS_EACH = 200, 8
EVENT_EVERY = 8
"""Of so many requests after an opt-out one tells an event."""

OBEYED = {
    ("page", False, DENIED),
    ("page", False, UNAVAILABLE),
    ("event", event_pb.EVENT_OUTCOME_NOT_ALLOWED),
    ("event", event_pb.EVENT_OUTCOME_UNAVAILABLE),
}
"""What a page and an event may be answered after a no: not personal, and not kept."""


@pytest.fixture
def doors(start: Start, postgres: Postgres, tmp_path: Path) -> list[Door]:
    """Two servers on one PostgreSQL."""
    keys = tmp_path / "keys"
    write_ring(new_ring(secrets.token_bytes), keys, replace=False)
    return [start("--state-uri", postgres.uri, "--keys", str(keys)) for _ in range(2)]


def ask(doors: list[Door], who: shopper_pb2.Shopper, numbers: range, seen: Counter, *, name: str) -> None:
    """Ask for pages and tell events, at one server after the other."""
    for number in numbers:
        door = doors[number % len(doors)]
        if number // len(doors) % EVENT_EVERY == 0:
            seen["event", door.tell(who, f"{name}-{number}")] += 1
        else:
            answer = door.page(who)
            seen["page", answer.rung == pb.RUNG_HISTORY or bool(answer.recommendations), answer.personalisation] += 1


def test_after_an_opt_out_none_of_10000_requests_to_two_servers_is_personal_or_keeps_an_event(
    doors: list[Door], postgres: Postgres
) -> None:
    who = known(doors, "anna")
    said_no = threading.Event()
    counts = [Counter() for _ in range(N_THREADS)]

    def after(thread: int) -> None:
        each = N_REQUESTS // N_THREADS
        said_no.wait(60)
        ask(doors, who, range(thread * each, (thread + 1) * each), counts[thread], name="after")

    with ThreadPoolExecutor(N_THREADS) as pool:
        asking = [pool.submit(after, thread) for thread in range(N_THREADS)]
        doors[0].opt_out(who)
        said_no.set()
        for one in asking:
            one.result(120)
    seen = sum(counts, Counter())
    assert seen.total() == N_REQUESTS
    assert set(seen) <= OBEYED
    # A busy machine may be late with a look-up, which then counts as a no; that must not be what is shown here.
    assert seen["page", False, DENIED] + seen["event", event_pb.EVENT_OUTCOME_NOT_ALLOWED] > N_REQUESTS / 2
    assert kept_events(postgres.uri) == set()


def test_each_of_200_shoppers_is_obeyed_by_both_servers_at_once(doors: list[Door], postgres: Postgres) -> None:
    with ThreadPoolExecutor(2) as pool:
        for number in range(N_SHOPPERS):
            who = known(doors, f"shopper-{number}")
            doors[number % 2].opt_out(who)
            counts = Counter(), Counter()
            asking = [
                pool.submit(
                    ask, doors, who, range(half, half + N_REQUESTS_EACH // 2), counts[half], name=f"n{number}-{half}"
                )
                for half in range(2)
            ]
            for one in asking:
                one.result(60)
            seen = counts[0] + counts[1]
            assert seen.total() == N_REQUESTS_EACH
            assert set(seen) <= OBEYED
    assert kept_events(postgres.uri) == set()


class Load:
    """Pages and events of one shopper without pause, and what became of each, by what was the case meanwhile.

    Attributes:
        phase: What is the case now; a call that saw it change counts for neither.
    """

    def __init__(self, doors: list[Door], who: shopper_pb2.Shopper) -> None:
        self._doors, self._who, self._stop = doors, who, threading.Event()
        self._pool, self._numbers = ThreadPoolExecutor(4), itertools.count()
        self.phase = "up"
        self.pages: list[tuple[str, bool, int]] = []
        self.events: list[tuple[str, str, int]] = []
        self.failures: list[grpc.RpcError] = []

    def __enter__(self) -> "Load":
        self._running = [self._pool.submit(self._ask, thread) for thread in range(4)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for running in self._running:
            running.result(60)
        self._pool.shutdown()

    def _ask(self, thread: int) -> None:
        door = self._doors[thread % len(self._doors)]
        while not self._stop.is_set():
            phase = self.phase
            try:
                if thread == 0:
                    event_id = f"load-{next(self._numbers)}"
                    outcome = door.tell(self._who, event_id)
                    self.events.append((phase if phase == self.phase else "between", event_id, outcome))
                else:
                    answer = door.page(self._who)
                    is_personal = answer.rung == pb.RUNG_HISTORY
                    self.pages.append(
                        (phase if phase == self.phase else "between", is_personal, answer.personalisation)
                    )
            except grpc.RpcError as error:
                self.failures.append(error)

    def pages_in(self, phase: str) -> list[tuple[bool, int]]:
        """Whether each page was personal, and why."""
        return [page[1:] for page in list(self.pages) if page[0] == phase]

    def events_in(self, phase: str) -> dict[str, int]:
        """Outcome by event."""
        return {event_id: outcome for at, event_id, outcome in list(self.events) if at == phase}

    def run_on(self, phase: str, n_pages: int, n_events: int) -> None:
        """Enter a phase, and wait until so much has happened in it."""
        self.phase = phase
        until(lambda: len(self.pages_in(phase)) >= n_pages, f"pages while {phase}")
        until(lambda: len(self.events_in(phase)) >= n_events, f"events while {phase}")


def assert_failed_closed(load: Load, in_database: set[str]) -> None:
    """No error to any page, nothing personal and nothing kept while it was down, and all that was promised is there."""
    assert load.failures == []
    assert set(load.pages_in("down")) == {(False, UNAVAILABLE)}
    down = load.events_in("down")
    assert set(down.values()) == {event_pb.EVENT_OUTCOME_UNAVAILABLE}
    assert not in_database & down.keys()
    promised = {event_id for _, event_id, outcome in load.events if outcome == STORED}
    assert promised <= in_database
    assert promised & load.events_in("up").keys()


def test_a_postgresql_that_stops_under_load_costs_pages_their_history_and_nothing_else(
    doors: list[Door], postgres: Postgres
) -> None:
    who = known(doors, "anna")
    with Load(doors, who) as load:
        load.run_on("up", 200, 20)
        load.phase = "stopping"
        postgres.stop()
        load.run_on("down", 600, 60)
        with pytest.raises(grpc.RpcError) as caught:
            doors[1].opt_out(shopper("bob"))
        load.phase = "starting"
        postgres.start()
        load.phase = "started"
        until(lambda: load.pages and load.pages[-1][1], "a personal page")
        until(lambda: doors[0].is_personal(who) and doors[1].is_personal(who), "both servers to know her again")
        until(lambda: STORED in load.events_in("started").values(), "an event to be kept again")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert (True, GRANTED) in load.pages_in("up")
    assert_failed_closed(load, kept_events(postgres.uri))


def test_a_server_that_starts_before_its_postgresql_knows_shoppers_once_that_is_there(
    start: Start, postgres: Postgres, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    write_ring(new_ring(secrets.token_bytes), keys, replace=False)
    postgres.stop()
    door = start("--state-uri", postgres.uri, "--keys", str(keys))
    assert door.page(shopper("anna")).personalisation == UNAVAILABLE
    postgres.start()
    until(lambda: door.page(shopper("anna")).personalisation != UNAVAILABLE, "the database to be found")
    known([door], "anna")


def test_a_sqlite_file_that_is_taken_away_under_load_costs_pages_their_history_and_nothing_else(
    start: Start, tmp_path: Path
) -> None:
    file, away = tmp_path / "shop" / "state.db", tmp_path / "away.db"
    keys = tmp_path / "keys"
    write_ring(new_ring(secrets.token_bytes), keys, replace=False)
    door = start("--state-uri", f"sqlite:///{file}", "--keys", str(keys))
    who = known([door], "anna")
    with Load([door], who) as load:
        load.run_on("up", 200, 20)
        load.phase = "stopping"
        file.rename(away)
        load.run_on("down", 600, 60)
        with pytest.raises(grpc.RpcError) as caught:
            door.opt_out(who)
        load.phase = "starting"
        away.rename(file)
        load.phase = "started"
        until(lambda: door.is_personal(who), "a personal page")
        until(lambda: STORED in load.events_in("started").values(), "an event to be kept again")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert_failed_closed(load, kept_events(f"sqlite:///{file}"))
