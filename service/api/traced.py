"""Spans of calls, in the words of OpenTelemetry's conventions for RPC; imported where spans are on.

No span holds an id, a token, or the words of an error: https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/
"""

import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from inspect import isasyncgenfunction
from typing import Any, TypeAlias

import grpc
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from shopkeeper.v1 import recommendation_service_pb2 as pb

from models.bundle.reading import Bundle
from privacy.consent import Identity
from privacy.signals import Signals
from service.api.watched import Behaviour, code_of
from service.core.answers import Answer, Model, QuietReason, Request, Rung
from service.core.personal import IMPERSONAL, ConsentReason, Met, Personal, PersonalPages
from service.core.placements import Placement
from service.core.recommendation import recommend

_Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
Attributes: TypeAlias = Mapping[str, str | int]

PARENT = "traceparent"
"""The one header of W3C Trace Context that is read: `tracestate` may hold whatever a caller's systems put there."""
OURS = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})
"""Codes that are a server's error by the conventions; the others tell the caller what to mend."""
_PROPAGATOR = TraceContextTextMapPropagator()
_SYSTEM, _METHOD, _CODE, _ERROR = "rpc.system.name", "rpc.method", "rpc.response.status_code", "error.type"


def traced(tracer: Tracer, method: str, behaviour: Behaviour) -> Behaviour:
    """The behaviour of a method, with a span for each call.

    Args:
        tracer: Makes spans.
        method: Service and method, "shopkeeper.v1.RecommendationService/Recommend".
        behaviour: Answers with a message or a flow of them.
    """
    described = _DESCRIBED.get(method)

    @wraps(behaviour)
    async def answering(request: Any, context: _Context) -> Any:
        with (
            _of_call(tracer, method, context) as span,
            use_span(span, record_exception=False, set_status_on_exception=False),
        ):
            answer = await behaviour(request, context)
            if described is not None and span.is_recording():
                span.set_attributes(described(request, answer))
            return answer

    @wraps(behaviour)
    async def flowing(request: Any, context: _Context) -> AsyncIterator[Any]:
        with _of_call(tracer, method, context):
            async for part in behaviour(request, context):
                yield part

    return flowing if isasyncgenfunction(behaviour) else answering


class TracedPages(PersonalPages):
    """Pages whose look-up of a shopper has a span of its own.

    Args:
        pages: Do the work.
        tracer: Makes spans.
    """

    def __init__(self, pages: PersonalPages, tracer: Tracer) -> None:
        self._pages, self._tracer = pages, tracer

    async def meet(
        self, identities: Sequence[Identity], signals: Signals, within_s: float = math.inf, *, measures: bool = False
    ) -> Met:
        """As the pages have it."""
        if not identities:
            return await self._pages.meet(identities, signals)
        with _within(self._tracer, "look up shopper") as span:
            met = await self._pages.meet(identities, signals, within_s, measures=measures)
            span.set_attribute("shopkeeper.personalisation", ConsentReason(met.reason).name.lower())
            return met

    def as_met(self, met: Met, bundle: Bundle) -> Personal:
        """As the pages have it."""
        return self._pages.as_met(met, bundle)


def traced_choice(tracer: Tracer) -> Callable[[Model, Request, Placement, Personal], Answer]:
    """`recommend` with a span of its own."""

    def choose(model: Model, request: Request, placement: Placement, personal: Personal = IMPERSONAL) -> Answer:
        with _within(tracer, "choose"):
            return recommend(model, request, placement, personal)

    return choose


def _within(tracer: Tracer, name: str) -> AbstractContextManager[Span]:
    """A span within that of the call. Of an exception it says nothing: its words may hold what a shopper sent."""
    return tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)


@contextmanager
def _of_call(tracer: Tracer, method: str, context: _Context) -> Iterator[Span]:
    """The span of a call as its server sees it, in the caller's trace where the caller has one."""
    headers = {key: value for key, value in context.invocation_metadata() or () if key == PARENT}
    span = tracer.start_span(method, _PROPAGATOR.extract(headers), SpanKind.SERVER, {_SYSTEM: "grpc", _METHOD: method})
    code = "OK"
    try:
        yield span
    except BaseException as error:
        code = code_of(error, context)
        raise
    finally:
        span.set_attribute(_CODE, code)
        if code in OURS:
            span.set_attribute(_ERROR, code)
            span.set_status(Status(StatusCode.ERROR))
        span.end()


def _page(request: bytes, answer: bytes) -> Attributes:
    """What a page was answered. It is read again from the bytes, as a page at hand is nothing else."""
    said = pb.RecommendResponse.FromString(answer)
    return {
        # The request was answered, so its placement is one of the shop's.
        "shopkeeper.placement": pb.RecommendRequest.FromString(request).placement,
        "shopkeeper.rung": Rung(said.rung).name.lower(),
        "shopkeeper.quiet_reason": QuietReason(said.quiet_reason).name.lower(),
        "shopkeeper.n_results": len(said.recommendations),
        "shopkeeper.model_version": said.model_version,
    }


def _batch(_: bytes, answer: bytes) -> Attributes:
    return {"shopkeeper.n_pages": len(pb.BatchRecommendResponse.FromString(answer).responses)}


_DESCRIBED: Mapping[str, Callable[[bytes, bytes], Attributes]] = {
    "shopkeeper.v1.RecommendationService/Recommend": _page,
    "shopkeeper.v1.RecommendationService/BatchRecommend": _batch,
}
