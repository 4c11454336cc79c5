"""Servers as processes on one database: a no is obeyed by all at once, and a database that is gone fails closed."""

import itertools
import secrets
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from bench.serving.parts import Postgres
from privacy.keys import new_ring, write_ring
from privacy.store.database import Database
from tests.integration.serving import Served, promoted
from tests.service.conftest import registry_template  # noqa: F401 - fixture
from tests.service.mlflow_registry import SqliteRegistry, forgive_mlflow
from tests.service.waiting import until

pytestmark = forgive_mlflow

N_REQUESTS, N_THREADS = 10_000, 4
N_SHOPPERS, N_REQUESTS_EACH = 200, 8
EVENT_EVERY = 8
"""Of so many requests after an opt-out one tells an event."""

GRANTED, UNAVAILABLE = shopper_pb2.CONSENT_REASON_GRANTED, shopper_pb2.CONSENT_REASON_UNAVAILABLE
DENIED = shopper_pb2.CONSENT_REASON_DENIED
STORED = event_pb.EVENT_OUTCOME_STORED
USES = (shopper_pb2.PURPOSE_PERSONALISATION, shopper_pb2.PURPOSE_MODEL_TRAINING)
OBEYED = {
    ("page", False, DENIED),
    ("page", False, UNAVAILABLE),
    ("event", event_pb.EVENT_OUTCOME_NOT_ALLOWED),
    ("event", event_pb.EVENT_OUTCOME_UNAVAILABLE),
}
"""What a page and an event may be answered after a no: not personal, and not kept."""

Start = Callable[..., "Door"]


class Door:
    """A server, and a channel to it."""

    def __init__(self, address: str, channel: grpc.Channel) -> None:
        self.address = address
        self.pages, self.privacy = RecommendationServiceStub(channel), PrivacyServiceStub(channel)
        self.events = EventServiceStub(channel)

    def page(self, shopper: shopper_pb2.Shopper) -> pb.RecommendResponse:
        """A page on which nothing but a history has something to show."""
        request = pb.RecommendRequest(placement="product_page", item_id="lonely", shopper=shopper)
        return self.pages.Recommend(request, timeout=20)

    def is_personal(self, shopper: shopper_pb2.Shopper) -> bool:
        """Whether the page rests on a history."""
        answer = self.page(shopper)
        return answer.rung == pb.RUNG_HISTORY and answer.personalisation == GRANTED

    def tell(self, shopper: shopper_pb2.Shopper, event_id: str) -> int:
        """Tell that the shopper looked at the camera; the outcome."""
        now = Timestamp()
        now.FromDatetime(datetime.now(UTC))
        event = event_pb.Event(
            event_id=event_id,
            event_type=event_pb.EVENT_TYPE_VIEW,
            item_id="camera",
            occurred_at=now,
            shopper=shopper,
        )
        [result] = self.events.RecordEvents(event_pb.RecordEventsRequest(events=[event]), timeout=20).results
        return result.outcome

    def grant(self, shopper: shopper_pb2.Shopper) -> None:
        """The shopper says yes to all that events are kept for."""
        answers = [
            privacy_pb.ConsentAnswer(purpose=purpose, status=shopper_pb2.CONSENT_STATUS_GRANTED) for purpose in USES
        ]
        self.privacy.RecordConsent(privacy_pb.RecordConsentRequest(shopper=shopper, answers=answers), timeout=20)

    def opt_out(self, shopper: shopper_pb2.Shopper) -> None:
        """The shopper says no."""
        self.privacy.OptOut(privacy_pb.OptOutRequest(shopper=shopper), timeout=20)


def shopper(name: object) -> shopper_pb2.Shopper:
    return shopper_pb2.Shopper(customer_id=f"customer-{name}", visitor_id=f"visitor-{name}")


def known(doors: list[Door], name: str) -> shopper_pb2.Shopper:
    """Somebody who said yes at the first server and has a history that all of them use."""
    who = shopper(name)
    doors[0].grant(who)
    until(lambda: doors[0].tell(who, f"{name}-first") == STORED, f"an event of {name}")
    for door in doors:
        until(lambda door=door: door.is_personal(who), f"a personal page for {name}")
    return who


@pytest.fixture(scope="module")
def registry(
    registry_template: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SqliteRegistry]:
    with promoted(tmp_path_factory.mktemp("registry"), registry_template) as made:
        yield made


@pytest.fixture
def start(registry: SqliteRegistry, tmp_path: Path) -> Iterator[Start]:
    """Starts a server with the given options that has its model."""
    numbers = itertools.count(1)
    with ExitStack() as stack:

        def begin(*options: str) -> Door:
            server = Served(tmp_path / f"state-{next(numbers)}", registry.uri, *options)
            stack.callback(server.end)
            server.wait_for("bundle_served")
            return Door(server.address, stack.enter_context(grpc.insecure_channel(server.address)))

        yield begin


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    # Not in pytest's own folder, which it closes to others: the server runs as somebody else where root starts it.
    with tempfile.TemporaryDirectory(prefix="pg") as directory:
        made = Postgres(Path(directory, "data"))
        yield made
        made.end()


@pytest.fixture
def doors(start: Start, postgres: Postgres, tmp_path: Path) -> list[Door]:
    """Two servers on one PostgreSQL."""
    keys = tmp_path / "keys"
    write_ring(new_ring(secrets.token_bytes), keys, replace=False)
    return [start("--state-uri", postgres.uri, "--keys", str(keys)) for _ in range(2)]


@contextmanager
def opened(uri: str) -> Iterator[Database]:
    database = Database(uri)
    yield database
    database.close()


def kept_events(uri: str) -> set[str]:
    """Ids of the events that are in the database."""
    with opened(uri) as database, database.reading() as connection:
        return set(connection.exec_driver_sql("SELECT event_id FROM kept_events").scalars())


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
