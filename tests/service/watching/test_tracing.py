"""Spans leave where the environment says so, and the log tells when they cannot."""

from collections.abc import Iterator

import pytest

from service.watching import tracing
from service.watching.tracing import Tracing
from tests.service.doubles import Lines
from tests.service.watching.collector import Collector

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


@pytest.mark.parametrize(
    "environ", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, {**ENDPOINT, "OTEL_SDK_DISABLED": "true"}]
)
def test_nobody_who_does_not_ask_has_spans(environ: dict[str, str]) -> None:
    lines = Lines()
    assert Tracing.wanted(environ, lines.log) is None
    assert lines.all() == []


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_EXPORTER", "opentelemetry.exporter.not_installed.http")
    lines = Lines()
    assert Tracing.wanted(ENDPOINT, lines.log) is None
    assert "tracing" in lines.only("tracing_off")["hint"]


def test_another_protocol_is_told_of_and_not_tried() -> None:
    lines = Lines()
    assert Tracing.wanted({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, lines.log) is None
    assert "grpc" in lines.only("tracing_off")["cause"]


def test_spans_reach_the_collector_before_the_end(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    # The library reads the process's own environment.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
    made = Tracing.wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}, Lines().log)
    assert made is not None
    made.tracer.start_span("a call").end()
    made.close()
    [resource] = collector.taken.get(timeout=10).resource_spans
    assert [span.name for scope in resource.scope_spans for span in scope.spans] == ["a call"]
    named = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
    assert named["service.name"] == "shopkeeper"
