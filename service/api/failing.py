"""Ends a call with the status of its error; the one place where the three services do so."""

import traceback
from typing import Any, NoReturn

import grpc

from service.api.errors import DETAILS_KEY, grpc_code, is_callers_fault, status_of
from service.log import Log


async def fail(error: Exception, method: str, context: "grpc.aio.ServicerContext[Any, Any]", log: Log) -> NoReturn:
    """Abort the call, and log what is no caller's fault.

    Args:
        error: What went wrong.
        method: Of the service.
        context: Of the call.
        log: For unexpected errors.
    """
    if not is_callers_fault(error):
        log.error("unexpected_error", method=method, traceback="".join(traceback.format_exception(error)))
    status = status_of(error)
    await context.abort(grpc_code(status), status.message, ((DETAILS_KEY, status.SerializeToString()),))
    raise AssertionError("abort always raises") from error
