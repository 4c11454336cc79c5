"""What the door does for whoever watches: it counts and times every call, and has a span for it where spans are on."""

import time
from asyncio import CancelledError
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from inspect import isasyncgenfunction
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

from service.watching.meters import Meters

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
Behaviour: TypeAlias = Callable[..., Any]


class Watched:
    """Puts what watches around the behaviour of methods.

    Args:
        meters: Where calls are counted.
        tracer: Makes spans; None where nobody collects them, which then costs nothing.
    """

    def __init__(self, meters: Meters, tracer: "Tracer | None" = None) -> None:
        self._meters, self._tracer = meters, tracer

    def __call__(self, service_name: str, name: str, behaviour: Behaviour) -> Behaviour:
        """The behaviour of a method, watched.

        Args:
            service_name: Full.
            name: Of the method.
            behaviour: Answers with a message or a flow of them.
        """
        if self._tracer is not None:
            from service.api.traced import traced

            behaviour = traced(self._tracer, f"{service_name}/{name}", behaviour)
        return self._flowing(name, behaviour) if isasyncgenfunction(behaviour) else self._answering(name, behaviour)

    def _answering(self, name: str, behaviour: Callable[[Any, _Context], Awaitable[Any]]) -> Behaviour:
        meter, clock_ns = self._meters.method(name), time.perf_counter_ns
        answered = meter.answered

        @wraps(behaviour)
        async def through(request: Any, context: _Context) -> Any:
            started_ns = clock_ns()
            try:
                answer = await behaviour(request, context)
            except BaseException as error:
                meter.failed(code_of(error, context), clock_ns() - started_ns)
                raise
            answered(clock_ns() - started_ns)
            return answer

        return through

    def _flowing(self, name: str, behaviour: Callable[[Any, _Context], AsyncIterator[Any]]) -> Behaviour:
        meter, clock_ns = self._meters.method(name), time.perf_counter_ns

        @wraps(behaviour)
        async def through(request: Any, context: _Context) -> AsyncIterator[Any]:
            started_ns = clock_ns()
            try:
                async for part in behaviour(request, context):
                    yield part
            except BaseException as error:
                meter.failed(code_of(error, context), clock_ns() - started_ns)
                raise
            meter.answered(clock_ns() - started_ns)

        return through


def code_of(error: BaseException, context: _Context) -> str:
    """gRPC's name of the status that a call ends with which did not end well."""
    code = context.code()
    if isinstance(code, grpc.StatusCode) and code is not grpc.StatusCode.OK:
        return code.name
    if isinstance(error, CancelledError | GeneratorExit):
        # Of a call that is cut off the framework says no more than how much time it had left.
        return "DEADLINE_EXCEEDED" if context.time_remaining() == 0 else "CANCELLED"
    return "UNKNOWN"
