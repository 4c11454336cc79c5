"""What a test of models is judged by, of people who may be measured now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import compress
from operator import ge
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, func, null, or_, select

from privacy.consent import Answer, Purpose
from privacy.kept_event import ADD_TO_CART, PURCHASE
from privacy.person import Known
from privacy.rules import Rules
from privacy.signals import Signals, decide_now
from privacy.store.people import customers_of, everybody, person_of, states_of
from privacy.store.schema import KEPT_EVENTS, UNMEASURED, is_of_test
from privacy.times import microseconds

PAGE_ROWS = 5_000
"""Few enough that a processor's cache holds them, and their numbers fit a statement; more take a fifth longer."""
_US = timedelta(microseconds=1)

MeasuredRow: TypeAlias = tuple[Any, ...]
"""One kept event: values of COLUMNS, in their order. A tuple, as there are ten million of them."""

COLUMNS = (
    "person",
    "session_id",
    "event_type",
    "item_id",
    "at_us",
    "exposure",
    "placement",
    "variant",
    "position",
    "tier",
    "quantity",
    "unit_price_minor",
    "currency",
    "order_id",
    "model_version",
)
"""`person` is the account where the event names one, or where its browser is linked to one alone; else the browser.
From the exposure to the tier, and of the model, it is None of what was not done with an answer of the test, and so is
the position of a quiet answer. `at_us` is in microseconds since 1970 UTC. Prices are of one piece."""

_SHOWN = ("exposure", "placement", "variant", "position", "tier", "model_version")
_AT_US, _VARIANT = COLUMNS.index("at_us"), COLUMNS.index("variant")


def measured_events(
    connection: Connection,
    salt: str,
    rules: Rules,
    now: datetime,
    since: datetime,
    *,
    before: timedelta,
    by_browser: bool = False,
) -> Iterator[list[MeasuredRow]]:
    """All that counts in a test, in pages: first what was done with its answers, then what else was bought.

    First come, in no order, the events with tokens of the salt's variants, those drawn for nobody among them, of people
    who may be measured now by the rules, as an export decides it. Then purchases and additions to the cart that came
    with no such token, of people who met a variant of their own: from so long before they first did on, but nothing
    from before the answer on measurement that stands. A token was kept because measurement was allowed when it came;
    these may have been kept for something else, and all that is known of the time before that answer is that another
    one stood, or none. Of several whose word counts the latest answer does.

    Memory grows with people alone, by some 300 bytes each.

    Args:
        connection: Reads one moment.
        salt: Of the test.
        rules: How answers on measurement weigh.
        now: The present, UTC.
        since: What was done with answers before it is left out.
        before: For how long before they first met the test it is asked what somebody bought.
        by_browser: Whether `person` is the browser where an event names one, signed in or not.
    """
    people = _People(connection, rules, now, by_browser=by_browser)
    first_us: dict[int, int] = {}
    before_us = before // _US
    of_test = is_of_test(KEPT_EVENTS.c.variant, salt)
    done_with = _columns(is_shown=True).where(of_test, KEPT_EVENTS.c.at >= microseconds(since))
    for rows in _pages(connection, done_with):
        columns = people.measured(rows, is_shown=True)
        for person, at_us, variant in zip(columns[0], columns[_AT_US], columns[_VARIANT], strict=True):
            if at_us < first_us.get(person, _LATER) and not variant.endswith(UNMEASURED):
                first_us[person] = at_us
        yield list(zip(*columns, strict=True))
    if not first_us:
        return
    bought = _columns(is_shown=False).where(
        KEPT_EVENTS.c.event_type.in_((PURCHASE, ADD_TO_CART)),
        KEPT_EVENTS.c.at >= min(first_us.values()) - before_us,
        or_(KEPT_EVENTS.c.variant.is_(None), ~of_test),
    )
    for rows in _pages(connection, bought):
        page = zip(*people.measured(rows, is_shown=False), strict=True)
        yield [row for row in page if row[_AT_US] >= first_us.get(row[0], _LATER) - before_us]


_LATER = 1 << 62
"""After all times."""

_Ids: TypeAlias = tuple[int, int | None]
"""Numbers that an event names: whose it is, and the second one."""


class _People:
    """Who may be measured, and as whom they are counted: each asked for once."""

    def __init__(self, connection: Connection, rules: Rules, now: datetime, *, by_browser: bool) -> None:
        self._connection, self._rules, self._now, self._by_browser = connection, rules, now, by_browser
        self._person_of: dict[int | _Ids, int | None] = {}
        self._since_us: dict[int | _Ids, int] = {}
        self._allowed: dict[tuple[str, str, str, bool], bool] = {}

    def measured(self, rows: list[MeasuredRow], *, is_shown: bool) -> list[Sequence[Any]]:
        """Columns of the rows of those who may be measured, their numbers in place of the first two.

        By columns, as that is done without a step of Python's for each row.

        Args:
            rows: Rows.
            is_shown: Whether they were kept as what may be measured; of others those from before the answer are left
                out.
        """
        subjects, others, *columns = zip(*rows, strict=True)
        # A number alone is a key of half the size.
        keys = [one if other is None else (one, other) for one, other in zip(subjects, others, strict=True)]
        if new := {*keys} - self._person_of.keys():
            self._ask([key if isinstance(key, tuple) else (key, None) for key in new])
        persons = list(map(self._person_of.__getitem__, keys))
        if is_shown:
            is_measured = [person is not None for person in persons]
        else:
            is_measured = list(map(ge, columns[_AT_US - 1], map(self._since_us.__getitem__, keys)))
        if all(is_measured):
            return [persons, *columns]
        return [list(compress(column, is_measured)) for column in (persons, *columns)]

    def _ask(self, ids: list[_Ids]) -> None:
        people = states_of(self._connection, {number for named in ids for number in named if number is not None})
        people |= states_of(self._connection, customers_of(people) - people.keys())
        for number, other in ids:
            key = number if other is None else (number, other)
            since_us = self._measured_since_us(number, other, people) if number in people else None
            self._since_us[key] = _LATER if since_us is None else since_us
            self._person_of[key] = None
            if since_us is not None:
                self._person_of[key] = (other or number) if self._by_browser else person_of(number, people)

    def _measured_since_us(self, number: int, other: int | None, people: Mapping[int, Known]) -> int | None:
        """When the latest word was said by which they may be measured; None if they may not."""
        state = people[number].state
        if other is None and not state.linked:
            answer = state.answers.get(Purpose.MEASUREMENT)
            return microseconds(answer.at) if answer is not None and self._is_allowed_by(answer) else None
        of = everybody([number] if other is None else [number, other], people)
        said = of.answers(Purpose.MEASUREMENT).values()
        return max(microseconds(one.at) for one in said if one is not None) if self._decide(said) else None

    def _is_allowed_by(self, answer: Answer) -> bool:
        """What follows from one answer alone, which is the same for nearly everybody."""
        alike = (answer.status, answer.jurisdiction, answer.policy_version, answer.at <= self._now)
        if alike not in self._allowed:
            self._allowed[alike] = self._decide([answer])
        return self._allowed[alike]

    def _decide(self, said: Collection[Answer | None]) -> bool:
        return decide_now(said, Signals(), Purpose.MEASUREMENT, self._rules, self._now).allowed


def _columns(*, is_shown: bool) -> Select[Any]:
    own: dict[str, ColumnElement[Any]] = {
        "at_us": KEPT_EVENTS.c.at,
        "quantity": func.coalesce(KEPT_EVENTS.c.quantity, 1),
    }
    if not is_shown:
        own |= {name: null() for name in _SHOWN}
    return select(
        KEPT_EVENTS.c.subject,
        KEPT_EVENTS.c.other,
        *(own[name] if name in own else KEPT_EVENTS.c[name] for name in COLUMNS[1:]),
    )


def _pages(connection: Connection, query: Select[Any]) -> Iterator[list[MeasuredRow]]:
    if connection.dialect.name != "sqlite":
        streamed = connection.execute(query, execution_options={"yield_per": PAGE_ROWS})
        yield from map(list, streamed.partitions())
        return
    # As the driver gives them: SQLAlchemy's own rows take a third longer.
    with connection.execute(query) as result:
        assert result.cursor is not None  # noqa: S101 - it has rows
        while rows := result.cursor.fetchmany(PAGE_ROWS):
            yield list(rows)
