"""How many calls are in at once, and what a caller hears who finds no room."""

from typing import Any, NoReturn

import grpc
from google.protobuf import duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2  # type: ignore[import-untyped]  # ships no types

from service.api.errors import DETAILS_KEY

RETRY_MS = 100
"""When who was refused may try again: two hundred calls at half a millisecond each (bench/serving) are done by then."""
_REFUSAL = f"the server has as many calls as it takes: try again in {RETRY_MS} ms, with a pause that grows"
_DETAILS = status_pb2.Status(code=code_pb2.RESOURCE_EXHAUSTED, message=_REFUSAL)
_DETAILS.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(nanos=RETRY_MS * 1_000_000)))
# The second is what a client's own retry policy goes by (gRFC A6).
_TRAILERS = ((DETAILS_KEY, _DETAILS.SerializeToString()), ("grpc-retry-pushback-ms", str(RETRY_MS)))


async def refuse_for_now(context: "grpc.aio.ServicerContext[Any, Any]") -> NoReturn:
    """End a call that found no room, RESOURCE_EXHAUSTED with the time after which to try again."""
    await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, _REFUSAL, _TRAILERS)
    raise AssertionError("abort always raises")


class Admission:
    """Counts the calls that are in.

    Args:
        max_calls: At once.
    """

    __slots__ = ("_max_calls", "_n_calls")

    def __init__(self, max_calls: int) -> None:
        self._max_calls, self._n_calls = max_calls, 0

    def enter(self) -> bool:
        """Whether there was room for one more; it is in then, until it leaves."""
        if self._n_calls >= self._max_calls:
            return False
        self._n_calls += 1
        return True

    def leave(self) -> None:
        """One that was in is not any more."""
        self._n_calls -= 1
