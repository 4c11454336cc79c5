"""shopkeeper.v1.EventService over the event desk."""

# The generated stubs want their own enum types, which exist for type checkers alone.
# mypy: disable-error-code="arg-type"

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
    yield from shopper_faults(event.shopper, "shopper", n_least=1)
    yield from signal_faults(event.signals, "signals")
