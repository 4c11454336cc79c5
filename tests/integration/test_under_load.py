"""Parts of a shop fail while pages and events go on: no page fails but those on a connection that was killed, and what
was acknowledged is there in the end.

How long each takes is measured by bench/serving/outages.py; here it is counted.
"""

import itertools
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from bench.serving.calls import RECOMMEND, events
from bench.serving.load.frames import Call
from bench.serving.load.results import Status
from bench.serving.parts import Postgres
from bench.serving.people import settle, shopper
from bench.serving.served import Server
from bench.serving.traffic import Traffic
from privacy.state_directory import KEY_FILE
from tests.integration.doors import kept_events
from tests.integration.http_registry import Registry
from tests.integration.serving import promoted
from tests.service.conftest import registry_template  # noqa: F401 - fixture
from tests.service.mlflow_registry import SqliteRegistry, forgive_mlflow
from tests.service.shop import write_shop
from tests.service.waiting import until

pytestmark = forgive_mlflow

N_SHOPPERS, N_EVENTS, RATE = 20, 5_000, 150.0
"""More events than any test waits for; a rate that one worker has room for on a busy machine."""
N_CALLS = 75
"""Half a second."""
MANY_CALLS = {"SHOPKEEPER_MAX_CONCURRENT_CALLS": "5000", "SHOPKEEPER_MAX_WAITING_CALLS": "5000"}
"""That a machine which stands still for a second refuses calls is not what is looked at here."""
TOLD_UNAVAILABLE = event_pb.EVENT_OUTCOME_UNAVAILABLE
GRANTED, UNAVAILABLE = shopper_pb2.CONSENT_REASON_GRANTED, shopper_pb2.CONSENT_REASON_UNAVAILABLE


class Shop:
    """A server of two workers on PostgreSQL, and an MLflow server, each of which can be taken away."""

    def __init__(self, directory: Path, database: SqliteRegistry, postgres: Postgres) -> None:
        self.postgres, self._directory, self._database = postgres, directory, database
        self.registry = Registry(database.database.parent)
        state_dir = directory / "state"
        settle(state_dir, N_SHOPPERS, n_acts=3, uri=postgres.uri)
        given = ("--workers", "2", "--poll-interval-s", "0.2", "--state-uri", postgres.uri)
        self.server = Server(
            state_dir, self.registry.uri, *given, "--keys", str(state_dir / KEY_FILE), environ=MANY_CALLS
        )
        self._numbers = itertools.count()

    def traffic(self) -> Traffic:
        """Pages of shoppers and of nobody, and events of their own."""
        prefix = f"load-{next(self._numbers)}"
        return Traffic(self.server.address, PAGES, list(events(N_EVENTS, prefix, N_SHOPPERS)), RATE)

    def train(self) -> str:
        """Register a new version and make it the champion; its label."""
        bundle = self._directory / f"bundle-{next(self._numbers)}"
        version = self._database.publish(bundle, fingerprint=write_shop(bundle))
        self._database.promote(version)
        return f"accessories/{version}"

    def n_lines(self, event: str, **fields: object) -> int:
        """Lines of its log."""
        return sum(fields.items() <= line.items() for line in self.server.lines(event))

    def end(self) -> None:
        self.server.end()
        self.registry.stop()


def page(who: shopper_pb2.Shopper | None = None) -> Call:
    request = pb.RecommendRequest(placement="product_page", item_id="camera", shopper=who)
    return Call.to(RECOMMEND, request.SerializeToString())


PAGES = [call for number in range(N_SHOPPERS) for call in (page(), page(shopper(number)))]


@pytest.fixture(scope="module")
def shop(
    registry_template: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("shop")
    with ExitStack() as stack:
        # Not in pytest's own folder, which it closes to others: the server runs as somebody else where root starts it.
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pg")), "data")
        postgres = Postgres(data)
        stack.callback(postgres.end)
        database = stack.enter_context(promoted(tmp_path_factory.mktemp("registry"), registry_template))
        made = Shop(directory, database, postgres)
        stack.callback(made.end)
        yield made


def goes_on(traffic: Traffic, n_calls: int = N_CALLS) -> None:
    """Wait until so many more calls were made."""
    wanted = traffic.n_made + n_calls
    until(lambda: traffic.n_made >= wanted, "the load to go on")


def stores_on(traffic: Traffic) -> None:
    """Wait until another event was acknowledged."""
    before = traffic.n_stored
    until(lambda: traffic.n_stored > before, "an event to be stored")


def test_a_promotion_fails_no_page_and_loses_no_event(shop: Shop) -> None:
    with shop.traffic() as traffic:
        goes_on(traffic)
        version = shop.train()
        until(lambda: shop.n_lines("bundle_served", version=version) == 2, "both workers to serve it")
        goes_on(traffic)
    assert traffic.pages.n_failed == 0
    assert traffic.versions[version] > 0
    assert traffic.event_calls.n_failed == 0
    assert traffic.acknowledged() == set(traffic.outcomes)
    assert traffic.acknowledged() <= kept_events(shop.postgres.uri)


@pytest.mark.parametrize("number", [1, 2])
def test_a_worker_that_is_killed_costs_what_was_on_its_connections(shop: Shop, number: int) -> None:
    with shop.traffic() as traffic:
        goes_on(traffic)
        n_listening = shop.n_lines("listening", worker=number)
        os.kill(shop.server.workers[f"worker {number}"], signal.SIGKILL)
        until(lambda: shop.n_lines("listening", worker=number) > n_listening, "another in its place")
        goes_on(traffic)
    acknowledged = traffic.acknowledged()
    traffic.tell_again()
    assert set(traffic.pages.counts) <= {Status.OK, Status.LOST}
    # Each connection has a call on it now and then: more than a few would be a queue that died.
    assert traffic.pages.counts[Status.LOST] < N_CALLS
    assert acknowledged <= kept_events(shop.postgres.uri)
    assert traffic.acknowledged() == set(traffic.outcomes) <= kept_events(shop.postgres.uri)


def test_pages_go_on_without_the_database_and_events_are_told_again(shop: Shop) -> None:
    with shop.traffic() as traffic:
        until(lambda: traffic.reasons[GRANTED] > 0, "a page that knows its shopper")
        stores_on(traffic)
        shop.postgres.stop()
        until(lambda: traffic.reasons[UNAVAILABLE] > 0, "a page that does not")
        until(lambda: TOLD_UNAVAILABLE in traffic.outcomes.copy().values(), "an event that cannot be kept")
        goes_on(traffic)
        shop.postgres.start()
        stores_on(traffic)
        known = traffic.reasons[GRANTED]
        until(lambda: traffic.reasons[GRANTED] > known, "a page that knows its shopper again")
    acknowledged = traffic.acknowledged()
    assert traffic.pages.n_failed == 0
    assert acknowledged <= kept_events(shop.postgres.uri)
    assert traffic.tell_again() > 0
    assert traffic.acknowledged() == set(traffic.outcomes) <= kept_events(shop.postgres.uri)


def test_nothing_happens_to_pages_and_events_while_the_registry_is_away(shop: Shop) -> None:
    with shop.traffic() as traffic:
        goes_on(traffic)
        shop.registry.stop()
        until(lambda: shop.n_lines("registry_unreachable") > 0, "the server to notice")
        goes_on(traffic)
    assert traffic.pages.n_failed == 0
    assert len(traffic.versions) == 1
    assert traffic.acknowledged() == set(traffic.outcomes) <= kept_events(shop.postgres.uri)
