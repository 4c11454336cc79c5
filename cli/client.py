"""Asking a running server, for a terminal or a demo."""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from google.rpc import error_details_pb2  # type: ignore[import-untyped]  # ships no types
from grpc_status import rpc_status
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub
from shopkeeper.v1.shopper_pb2 import Shopper

from cli.connection import Connection
from models.errors import Fault, InvalidInputError, ShopkeeperError


class ServerUnreachableError(ShopkeeperError):
    """No server answers at the target, or not in time."""

    reason = "SERVER_UNREACHABLE"


class ServerFailedError(ShopkeeperError):
    """The server answered with an error that is not the caller's."""

    reason = "SERVER_FAILED"


class CallerRefusedError(ShopkeeperError):
    """The server does not answer this caller."""

    reason = "CALLER_REFUSED"


@dataclass(frozen=True, slots=True)
class Page:
    """What a page is about.

    Attributes:
        item_id: Its item; empty for a cart.
        placement: Its slot.
        cart_item_ids: In the cart.
        viewed_item_ids: Viewed in this session, oldest first.
        shown_item_ids: On the page already.
        dismissed_item_ids: Waved away.
        max_results: 0 for the placement's own number.
        customer_id: The account before it; empty for nobody.
        visitor_id: The browser before it; empty where unknown.
    """

    item_id: str
    placement: str = "product_page"
    cart_item_ids: Sequence[str] = ()
    viewed_item_ids: Sequence[str] = ()
    shown_item_ids: Sequence[str] = ()
    dismissed_item_ids: Sequence[str] = ()
    max_results: int = 0
    customer_id: str = ""
    visitor_id: str = ""


def recommend(page: Page, connection: Connection, *, timeout_s: float = 5.0) -> pb.RecommendResponse:
    """Items that go with the page, with titles.

    Args:
        page: Sent as it is: the server is the judge of it.
        connection: To the server.
        timeout_s: Longest wait.

    Raises:
        InvalidInputError: Names every field at fault.
        ServerUnreachableError: Nothing answers there.
        CallerRefusedError: It wants a token, or another.
        ServerFailedError: Something there fails.
    """
    with connection.opened() as channel:
        return ask(channel, page, timeout_s=timeout_s, metadata=connection.metadata)


def ask(
    channel: grpc.Channel, page: Page, *, timeout_s: float = 5.0, metadata: Sequence[tuple[str, str]] = ()
) -> pb.RecommendResponse:
    """As `recommend`, over a channel that the caller keeps for many questions."""
    stub = RecommendationServiceStub(channel)  # type: ignore[no-untyped-call]  # generated
    try:
        answer: pb.RecommendResponse = stub.Recommend(_message(page), timeout=timeout_s, metadata=metadata)
    except grpc.RpcError as error:
        raise told(error) from error
    return answer


def _message(page: Page) -> pb.RecommendRequest:
    try:
        shopper = Shopper(customer_id=page.customer_id, visitor_id=page.visitor_id)
        return pb.RecommendRequest(
            placement=page.placement,
            item_id=page.item_id,
            cart_item_ids=page.cart_item_ids,
            viewed_item_ids=page.viewed_item_ids,
            shown_item_ids=page.shown_item_ids,
            dismissed_item_ids=page.dismissed_item_ids,
            max_results=page.max_results,
            include_titles=True,
            shopper=shopper if shopper.ByteSize() else None,
        )
    except ValueError as error:
        # What the wire cannot carry at all: a number beyond 32 bits, bytes of the terminal that are no UTF-8.
        raise InvalidInputError("the request", [Fault("request", str(error))]) from error


def told(error: grpc.RpcError) -> ShopkeeperError:
    """What a failed call comes to, in words that say what to do."""
    code, text = error.code(), error.details() or ""
    if code is grpc.StatusCode.INVALID_ARGUMENT:
        return InvalidInputError("the request", _faults(error) or [Fault("request", text)])
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
        return ServerUnreachableError(
            f"no server answers there ({text}): start one with `shopkeeper serve`, or name another with --target; one "
            "that has TLS wants --tls-ca, one that has clients' certificates --tls-cert and --tls-key"
        )
    if code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):
        return CallerRefusedError(f"{text}\nThis command sends the one in $SHOPKEEPER_TOKEN or --token-file.")
    return ServerFailedError(f"the server answered {code.name}: {text}")


def _faults(error: grpc.RpcError) -> list[Fault]:
    status = rpc_status.from_call(error)
    faults = []
    for detail in status.details if status else ():
        bad_request = error_details_pb2.BadRequest()
        if detail.Unpack(bad_request):
            faults += [Fault(violation.field, violation.description) for violation in bad_request.field_violations]
    return faults
