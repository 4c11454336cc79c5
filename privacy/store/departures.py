"""How many people each arm of a test drove away: counted as they go, for nothing of them is known afterwards.

A count says of nobody that they are in it. Who says no twice is counted once, as far as what is on record tells.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from privacy.consent import Purpose, ShopperKind, Status
from privacy.entry import EntryKind, Word
from privacy.person import Known
from privacy.store.people import customers_of, person_of, rows_of, states_of, visitors_of
from privacy.store.schema import EXPERIMENT_DEPARTURES, IS_IN_A_TEST, KEPT_EVENTS, LEDGER, UNMEASURED, is_of_test
from privacy.times import microseconds
from privacy.topics import TopicWord


class Departure(StrEnum):
    """How somebody turned away after they had been shown something by an arm."""

    OPTED_OUT = "opted_out"
    """Said no to something that they had not refused before, or had themselves erased."""
    MUTED = "muted"
    """Muted a topic, and had muted none before."""
    LEFT = "left"
    """What they were shown by the arm is not known any more: they refused measurement, or all that events are kept for,
    or had themselves erased."""


@dataclass(frozen=True, slots=True)
class _Met:
    """What is known of the people that some numbers are.

    Attributes:
        first_us: When each of them first met each variant of their own, microseconds since 1970 UTC; only who met one.
        numbers: All that each of them is known by.
        known: What stands of each number.
    """

    first_us: Mapping[int, Mapping[str, int]]
    numbers: Mapping[int, Sequence[int]]
    known: Mapping[int, Known]

    def persons(self, subjects: Iterable[int]) -> set[int]:
        """Who of them these numbers are."""
        return self.first_us.keys() & {person_of(subject, self.known) for subject in subjects if subject in self.known}


def count_noes(connection: Connection, words: Sequence[Word], *, is_live: bool) -> None:
    """Count who now says no to something that none of their numbers refused before.

    Who did so before, since they first met a variant, is counted for it already, whatever they said in between.

    Args:
        connection: Of a transaction that holds the ledger's head and has not written the words yet.
        words: To be written.
        is_live: Whether they are said just now; else they count where they are of later than what was shown.
    """
    noes = [word for word in words if word.status is Status.DENIED]
    met = _met_by_persons(connection, {word.subject for word in noes})
    latest_us: dict[int, int] = {}
    for word in noes:
        for person in met.persons([word.subject]):
            if _comes_to_stand(word, met.known[word.subject]) and word.purpose not in _refused(person, met):
                latest_us[person] = max(microseconds(word.at), latest_us.get(person, 0))
    _count_opted_out(connection, met, {person: None if is_live else at_us for person, at_us in latest_us.items()})


def count_erased(connection: Connection, subjects: Sequence[int]) -> None:
    """Count who has themselves erased and had not said no since they met a variant.

    Args:
        connection: Of a transaction that holds the ledger's head and has erased nothing yet.
        subjects: Whose.
    """
    met = _met_by_persons(connection, subjects)
    _count_opted_out(connection, met, dict.fromkeys(met.persons(subjects)))


def count_mutes(connection: Connection, subjects: Sequence[int], words: Collection[object]) -> None:
    """Count who now mutes a topic and had muted none.

    Args:
        connection: Of a transaction that holds the ledger's head and has not changed the preferences yet.
        subjects: Whose.
        words: Of topics.
    """
    if TopicWord.MUTE not in words:
        return
    met = _met_by_persons(connection, subjects)
    persons = met.persons(subjects)
    prefers = rows_of(connection, [number for person in persons for number in met.numbers[person]])
    muted: Counter[str] = Counter()
    for person in persons:
        if not any(TopicWord.MUTE in prefers[number].preferences.topics.values() for number in met.numbers[person]):
            muted.update(met.first_us[person].keys())
    _add(connection, Departure.MUTED, muted)


@contextmanager
def counting_who_leaves(connection: Connection, subjects: Collection[int]) -> Iterator[None]:
    """Count of whom nothing is left that a variant showed, after what is done within.

    Args:
        connection: Of a transaction that holds the ledger's head.
        subjects: Who may have something removed, and who may be named with them.
    """
    before = _met_by_everybody(connection, subjects).first_us
    yield
    if before:
        after = _met_by_everybody(connection, subjects).first_us
        left = Counter(
            variant for person, variants in before.items() for variant in variants.keys() - after.get(person, {}).keys()
        )
        _add(connection, Departure.LEFT, left)


def tallies(connection: Connection, salt: str) -> dict[str, dict[str, int]]:
    """How many people each variant drove away: by variant, and by Departure.

    Args:
        connection: Reads one moment.
        salt: Of the test.
    """
    table = EXPERIMENT_DEPARTURES.c
    found: dict[str, dict[str, int]] = {}
    rows = select(table.variant, table.kind, table.n).where(is_of_test(table.variant, salt))
    for variant, kind, n in connection.execute(rows.order_by(table.variant, table.kind)):
        found.setdefault(variant, {})[kind] = n
    return found


def _met_by_persons(connection: Connection, subjects: Collection[int]) -> _Met:
    """Of the people that the numbers are counted as: of a browser that many share the browser alone."""
    if not _is_in_a_test(connection, subjects):
        return _Met({}, {}, {})
    known = states_of(connection, subjects)
    persons = {person_of(number, known) for number in known}
    return _met(connection, known | states_of(connection, persons - known.keys()))


def _met_by_everybody(connection: Connection, subjects: Collection[int]) -> _Met:
    """Of all who may be named with the numbers: of a browser that many share every account."""
    if not _is_in_a_test(connection, subjects):
        return _Met({}, {}, {})
    known = states_of(connection, subjects)
    return _met(connection, known | states_of(connection, customers_of(known) - known.keys()))


def _is_in_a_test(connection: Connection, subjects: Collection[int]) -> bool:
    """Whether anybody may be: people are not gathered where no test was ever on."""
    return bool(subjects) and connection.scalar(select(KEPT_EVENTS.c.subject).where(IS_IN_A_TEST).limit(1)) is not None


def _met(connection: Connection, known: dict[int, Known]) -> _Met:
    customers = [number for number, one in known.items() if one.kind is ShopperKind.CUSTOMER]
    if customers:
        known |= states_of(connection, {*visitors_of(connection, customers)} - known.keys())
    columns = (KEPT_EVENTS.c.subject, KEPT_EVENTS.c.variant)
    shown = select(*columns, func.min(KEPT_EVENTS.c.at)).where(IS_IN_A_TEST).group_by(*columns)
    first_us: dict[int, dict[str, int]] = {}
    numbers: dict[int, list[int]] = {}
    everybody = list(known)
    for first in range(0, len(everybody), _AT_A_TIME):
        some = everybody[first : first + _AT_A_TIME]
        for subject, variant, at_us in connection.execute(shown.where(KEPT_EVENTS.c.subject.in_(some))):
            if not variant.endswith(UNMEASURED):
                own = first_us.setdefault(person_of(subject, known), {})
                own[variant] = min(at_us, own.get(variant, at_us))
    if first_us:
        for number in known:
            numbers.setdefault(person_of(number, known), []).append(number)
    return _Met(first_us, numbers, known)


_AT_A_TIME = 10_000


def _comes_to_stand(word: Word, one: Known) -> bool:
    """Whether it is not outweighed by what was said later, or erased."""
    assert word.purpose is not None  # noqa: S101 - it is an answer
    answer = one.state.after(word).answers.get(word.purpose)
    return answer is not None and answer.status is Status.DENIED


def _refused(person: int, met: _Met) -> set[Purpose]:
    """What one of a person's numbers refuses."""
    states = [met.known[number].state for number in met.numbers[person]]
    return {purpose for one in states for purpose, answer in one.answers.items() if answer.status is Status.DENIED}


def _count_opted_out(connection: Connection, met: _Met, at_us: Mapping[int, int | None]) -> None:
    """Count people for the variants they met before they said no, unless they did since.

    Args:
        connection: As above.
        met: People.
        at_us: When each of them says no; None for just now, and so after all that was shown.
    """
    before = _latest_noes(connection, met, at_us)
    opted_out: Counter[str] = Counter()
    for person, now_us in at_us.items():
        for variant, first_us in met.first_us[person].items():
            is_new = person not in before or before[person] < first_us
            opted_out[variant] += is_new and (now_us is None or first_us <= now_us)
    _add(connection, Departure.OPTED_OUT, opted_out)


def _latest_noes(connection: Connection, met: _Met, persons: Iterable[int]) -> dict[int, int]:
    """When each person last said no to something that none of their numbers refused then, of those who ever did."""
    numbers = [number for person in persons for number in met.numbers[person]]
    columns = (LEDGER.c.subject, LEDGER.c.purpose, LEDGER.c.status, LEDGER.c.at)
    said = select(*columns).where(LEDGER.c.kind != str(EntryKind.LINK)).order_by(LEDGER.c.at, LEDGER.c.position)
    latest: dict[int, int] = {}
    refused: dict[int, set[tuple[int, str]]] = {}
    for first in range(0, len(numbers), _AT_A_TIME):
        some = said.where(LEDGER.c.subject.in_(numbers[first : first + _AT_A_TIME]))
        for subject, purpose, status, at_us in connection.execute(some):
            person = person_of(subject, met.known)
            stands = refused.setdefault(person, set())
            if status == str(Status.DENIED):
                if purpose not in {other for _, other in stands}:
                    latest[person] = at_us
                stands.add((subject, purpose))
            else:
                stands -= {one for one in stands if one[0] == subject and purpose in (one[1], None)}
    return latest


def _add(connection: Connection, kind: Departure, counted: Mapping[str, int]) -> None:
    # In one order, as whoever changes several rows does.
    rows = [{"variant": variant, "kind": str(kind), "n": n} for variant, n in sorted(counted.items()) if n]
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(EXPERIMENT_DEPARTURES)
    added = {"n": EXPERIMENT_DEPARTURES.c.n + statement.excluded.n}
    connection.execute(statement.on_conflict_do_update(index_elements=["variant", "kind"], set_=added), rows)
