"""Wire to words on items, or all that is wrong with them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from shopkeeper.v1 import catalogue_service_pb2 as pb

from models.errors import Fault, InvalidInputError
from privacy.times import microseconds
from service.api.ids import ID_RULE, wrong_with
from service.api.shoppers import moment_faults, moment_of
from service.core.catalogue import ItemWord, Told

MAX_ITEMS = 1_000
AHEAD = timedelta(minutes=1)
"""How far a clock of the shop may run ahead of ours: further is a mistake, whose word would count for too long."""

_NAMES = {pb.ITEM_FIELD_AVAILABLE: "available", pb.ITEM_FIELD_PRICE: "price_minor"}


def read_words(request: pb.UpdateItemsRequest, now: datetime) -> list[ItemWord]:
    """What is said of each item.

    Raises:
        InvalidInputError: Names every field at fault.
    """
    n_items = len(request.items)
    if not 1 <= n_items <= MAX_ITEMS:
        raise InvalidInputError("the items", [Fault("items", f"holds {n_items}; give 1 to {MAX_ITEMS} in one call")])
    faults = [fault for place, item in enumerate(request.items) for fault in _faults(item, f"items[{place}]", now)]
    faults += _repeated(request)
    if faults:
        raise InvalidInputError("the items", faults)
    return [_word(item, microseconds(now)) for item in request.items]


def _word(item: pb.ItemUpdate, now_us: int) -> ItemWord:
    is_live = not item.HasField("changed_at")
    at_us = now_us if is_live else microseconds(moment_of(item.changed_at))
    available, price, back = None, None, set(item.taken_back)
    if item.HasField("available") or pb.ITEM_FIELD_AVAILABLE in back:
        available = Told(item.available if item.HasField("available") else None, at_us)
    if item.HasField("price_minor") or pb.ITEM_FIELD_PRICE in back:
        price = Told(item.price_minor if item.HasField("price_minor") else None, at_us)
    return ItemWord(item.item_id, available, price, is_live)


def _faults(item: pb.ItemUpdate, where: str, now: datetime) -> Iterator[Fault]:
    if wrong := wrong_with(item.item_id):
        yield Fault(f"{where}.item_id", f"{wrong}; {ID_RULE}")
    if item.price_minor < 0:
        yield Fault(f"{where}.price_minor", "is negative; what has no price any more is taken back")
    for place, field in enumerate(item.taken_back):
        if field not in _NAMES:
            yield Fault(f"{where}.taken_back[{place}]", "is no field")
        elif field in item.taken_back[:place]:
            yield Fault(f"{where}.taken_back[{place}]", "is there already; give each field once")
        elif item.HasField(_NAMES[field]):
            yield Fault(f"{where}.taken_back[{place}]", f"is set as well: give {_NAMES[field]} or take it back")
    if not (item.taken_back or item.HasField("available") or item.HasField("price_minor")):
        yield Fault(where, "says nothing: give available or price_minor, or take one back")
    if item.HasField("changed_at"):
        yield from moment_faults(item.changed_at, f"{where}.changed_at", now, ahead=AHEAD)


def _repeated(request: pb.UpdateItemsRequest) -> Iterator[Fault]:
    met: dict[str, int] = {}
    for place, item in enumerate(request.items):
        first = met.setdefault(item.item_id, place)
        if first != place:
            yield Fault(f"items[{place}].item_id", f"is that of items[{first}] too; give each item once")
