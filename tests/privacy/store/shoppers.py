"""People of a shop, what they say and do, and when."""

from datetime import UTC, datetime, timedelta

from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.kept_event import KeptEvent
from privacy.store.store import PrivacyStore

ANNA, BOB = (Identity(ShopperKind.CUSTOMER, name) for name in ("anna", "bob"))
PHONE, LAPTOP = (Identity(ShopperKind.VISITOR, name) for name in ("phone", "laptop"))
P, T = Purpose.PERSONALISATION, Purpose.MODEL_TRAINING
YES, NO = Status.GRANTED, Status.DENIED


def at(hour: int) -> Circumstances:
    return Circumstances(moment(hour), "DE", "2026-03", "test")


def moment(hour: int) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour)


def statuses(store: PrivacyStore, *identities: Identity, purpose: Purpose = P) -> list[str | None]:
    answers = store.find(identities).answers(purpose).values()
    return [None if answer is None else str(answer.status) for answer in answers]


def event(store: PrivacyStore, identity: Identity, event_id: str, hour: int = 1) -> KeptEvent:
    return KeptEvent(event_id, store.subject_of(identity), "view", f"{event_id}s item", moment(hour))


def keep(store: PrivacyStore, *events: KeptEvent) -> int:
    return store.keep([[event.subject] for event in events], lambda _: events)
