"""How many calls are in at once, and what a caller hears who finds no room."""

from typing import Any, NoReturn

import grpc
from google.protobuf import duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2  # type: ignore[import-untyped]  # ships no types

from service.api.errors import DETAILS_KEY

RETRY_MS = 100
"""When who was refused may try again: two hundred calls at half a millisecond each (bench/serving) are done by then."""
_REFUSAL = "the server has as many calls as it takes: try again in {retry_ms} ms, with a pause that grows"


class Admission:
    """Counts the calls that are in.

    Args:
        max_calls: At once.
    """

    __slots__ = ("_max_calls", "_n_calls", "_trailers")

    def __init__(self, max_calls: int) -> None:
        self._max_calls, self._n_calls = max_calls, 0
        details = status_pb2.Status(code=code_pb2.RESOURCE_EXHAUSTED, message=_REFUSAL.format(retry_ms=RETRY_MS))
        details.details.add().Pack(
            error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(nanos=RETRY_MS * 1_000_000))
        )
        # The second is what a client's own retry policy goes by (gRFC A6).
        self._trailers = ((DETAILS_KEY, details.SerializeToString()), ("grpc-retry-pushback-ms", str(RETRY_MS)))

    def enter(self) -> bool:
        """Whether there was room for one more; it is in then, until it leaves."""
        if self._n_calls >= self._max_calls:
            return False
        self._n_calls += 1
        return True

    def leave(self) -> None:
        """One that was in is not any more."""
        self._n_calls -= 1

    async def refuse(self, context: "grpc.aio.ServicerContext[Any, Any]") -> NoReturn:
        """End a call that found no room, RESOURCE_EXHAUSTED with the time after which to try again."""
        await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, _REFUSAL.format(retry_ms=RETRY_MS), self._trailers)
        raise AssertionError("abort always raises")
