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
from service.core.event_desk import EventDesk, Told
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
        """Keep what may be kept."""
        try:
            told = _read(request, self._clock())
            results = await self._desk.record(told)
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "RecordEvents", context, self._log)
        for one, (outcome, _) in zip(told, results, strict=True):
            self._meters.event(one.event.event_type, outcome)
        return pb.RecordEventsResponse(
            results=[pb.EventResult(outcome=outcome.value, reason=reason.value) for outcome, reason in results]
        )


def _read(request: pb.RecordEventsRequest, now: datetime) -> list[Told]:
    n_events = len(request.events)
    if not 1 <= n_events <= MAX_EVENTS:
        raise InvalidInputError(
            "the events", [Fault("events", f"holds {n_events}; give 1 to {MAX_EVENTS} in one call")]
        )
    faults = [fault for place, event in enumerate(request.events) for fault in _faults(event, f"events[{place}]", now)]
    if faults:
        raise InvalidInputError("the events", faults)
    return [
        Told(
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
        )
        for event in request.events
    ]


def _faults(event: pb.Event, where: str, now: datetime) -> Iterator[Fault]:
    for name, is_required in (("event_id", True), ("item_id", True), ("session_id", False), ("order_id", False)):
        text = getattr(event, name)
        wrong = wrong_with(text) if text or is_required else ""
        if wrong:
            yield Fault(f"{where}.{name}", f"{wrong}; {ID_RULE}")
    if event.event_type not in _TYPES:
        yield Fault(f"{where}.event_type", "is no type of event")
    if event.HasField("occurred_at"):
        yield from moment_faults(event.occurred_at, f"{where}.occurred_at", now)
    else:
        yield Fault(f"{where}.occurred_at", "is missing")
    yield from shopper_faults(event.shopper, f"{where}.shopper", n_least=1)
    yield from signal_faults(event.signals, f"{where}.signals")
