"""Every call has a span, in its caller's trace, and no span says who."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.core.answers import Model
from tests.api.counter import ANNA, Counter, counter_on
from tests.service.waiting import until

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")
RECOMMEND = "shopkeeper.v1.RecommendationService/Recommend"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Traced:
    """A counter whose spans can be read."""

    def __init__(self, counter: Counter, exporter: InMemorySpanExporter) -> None:
        self.counter, self._exporter = counter, exporter

    def span(self, name: str) -> ReadableSpan:
        """The one span of this name, once it has ended: that is after its call was answered."""

        def found() -> list[ReadableSpan]:
            return [span for span in self._exporter.get_finished_spans() if span.name == name]

        until(found, f"the span {name}")
        [span] = found()
        return span

    def names(self) -> list[str]:
        """Of all spans that have ended."""
        return [span.name for span in self._exporter.get_finished_spans()]


@pytest.fixture
def traced(tmp_path: Path, model: Model) -> Iterator[Traced]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with counter_on(tmp_path / "state.db", model, tracer=provider.get_tracer("shopkeeper")) as counter:
        yield Traced(counter, exporter)
    provider.shutdown()


def test_a_page_has_a_span_of_its_call_that_says_what_was_answered(traced: Traced) -> None:
    traced.counter.server.stub.Recommend(PAGE)
    span = traced.span(RECOMMEND)
    assert span.kind is SpanKind.SERVER
    assert dict(span.attributes or {}) == {
        "rpc.system.name": "grpc",
        "rpc.method": RECOMMEND,
        "rpc.response.status_code": "OK",
        "shopkeeper.placement": "product_page",
        "shopkeeper.rung": "item",
        "shopkeeper.quiet_reason": "not_quiet",
        "shopkeeper.n_results": 3,
        "shopkeeper.model_version": "accessories/1",
    }


def test_a_page_at_hand_says_the_same(traced: Traced) -> None:
    traced.counter.server.stub.Recommend(PAGE)
    first = dict(traced.span(RECOMMEND).attributes or {})
    traced._exporter.clear()
    traced.counter.server.stub.Recommend(PAGE)
    assert dict(traced.span(RECOMMEND).attributes or {}) == first
    assert "choose" not in traced.names()


def test_looking_up_and_choosing_are_within_the_call(traced: Traced) -> None:
    traced.counter.page(ANNA, "camera")
    call = traced.span(RECOMMEND).context
    for name in ("look up shopper", "choose"):
        within = traced.span(name).parent
        assert within is not None
        assert (within.trace_id, within.span_id) == (call.trace_id, call.span_id)
    assert dict(traced.span("look up shopper").attributes or {}) == {"shopkeeper.personalisation": "never_asked"}


def test_a_call_joins_its_callers_trace_and_takes_nothing_else_from_its_headers(traced: Traced) -> None:
    headers = (("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", "shop=anna-4711"), ("baggage", "who=anna"))
    traced.counter.server.stub.Recommend(PAGE, metadata=headers)
    span = traced.span(RECOMMEND)
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)
    assert not span.context.trace_state


def test_a_caller_that_does_not_sample_is_followed(traced: Traced) -> None:
    traced.counter.server.stub.Recommend(PAGE, metadata=(("traceparent", f"00-{TRACE}-{PARENT}-00"),))
    traced.counter.server.stub.BatchRecommend(pb.BatchRecommendRequest(requests=[PAGE]))
    assert traced.span("shopkeeper.v1.RecommendationService/BatchRecommend").attributes
    assert RECOMMEND not in traced.names()


def test_a_header_that_is_no_trace_begins_one(traced: Traced) -> None:
    traced.counter.server.stub.Recommend(PAGE, metadata=(("traceparent", "00-nonsense"),))
    assert traced.span(RECOMMEND).parent is None


def test_what_the_caller_must_mend_is_no_error_of_ours(traced: Traced) -> None:
    with pytest.raises(grpc.RpcError):
        traced.counter.server.stub.Recommend(pb.RecommendRequest())
    span = traced.span(RECOMMEND)
    assert (span.attributes or {})["rpc.response.status_code"] == "INVALID_ARGUMENT"
    assert span.status.status_code is StatusCode.UNSET


def test_an_error_of_ours_is_one_without_its_words(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("anna-4711 broke it")

    monkeypatch.setattr("service.api.answering.read_request", fail)
    with pytest.raises(grpc.RpcError):
        traced.counter.server.stub.Recommend(PAGE)
    span = traced.span(RECOMMEND)
    assert (span.attributes or {})["error.type"] == "INTERNAL"
    assert span.status.status_code is StatusCode.ERROR
    assert (span.events, span.status.description) == ((), None)


def test_a_flow_has_a_span_too(traced: Traced) -> None:
    list(traced.counter.privacy.ExportShopper(privacy_pb.ExportShopperRequest(shopper=ANNA)))
    assert (traced.span("shopkeeper.v1.PrivacyService/ExportShopper").attributes or {})[
        "rpc.response.status_code"
    ] == "OK"


def test_without_a_tracer_no_code_of_spans_is_in_the_way(counter: Counter) -> None:
    # The servicer chooses by the use case itself, and looks shoppers up by the pages themselves.
    from service.api.endpoint import _chosen
    from service.core.desks import Desks
    from service.core.recommendation import recommend

    pages = Desks.without_a_store().pages
    assert _chosen(pages, None) == (pages, recommend)
