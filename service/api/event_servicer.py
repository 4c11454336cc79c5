"""shopkeeper.v1.EventService over the event desk."""

# The generated stubs want their own enum types, which exist for type checkers alone.
# mypy: disable-error-code="arg-type"

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import grpc
from shopkeeper.v1 import event_service_pb2 as pb
from shopkeeper.v1 import event_service_pb2_grpc as pb_grpc

from models.errors import Fault, InvalidInputError
from privacy.kept_event import KeptEvent
from service.api.failing import fail
from service.api.ids import ID_RULE, wrong_with
from service.api.shoppers import identities_of, moment_faults, moment_of, shopper_faults, signal_faults, signals_of
from service.core.event_desk import EventDesk, Outcome, Result, Told
from service.log import Log
from service.watching.meters import Meters

SERVICE = pb.DESCRIPTOR.services_by_name["EventService"].full_name
MAX_EVENTS = 500
MAX_QUANTITY = 10_000
MAX_PRICE_MINOR = 10**14
"""What trainings take for a price: 10^12 of the currency."""

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NOBODY_YET = 0
_TYPES = {
    pb.EVENT_TYPE_VIEW: "view",
    pb.EVENT_TYPE_ADD_TO_CART: "add_to_cart",
    pb.EVENT_TYPE_FAVOURITE: "favourite",
    pb.EVENT_TYPE_PURCHASE: "purchase",
    pb.EVENT_TYPE_IMPRESSION: "impression",
    pb.EVENT_TYPE_CLICK: "click",
    pb.EVENT_TYPE_DISMISS: "dismiss",
}
_BOUGHT = (pb.EVENT_TYPE_PURCHASE, pb.EVENT_TYPE_ADD_TO_CART)


class EventServicer(pb_grpc.EventServiceServicer):
    """Takes events of a storefront's backend.

    Args:
        desk: The use case.
        clock: The present, UTC.
        log: For unexpected errors.
        meters: Where events are counted.
    """

    def __init__(self, desk: EventDesk, clock: Callable[[], datetime], log: Log, meters: Meters | None = None) -> None:
        self._desk, self._clock, self._log, self._meters = desk, clock, log, meters or Meters()

    async def RecordEvents(  # noqa: N802 - the wire's name
        self, request: pb.RecordEventsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> pb.RecordEventsResponse:
        """Keep what may be kept; what is at fault is rejected by itself."""
        try:
            n_events, now = len(request.events), self._clock()
            if not 1 <= n_events <= MAX_EVENTS:
                wrong = f"holds {n_events}; give 1 to {MAX_EVENTS} in one call"
                raise InvalidInputError("the events", [Fault("events", wrong)])
            faults = [tuple(_faults(event, now)) for event in request.events]
            told = [_told(event) for event, wrong in zip(request.events, faults, strict=True) if not wrong]
            taken = iter(await self._desk.record(told) if told else ())
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "RecordEvents", context, self._log)
        results = [Result(Outcome.REJECTED, faults=wrong) if wrong else next(taken) for wrong in faults]
        for event, result in zip(request.events, results, strict=True):
            self._meters.event(_TYPES.get(event.event_type, "unspecified"), result.outcome)
        return pb.RecordEventsResponse(results=map(_encoded, results))


def _encoded(result: Result) -> pb.EventResult:
    return pb.EventResult(
        outcome=result.outcome.value,
        reason=result.reason.value,
        attribution=result.joining.value,
        faults=[pb.EventFault(field=fault.field, description=fault.description) for fault in result.faults],
    )


def _told(event: pb.Event) -> Told:
    return Told(
        KeptEvent(
            event.event_id,
            _NOBODY_YET,
            _TYPES[event.event_type],
            event.item_id,
            moment_of(event.occurred_at),
            event.session_id,
            event.order_id,
            quantity=event.quantity or 1,
            unit_price_minor=event.unit_price_minor if event.currency else None,
            currency=event.currency,
        ),
        identities_of(event.shopper),
        signals_of(event.signals),
        event.attribution_token,
    )


def _faults(event: pb.Event, now: datetime) -> Iterator[Fault]:
    # Whether the token is of an empty answer, the desk finds out.
    may_be_of_nothing = event.event_type == pb.EVENT_TYPE_IMPRESSION and bool(event.attribution_token)
    required = {"event_id": True, "item_id": not may_be_of_nothing, "session_id": False, "order_id": False}
    for name, is_required in required.items():
        text = getattr(event, name)
        wrong = wrong_with(text) if text or is_required else ""
        if wrong:
            yield Fault(name, f"{wrong}; {ID_RULE}")
    if event.event_type not in _TYPES:
        yield Fault("event_type", "is no type of event")
    if event.HasField("occurred_at"):
        yield from moment_faults(event.occurred_at, "occurred_at", now)
    else:
        yield Fault("occurred_at", "is missing")
    yield from _faults_of_price(event)
    yield from shopper_faults(event.shopper, "shopper", n_least=1)
    yield from signal_faults(event.signals, "signals")


def _faults_of_price(event: pb.Event) -> Iterator[Fault]:
    told = {name: getattr(event, name) for name in ("quantity", "unit_price_minor", "currency")}
    if event.event_type not in _BOUGHT:
        yield from (Fault(name, "is only of a purchase or add_to_cart; leave it out") for name in told if told[name])
        return
    if not 0 <= event.quantity <= MAX_QUANTITY:
        yield Fault("quantity", f"is {event.quantity}; give 1 to {MAX_QUANTITY}, or 0 for one")
    if not 0 <= event.unit_price_minor <= MAX_PRICE_MINOR:
        yield Fault("unit_price_minor", f"is out of range; give 0 to {MAX_PRICE_MINOR}")
    elif event.unit_price_minor and not event.currency:
        yield Fault("unit_price_minor", "has no currency; give one")
    if event.currency and not _CURRENCY.fullmatch(event.currency):
        yield Fault("currency", "is no currency; give three capital letters, for instance EUR")
