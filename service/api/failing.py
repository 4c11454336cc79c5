"""Ends a call with the status of its error; the one place where the three services do so."""

import traceback
from collections.abc import Iterator
from typing import Any, NoReturn

import grpc

from service.api.errors import DETAILS_KEY, grpc_code, is_callers_fault, is_expected, status_of
from service.log import Log


async def fail(error: Exception, method: str, context: "grpc.aio.ServicerContext[Any, Any]", log: Log) -> NoReturn:
    """Abort the call, and log what is no caller's fault.

    Args:
        error: What went wrong.
        method: Of the service.
        context: Of the call.
        log: For unexpected errors.
    """
    if is_expected(error) and not is_callers_fault(error):
        log.warning("not_answered", method=method, reason=error.reason, message=str(error))
    elif not is_callers_fault(error):
        log.error("unexpected_error", method=method, traceback="".join(_traced(error)))
    await refuse(error, context)


async def refuse(error: Exception, context: "grpc.aio.ServicerContext[Any, Any]") -> NoReturn:
    """Abort the call, and log nothing.

    Args:
        error: What the caller is told of.
        context: Of the call.
    """
    status = status_of(error)
    await context.abort(grpc_code(status), status.message, ((DETAILS_KEY, status.SerializeToString()),))
    raise AssertionError("abort always raises") from error


def _traced(error: BaseException) -> Iterator[str]:
    """Where it was raised, and what it came of before that; not its words, which may hold a shopper's id."""
    before = error.__cause__ or error.__context__
    if before is not None:
        yield from _traced(before)
        yield "\nfrom which came\n\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"
