"""How much the privacy database holds, in numbers alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from privacy.consent import ShopperKind
from privacy.state import State
from privacy.store.schema import ALIASES, ERASURES, KEPT_EVENTS, LEDGER_HEAD, SHOPPERS
from privacy.times import microseconds, moment

_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Counts:
    """What is held.

    Attributes:
        position: Of the ledger's last entry.
        hash: Of that entry, in hexadecimal digits.
        people: Numbers by kind.
        answers: Answers that stand, by purpose and then by status.
        events: Kept events by type.
        oldest_event_at: When the oldest kept event happened; None if none is kept.
        erasures: How many there were.
        last_erasure_at: When the last one was asked for; None if there was none.
    """

    position: int
    hash: str
    people: Mapping[str, int]
    answers: Mapping[str, Mapping[str, int]]
    events: Mapping[str, int]
    oldest_event_at: datetime | None
    erasures: int
    last_erasure_at: datetime | None


def counted(connection: Connection) -> Counts:
    """What is held as of one moment.

    Args:
        connection: Reads one moment.
    """
    head = connection.execute(select(LEDGER_HEAD)).one()
    people: Counter[str] = Counter({str(kind): 0 for kind in ShopperKind})
    answers: dict[str, Counter[str]] = {}
    rows = connection.execution_options(yield_per=_BATCH).execute(select(SHOPPERS.c.kind, SHOPPERS.c.state))
    for kind, state in rows:
        people[kind] += 1
        for purpose, answer in State.of_text(state).answers.items():
            answers.setdefault(str(purpose), Counter())[str(answer.status)] += 1
    by_type = select(KEPT_EVENTS.c.event_type, func.count(), func.min(KEPT_EVENTS.c.at))
    events = connection.execute(by_type.group_by(KEPT_EVENTS.c.event_type)).all()
    n_erasures, last = connection.execute(select(func.count(), func.max(ERASURES.c.at))).one()
    return Counts(
        position=head.n_entries,
        hash=head.hash.hex(),
        people=dict(people),
        answers={purpose: dict(sorted(said.items())) for purpose, said in sorted(answers.items())},
        events={event_type: n for event_type, n, _ in sorted(events)},
        oldest_event_at=min((moment(oldest) for *_, oldest in events), default=None),
        erasures=n_erasures,
        last_erasure_at=None if last is None else moment(last),
    )


def kept_before(connection: Connection, cutoffs: Mapping[str, datetime]) -> dict[str, int]:
    """How many kept events of each type are from before its cutoff: what a sweep would remove."""
    return {
        event_type: connection.scalar(
            select(func.count()).where(KEPT_EVENTS.c.event_type == event_type, KEPT_EVENTS.c.at < microseconds(cutoff))
        )
        or 0
        for event_type, cutoff in cutoffs.items()
    }


def known_by_key_alone(connection: Connection, key_id: int) -> int:
    """How many people have no id hashed with another key: once this one is gone, nobody finds them again."""
    others = select(ALIASES.c.subject).where(ALIASES.c.key_id != key_id)
    alone = select(func.count(ALIASES.c.subject.distinct())).where(ALIASES.c.key_id == key_id)
    return connection.scalar(alone.where(ALIASES.c.subject.not_in(others))) or 0
