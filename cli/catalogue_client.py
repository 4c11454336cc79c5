"""Sends what a catalogue's file says to a running server."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import catalogue_service_pb2 as pb
from shopkeeper.v1.catalogue_service_pb2_grpc import CatalogueServiceStub

from cli.catalogue_files import CatalogueFile, Row
from cli.client import ServerFailedError, told
from cli.connection import Connection
from models.errors import Fault, InvalidInputError, ShopkeeperError

TIMEOUT_S = 30.0
"""For a thousand items, which take a tenth of a second: the database may be busy."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a file.

    Attributes:
        n_items: Told.
        n_known: Of them the model in service knows.
        n_outdated: Of which something newer was known.
        model_version: In service; empty where there is none.
    """

    n_items: int = 0
    n_known: int = 0
    n_outdated: int = 0
    model_version: str = ""


def send(file: CatalogueFile, connection: Connection, progress: Callable[[int], object]) -> Sent:
    """Tell of every item, so many in a call.

    Args:
        file: What is told.
        connection: To the server.
        progress: Told how many items were sent.

    Raises:
        InvalidInputError: The server finds faults; each names its item.
        ShopkeeperError: No server answers, or it fails; what was sent before stays told.
    """
    as_of, sent = Timestamp(), Sent()
    as_of.FromDatetime(file.as_of)
    with connection.opened() as channel:
        stub = CatalogueServiceStub(channel)  # type: ignore[no-untyped-call]  # generated
        for rows in file.batches():
            request = pb.UpdateItemsRequest(items=[_item(row, as_of) for row in rows])
            try:
                answer = stub.UpdateItems(request, timeout=TIMEOUT_S, metadata=connection.metadata)
            except grpc.RpcError as error:
                raise _failed(error, rows, sent.n_items) from error
            sent = Sent(
                sent.n_items + len(rows),
                sent.n_known + answer.known_items,
                sent.n_outdated + answer.outdated_items,
                answer.model_version,
            )
            progress(sent.n_items)
    return sent


def _item(row: Row, as_of: Timestamp) -> pb.ItemUpdate:
    return pb.ItemUpdate(item_id=row.item_id, available=row.available, price_minor=row.price_minor, changed_at=as_of)


def _failed(error: grpc.RpcError, rows: Sequence[Row], n_sent: int) -> ShopkeeperError:
    if error.code() is grpc.StatusCode.UNIMPLEMENTED:
        return ServerFailedError("the server keeps no catalogue: it was started without a database (--state-uri none)")
    failure = told(error)
    if isinstance(failure, InvalidInputError):
        return InvalidInputError("the items", [_of_item(fault, rows) for fault in failure.faults])
    if n_sent:
        failure.args = (f"{failure}\n{n_sent:,} items were told before that and stay so: run it again for all",)
    return failure


def _of_item(fault: Fault, rows: Sequence[Row]) -> Fault:
    """The fault with the item's id in place of its number in the call."""
    place = re.match(r"items\[(\d+)\]", fault.field)
    if place is None:
        return fault
    return Fault(f"{rows[int(place[1])].item_id}{fault.field[place.end() :]}", fault.description)
