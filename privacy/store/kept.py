"""What people who said yes did: kept for their own pages and for the next training, no longer than the rules allow."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from privacy.kept_event import Attribution, KeptEvent
from privacy.store.database import removes
from privacy.store.schema import KEPT_EVENTS, MEASURED
from privacy.times import microseconds, moment


def keep(connection: Connection, events: Sequence[KeptEvent]) -> int:
    """Add events, those that are there already left as they are; how many are new."""
    if not events:
        return 0
    # In one order, or two that keep the same events may wait for each other.
    events = sorted(events, key=lambda event: event.event_id)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(KEPT_EVENTS).on_conflict_do_nothing(index_elements=["event_id"])
    before = connection.scalar(select(func.count()).where(KEPT_EVENTS.c.event_id.in_([e.event_id for e in events])))
    connection.execute(statement, [_values(event) for event in events])
    return len({event.event_id for event in events}) - (before or 0)


def events_of(
    connection: Connection, subjects: Sequence[int], after: KeptEvent | None, n_events: int
) -> list[KeptEvent]:
    """The next so many events of one person's numbers, oldest first.

    Who shares a browser with an account does not read what the account did there.

    Args:
        connection: Reads one moment.
        subjects: Whose.
        after: The last one that was read before; None to begin.
        n_events: At most.
    """
    query = select(KEPT_EVENTS).where(KEPT_EVENTS.c.subject.in_(subjects))
    if after is not None:
        at = microseconds(after.at)
        follows = (KEPT_EVENTS.c.at > at) | ((KEPT_EVENTS.c.at == at) & (KEPT_EVENTS.c.event_id > after.event_id))
        query = query.where(KEPT_EVENTS.c.at >= at, follows)
    in_order = query.order_by(KEPT_EVENTS.c.at, KEPT_EVENTS.c.event_id)
    return list(map(event_of, connection.execute(in_order.limit(n_events))))


def event_of(row) -> KeptEvent:  # type: ignore[no-untyped-def]  # SQLAlchemy's row of the whole table
    """The event of a row."""
    return KeptEvent(
        row.event_id,
        row.subject,
        row.event_type,
        row.item_id,
        moment(row.at),
        row.session_id or "",
        row.order_id or "",
        row.other,
        None if row.exposure is None else Attribution(*(getattr(row, name) for name in MEASURED)),
        row.quantity or 1,
        row.unit_price_minor,
        row.currency or "",
    )


def forget(connection: Connection, subjects: Sequence[int]) -> int:
    """Remove all events that name one of the numbers; how many there were."""
    if not subjects:
        return 0
    return _remove(connection, _naming(subjects))


def forget_own(connection: Connection, subjects: Sequence[int]) -> int:
    """Remove the events that are of the numbers, and not those that only name them; how many there were."""
    return _remove(connection, KEPT_EVENTS.c.subject.in_(subjects)) if subjects else 0


def forget_shown(connection: Connection, subjects: Sequence[int]) -> None:
    """Remove what all events that name one of the numbers say of what was shown before."""
    if subjects:
        _forget_shown(connection, _naming(subjects))


def forget_own_shown(connection: Connection, subjects: Sequence[int]) -> None:
    """As `forget_shown`, of the events that are of the numbers, and not those that only name them."""
    if subjects:
        _forget_shown(connection, KEPT_EVENTS.c.subject.in_(subjects))


def sweep(connection: Connection, event_type: str, cutoff: datetime) -> int:
    """Remove the events of a type from before a cutoff; how many there were."""
    return _remove(connection, (KEPT_EVENTS.c.event_type == event_type) & (KEPT_EVENTS.c.at < microseconds(cutoff)))


def _naming(subjects: Sequence[int]) -> ColumnElement[bool]:
    return KEPT_EVENTS.c.subject.in_(subjects) | KEPT_EVENTS.c.other.in_(subjects)


def _forget_shown(connection: Connection, which: ColumnElement[bool]) -> None:
    # What says no more than that nothing was shown is nothing without it.
    _remove(connection, which & (KEPT_EVENTS.c.item_id == ""))
    shown = select(KEPT_EVENTS.c.event_id).where(which, KEPT_EVENTS.c.exposure.is_not(None))
    held = shown.order_by(KEPT_EVENTS.c.event_id).with_for_update()
    cleared = update(KEPT_EVENTS).where(KEPT_EVENTS.c.event_id.in_(held)).values(dict.fromkeys(MEASURED))
    if connection.execute(cleared).rowcount:
        removes(connection)


def _remove(connection: Connection, which: ColumnElement[bool]) -> int:
    # In one order, as in `keep`, or two that remove the same events may wait for each other.
    held = select(KEPT_EVENTS.c.event_id).where(which).order_by(KEPT_EVENTS.c.event_id).with_for_update()
    n_removed = connection.execute(delete(KEPT_EVENTS).where(KEPT_EVENTS.c.event_id.in_(held))).rowcount
    if n_removed:
        removes(connection)
    return n_removed


def _values(event: KeptEvent) -> dict[str, object]:
    shown = event.attribution
    return {
        "event_id": event.event_id,
        "subject": event.subject,
        "event_type": event.event_type,
        "item_id": event.item_id,
        "at": microseconds(event.at),
        "session_id": event.session_id or None,
        "order_id": event.order_id or None,
        "other": event.other,
        **{name: None if shown is None else getattr(shown, name) for name in MEASURED},
        "quantity": None if event.quantity == 1 else event.quantity,
        "unit_price_minor": event.unit_price_minor,
        "currency": event.currency or None,
    }
