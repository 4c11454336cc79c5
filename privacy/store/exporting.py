"""What is kept of people who may be learnt from, a day at a time: numbers of people, never their ids.

What they were shown before goes with it only while measurement is allowed: that a yes lapses is nobody's word, which
would have taken it away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, func, select

from privacy.consent import Purpose, ShopperKind, Status
from privacy.kept_event import IMPRESSION, KeptEvent
from privacy.person import Known, Person
from privacy.rules import Rules
from privacy.signals import Signals, decide_now
from privacy.store.kept import event_of
from privacy.store.people import customers_of, everybody, rows_of
from privacy.store.schema import IS_OF_AN_ITEM, KEPT_EVENTS
from privacy.times import microseconds

PAGE_EVENTS = 5_000
"""Events whose people are looked up together: with their customers, fewer numbers than a statement takes."""

_DAY = timedelta(days=1)
_DAY_US = _DAY // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A kept event and whose it is.

    Attributes:
        event: As it is kept; without what was shown where that may not be measured now.
        customer: Number of the account; None where none was named.
        visitor: Number of the browser; None where none was named.
    """

    event: KeptEvent
    customer: int | None
    visitor: int | None


def days_kept(connection: Connection, first: date | None, last: date | None) -> dict[date, int]:
    """How many events are kept of each day that has some, by day in UTC.

    Args:
        connection: Reads one moment.
        first: The first day asked for; None for the oldest.
        last: The last one; None for the newest.
    """
    day = KEPT_EVENTS.c.at // _DAY_US
    query = select(day, func.count()).where(IS_OF_AN_ITEM, *_between(first, last)).group_by(day).order_by(day)
    return {date(1970, 1, 1) + _DAY * int(number): count for number, count in connection.execute(query)}


def n_empty_kept(connection: Connection, first: date | None, last: date | None) -> int:
    """How many impressions of empty answers are kept of these days: of no item, so that nothing is learnt from them.

    Args:
        connection: Reads one moment.
        first: The first day asked for; None for the oldest.
        last: The last one; None for the newest.
    """
    query = select(func.count()).where(KEPT_EVENTS.c.event_type == IMPRESSION, KEPT_EVENTS.c.item_id == "")
    return int(connection.execute(query.where(*_between(first, last))).scalar_one())


def types_kept(connection: Connection) -> tuple[str, ...]:
    """The types of what is kept."""
    return tuple(sorted(connection.scalars(select(KEPT_EVENTS.c.event_type).distinct())))


def events_of_day(
    connection: Connection, day: date, types: Sequence[str], rules: Rules, now: datetime
) -> Iterator[list[Numbered]]:
    """The day's events of people who may be learnt from, in pages, in the order of their time and id.

    Somebody of the event's people, among them the customers that its browser is, must have answered about model
    training, and nobody no. Rules, which may make a yes count as none, are the training's matter; measurement is
    nobody's but the export's, and so decided here as a server does.

    Args:
        connection: Reads one moment.
        day: In UTC.
        types: All that are kept: the index that finds a day's events is by type.
        rules: How answers on measurement weigh.
        now: The present, UTC.
    """
    at = KEPT_EVENTS.c.at
    of_day = select(KEPT_EVENTS).where(
        KEPT_EVENTS.c.event_type.in_(types), at >= _start_of(day), at < _start_of(day) + _DAY_US, IS_OF_AN_ITEM
    )
    in_order = of_day.order_by(at, KEPT_EVENTS.c.event_id)
    rows = connection.execute(in_order, execution_options={"yield_per": PAGE_EVENTS})
    for page in rows.partitions():
        events = list(map(event_of, page))
        people = rows_of(connection, {number for event in events for number in _named(event)})
        people |= rows_of(connection, customers_of(people) - people.keys())
        of = [(event, everybody(_named(event), people)) for event in events]
        learnt_from = [(event, person) for event, person in of if _may_be_learnt_from(person)]
        yield [_numbered(_measurable(event, person, rules, now), people) for event, person in learnt_from]


def _may_be_learnt_from(person: Person) -> bool:
    answers = [one.state.answers.get(Purpose.MODEL_TRAINING) for one in person.known]
    said = [answer.status for answer in answers if answer is not None]
    return bool(said) and Status.DENIED not in said


def _measurable(event: KeptEvent, person: Person, rules: Rules, now: datetime) -> KeptEvent:
    """The event, with what was shown before it where measurement is allowed now."""
    if event.attribution is None:
        return event
    answers = person.answers(Purpose.MEASUREMENT).values()
    if decide_now(answers, Signals(), Purpose.MEASUREMENT, rules, now).allowed:
        return event
    return replace(event, attribution=None)


def _numbered(event: KeptEvent, people: Mapping[int, Known]) -> Numbered:
    by_kind = {people[number].kind: number for number in _named(event) if number in people}
    return Numbered(event, by_kind.get(ShopperKind.CUSTOMER), by_kind.get(ShopperKind.VISITOR))


def _named(event: KeptEvent) -> tuple[int, ...]:
    return (event.subject,) if event.other is None else (event.subject, event.other)


def _between(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """Conditions of the days, themselves included."""
    since = [] if first is None else [KEPT_EVENTS.c.at >= _start_of(first)]
    until = [] if last is None else [KEPT_EVENTS.c.at < _start_of(last) + _DAY_US]
    return [*since, *until]


def _start_of(day: date) -> int:
    return microseconds(datetime.combine(day, time(), UTC))
