"""Prometheus reads the figures."""

import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.watching.exposition import exposed
from service.watching.families import BOUNDS_S, FAMILIES, Kind
from service.watching.figures import Figures
from service.workers.address import AddressUnavailableError
from tests.service.doubles import Lines

FIGURES = Figures(
    {
        ("requests", "BatchRecommend", "RESOURCE_EXHAUSTED"): 0,
        ("requests", "Recommend", "OK"): 3,
        ("request_duration_seconds", "Recommend", "0"): 1,
        ("request_duration_seconds", "Recommend", "2"): 1,
        ("request_duration_seconds", "Recommend", str(len(BOUNDS_S))): 1,
        ("request_duration_seconds", "Recommend", "sum"): 2.5,
    },
    {("workers",): 2},
)


@pytest.fixture
def address() -> Iterator[str]:
    with exposed("127.0.0.1", 0, lambda: FIGURES, Lines().log) as address:
        yield address


def page(address: str) -> dict[tuple[str, ...], float]:
    """Samples by name and the values of their labels."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_counters_and_gauges_have_the_names_that_prometheus_wants(address: str) -> None:
    found = page(address)
    assert found["shopkeeper_requests_total", "OK", "Recommend"] == 3
    assert found["shopkeeper_workers",] == 2


def test_a_buckets_count_holds_those_below_it(address: str) -> None:
    found = page(address)
    name = "shopkeeper_request_duration_seconds"
    assert [found[f"{name}_bucket", le, "Recommend"] for le in ("0.0001", "0.00025", "0.0005", "1.0", "+Inf")] == [
        1,
        1,
        2,
        2,
        3,
    ]
    assert (found[f"{name}_count", "Recommend"], found[f"{name}_sum", "Recommend"]) == (3, 2.5)


def test_a_probe_may_ask_for_the_head_of_the_page(address: str) -> None:
    with closing(HTTPConnection(address, timeout=10)) as connection:
        connection.request("HEAD", "/metrics")
        head = connection.getresponse()
    assert (head.status, head.read()) == (200, b"")
    assert head.headers["Content-Type"].startswith("text/plain")


def test_what_has_not_happened_is_there_below_what_has(address: str) -> None:
    of_requests = [labels for name, *labels in page(address) if name == "shopkeeper_requests_total"]
    assert of_requests == [["OK", "Recommend"], ["RESOURCE_EXHAUSTED", "BatchRecommend"]]


def test_where_it_listens_is_logged() -> None:
    lines = Lines()
    with exposed("127.0.0.1", 0, lambda: FIGURES, lines.log) as address:
        assert lines.only("metrics_listening")["address"] == address


def test_a_port_that_is_taken_is_told_with_the_option_that_names_another(address: str) -> None:
    port = int(address.rpartition(":")[2])
    with (
        pytest.raises(AddressUnavailableError, match="--metrics-port"),
        exposed("127.0.0.1", port, lambda: FIGURES, Lines().log),
    ):
        raise AssertionError("it listens where somebody does")


def test_a_port_is_free_again_when_it_is_over() -> None:
    with exposed("127.0.0.1", 0, lambda: FIGURES, Lines().log) as address:
        port = int(address.rpartition(":")[2])
        page(address)
    with exposed("127.0.0.1", port, lambda: FIGURES, Lines().log) as again:
        assert page(again)["shopkeeper_workers",] == 2


def test_names_follow_prometheus() -> None:
    for family in FAMILIES:
        assert not family.name.endswith("_total"), "the library adds it"
        if "seconds" in family.name:
            assert family.name.endswith("_seconds")
        assert family.what.endswith(".")
    assert {family.kind for family in FAMILIES} == set(Kind)


def test_no_family_has_a_label_for_an_id() -> None:
    allowed = {"method", "code", "placement", "rung", "reason", "type", "outcome", "version", "model"}
    allowed |= {"variant", "shown", "of", "test"}
    assert {label for family in FAMILIES for label in family.labels} == allowed
