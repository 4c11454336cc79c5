"""`shopkeeper serve --workers 2 --metrics-port 0`: one page of figures, whichever worker a call came to."""

import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client.parser import text_string_to_metric_families
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from privacy.consent import Identity, ShopperKind
from service.settings import Settings
from service.shoppers import Shoppers
from tests.deploy.asking import expressions, selectors
from tests.integration.every_kind import NAMES, every_kind, wait_until_live
from tests.integration.serving import promoted, shopkeeper
from tests.integration.two_workers import Shop, channels_to_both, page
from tests.service.conftest import registry_template  # noqa: F401 - fixture
from tests.service.doubles import Lines
from tests.service.mlflow_registry import forgive_mlflow
from tests.service.waiting import until

pytestmark = forgive_mlflow

Samples = dict[tuple[str, ...], float]
RECOMMENDED = ("shopkeeper_requests_total", "OK", "Recommend")


def scrape(shop: Shop) -> list[tuple[str, dict[str, str], float]]:
    """Samples of the page: name, labels, value."""
    address = shop.server.lines("metrics_listening")[0]["address"]
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]


def samples(shop: Shop) -> Samples:
    """Values by name and the values of labels, in the order of the labels' names."""
    return {(name, *(labels[key] for key in sorted(labels))): value for name, labels, value in scrape(shop)}


def erase_somebody(state_dir: Path) -> None:
    """Before any server is there: the model of this registry was trained without the ledger, and owes it."""
    state_dir.mkdir()
    shoppers = Shoppers.opened(Settings.read({"SHOPKEEPER_STATE_DIR": str(state_dir)}), Lines().log)
    assert shoppers.store is not None
    store = shoppers.store.open()
    store.erase((Identity(ShopperKind.CUSTOMER, "gone"),), datetime.now(UTC) - timedelta(days=2))
    shoppers.close()


@pytest.fixture(scope="module")
def shop(
    registry_template: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """A server that has served something of everything."""
    state_dir = tmp_path_factory.mktemp("shop") / "state"
    erase_somebody(state_dir)
    directory = tmp_path_factory.mktemp("registry")
    with promoted(directory, registry_template) as registry:
        tests = every_kind(directory, registry)
        made = Shop(state_dir, registry, "--metrics-port", "0", "--experiments", str(tests)).ready()
        wait_until_live(made.server)
        with grpc.insecure_channel(made.address) as channel:
            serve_something(channel)
        yield made
        made.server.end()


def serve_something(channel: grpc.Channel) -> None:
    who = shopper_pb2.Shopper(customer_id="4711")
    EventServiceStub(channel).RecordEvents(event_pb.RecordEventsRequest(events=[view(who)]), timeout=20)
    PrivacyServiceStub(channel).OptOut(privacy_pb.OptOutRequest(shopper=who), timeout=20)
    with pytest.raises(grpc.RpcError):
        RecommendationServiceStub(channel).Recommend(pb.RecommendRequest(), timeout=20)


def view(who: shopper_pb2.Shopper) -> event_pb.Event:
    now = Timestamp()
    now.GetCurrentTime()
    return event_pb.Event(
        event_id="e1", event_type=event_pb.EVENT_TYPE_VIEW, item_id="camera", occurred_at=now, shopper=who
    )


def test_calls_to_both_workers_are_counted_on_one_page(shop: Shop) -> None:
    before = samples(shop)[RECOMMENDED]
    with ExitStack() as stack:
        channels = channels_to_both(shop, stack)
        for channel in channels:
            page(channel)
    until(lambda: samples(shop)[RECOMMENDED] == before + len(channels), "all calls to be counted")
    assert samples(shop)["shopkeeper_workers",] == 2


def test_everything_that_was_served_is_told_of(shop: Shop) -> None:
    until(lambda: samples(shop)["shopkeeper_requests_total", "OK", "OptOut"], "the opt-out")
    found = samples(shop)
    assert found["shopkeeper_requests_total", "INVALID_ARGUMENT", "Recommend"] == 1
    assert found["shopkeeper_events_total", "not_allowed", "view"] == 1
    assert found["shopkeeper_bundle_info", "accessories/1"] == 1


def test_tests_that_every_worker_runs_are_told_of_as_live(shop: Shop) -> None:
    tests = [("shopkeeper_test_live", name) for name in NAMES]
    until(lambda: [samples(shop).get(one) for one in tests] == [1, 1], "all tests to be live")
    assert samples(shop)["shopkeeper_tests_file_refused",] == 0


def test_what_is_owed_to_who_was_erased_is_told(shop: Shop) -> None:
    until(lambda: ("shopkeeper_erasure_debt_erasures", "accessories", "1") in samples(shop), "the debt")
    found = samples(shop)
    assert found["shopkeeper_erasure_debt_erasures", "accessories", "1"] == 1
    assert found["shopkeeper_erasure_debt_oldest_age_seconds", "accessories", "1"] >= 2 * 86_400
    assert found["shopkeeper_erasure_debt_overdue", "accessories", "1"] == 0


def test_every_expression_reads_figures_that_a_server_shows(shop: Shop) -> None:
    until(lambda: any(name == "shopkeeper_erasure_debt_erasures" for name, *_ in scrape(shop)), "the debt")
    before, n_pages = samples(shop)[RECOMMENDED], 0

    def has_a_shadow() -> bool:
        nonlocal n_pages
        with grpc.insecure_channel(shop.address) as channel:
            page(channel)
        n_pages += 1
        return any(name == "shopkeeper_shadow_items_total" for name, *_ in scrape(shop))

    until(has_a_shadow, "the shadow of a page")
    until(lambda: samples(shop)[RECOMMENDED] == before + n_pages, "all calls to be counted")
    shown = scrape(shop)
    for expression in expressions():
        for name, wanted in selectors(expression):
            labels = [labels for found, labels, _ in shown if found == name]
            assert labels, f"{name} in {expression}"
            for label, value in wanted.items():
                assert label in labels[0], f"{label} of {name} in {expression}"
                # Of alternatives and negations it is enough that there is such a label.
                if value.isidentifier() and value not in {"OK", "none"}:
                    assert value in {one[label] for one in labels}, f"{label}={value} in {expression}"


def test_what_a_killed_worker_counted_stays_and_its_successor_is_counted(shop: Shop) -> None:
    before = samples(shop)[RECOMMENDED]
    with ExitStack() as stack:
        channels = channels_to_both(shop, stack)
        for channel in channels:
            page(channel)
    until(lambda: samples(shop)[RECOMMENDED] == before + len(channels), "all calls to be counted")
    n_started = len(shop.server.lines("worker_started"))
    restarts = samples(shop)["shopkeeper_worker_restarts_total",]
    os.kill(shop.pids()[2], signal.SIGKILL)
    until(lambda: len(shop.server.lines("worker_started")) > n_started, "another worker")
    until(lambda: samples(shop)["shopkeeper_workers",] == 2, "it to take calls")
    found = samples(shop)
    assert found["shopkeeper_worker_restarts_total",] == restarts + 1
    assert found[RECOMMENDED] == before + len(channels)


def test_a_port_that_is_taken_ends_the_server_with_a_word_on_it(shop: Shop) -> None:
    port = shop.server.lines("metrics_listening")[0]["address"].rpartition(":")[2]
    command = shopkeeper("serve", "--port", "0", "--metrics-port", port, "--state-dir", str(shop.state_dir / "other"))
    ended = subprocess.run(**command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1
    assert "--metrics-port" in ended.stderr
