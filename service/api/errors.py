"""The one table from errors of the house to gRPC status."""

from collections.abc import Sequence
from typing import TypeGuard

import grpc
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # ships no types

from models.errors import Fault, InvalidInputError, ShopkeeperError
from privacy.store.database import StoreUnavailableError
from privacy.store.ledger import LedgerBrokenError
from privacy.store.migrating import StoreTooNewError
from service.core.callers import CallerUnknownError, ScopeMissingError
from service.core.privacy_desk import ReceiptUnknownError, TokenRefusedError

DETAILS_KEY = "grpc-status-details-bin"
"""Trailer that carries google.rpc.Status, as every gRPC library reads it."""
MAX_DETAILS_BYTES = 5000
"""Room for faults in the trailer: clients refuse metadata over 8 KiB, and it travels there in base64."""

MAX_NAMED = 7
"""Fields that the message names: as many as one page view has."""

DOMAIN = "shopkeeper.v1"
"""Whose words the reasons of google.rpc.ErrorInfo are."""

_CODES: dict[type[ShopkeeperError], grpc.StatusCode] = {
    CallerUnknownError: grpc.StatusCode.UNAUTHENTICATED,
    ScopeMissingError: grpc.StatusCode.PERMISSION_DENIED,
    TokenRefusedError: grpc.StatusCode.PERMISSION_DENIED,
    ReceiptUnknownError: grpc.StatusCode.NOT_FOUND,
    StoreUnavailableError: grpc.StatusCode.UNAVAILABLE,
    StoreTooNewError: grpc.StatusCode.UNAVAILABLE,
    LedgerBrokenError: grpc.StatusCode.UNAVAILABLE,
}
"""What the caller can act on, besides its own faults."""
_CALLERS = (InvalidInputError, CallerUnknownError, ScopeMissingError, TokenRefusedError, ReceiptUnknownError)


def status_of(error: Exception) -> status_pb2.Status:
    """What the caller is told: its own faults in full, of ours nothing."""
    if isinstance(error, InvalidInputError):
        return _bad_request(error.faults)
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            status = status_pb2.Status(code=code.value[0], message=str(error))
            info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
            status.details.add().Pack(info)
            return status
    return status_pb2.Status(
        code=grpc.StatusCode.INTERNAL.value[0], message="the server failed; its log says how, and trying again may help"
    )


def is_callers_fault(error: Exception) -> bool:
    """Whether the error tells the caller what to mend, and so needs no line in the server's log."""
    return isinstance(error, _CALLERS)


def is_expected(error: Exception) -> TypeGuard[ShopkeeperError]:
    """Whether the error is one of the table's, whose words tell the operator what to mend."""
    return isinstance(error, tuple(_CODES))


def grpc_code(status: status_pb2.Status) -> grpc.StatusCode:
    """The status's code as grpc's own value."""
    return next(code for code in grpc.StatusCode if code.value[0] == status.code)


def _bad_request(faults: Sequence[Fault]) -> status_pb2.Status:
    bad_request = error_details_pb2.BadRequest()
    for place, fault in enumerate(faults):
        violation = bad_request.field_violations.add(field=fault.field, description=fault.description)
        if bad_request.ByteSize() > MAX_DETAILS_BYTES:
            # Only a list of many faulty things comes here, and they are of one list: requests, events, topics.
            bad_request.field_violations.remove(violation)
            bad_request.field_violations.add(
                field=fault.field.partition("[")[0],
                description=f"has {len(faults) - place} more fields at fault, not listed for length",
            )
            break
    named = ", ".join(fault.field for fault in faults[:MAX_NAMED])
    more = f" and {len(faults) - MAX_NAMED} more" if len(faults) > MAX_NAMED else ""
    status = status_pb2.Status(
        code=grpc.StatusCode.INVALID_ARGUMENT.value[0],
        message=f"invalid: {named}{more}; google.rpc.BadRequest in the details says why",
    )
    status.details.add().Pack(bad_request)
    return status
