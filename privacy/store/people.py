"""Who an id is: hashed ids to numbers, and what stands of each number."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, any_, cast, func, insert, select

from privacy.consent import Identity, ShopperKind
from privacy.entry import EntryKind
from privacy.person import Known, Person
from privacy.preferences import Preferences, from_json, to_json
from privacy.pseudonyms import Pseudonymiser
from privacy.state import NOTHING, State
from privacy.store.schema import ALIASES, LEDGER, SHOPPERS

SUBJECT_BITS = 63
"""What a signed 64-bit column holds; a number tells neither who came first nor how many there are."""

_BATCH = 10_000


NO_PREFERENCES = to_json(Preferences())
"""Text of who prefers nothing: nearly everybody."""

_NONE = Preferences()
_KINDS = {str(kind): kind for kind in ShopperKind}


def known_of(subject: int, kind: str, state: str, preferences: str) -> Known:
    """What a row of the table says."""
    prefers = _NONE if preferences == NO_PREFERENCES else from_json(preferences)
    return Known(subject, _KINDS[kind], State.of_text(state), prefers)


class People:
    """Finds people and makes their numbers.

    Args:
        pseudonyms: Of the shop's keys.
        new_subject: A number that nobody can guess, for instance secrets.randbits; given the bits.
    """

    def __init__(self, pseudonyms: Pseudonymiser, new_subject: Callable[[int], int]) -> None:
        self._pseudonyms, self._new_subject = pseudonyms, new_subject

    def numbers(self, connection: Connection, identities: Collection[Identity]) -> dict[Identity, int]:
        """Numbers of the identities that were met before, under whichever key."""
        candidates = {
            pseudonym: identity for identity in identities for _, pseudonym in self._pseudonyms.candidates(identity)
        }
        found: dict[Identity, int] = {}
        hashes = list(candidates)
        for first in range(0, len(hashes), _BATCH):
            query = select(ALIASES.c.pseudonym, ALIASES.c.subject).where(
                ALIASES.c.pseudonym.in_(hashes[first : first + _BATCH])
            )
            found |= {candidates[bytes(pseudonym)]: subject for pseudonym, subject in connection.execute(query)}
        return found

    def numbered(self, connection: Connection, identities: Sequence[Identity]) -> dict[Identity, int]:
        """As `numbers`, with new ones for who was never met, and an alias under the active key for everybody.

        Args:
            connection: Of a transaction that holds the ledger's head, or two writers would number one person twice.
            identities: Whose.
        """
        known = self.numbers(connection, identities)
        active = {identity: self._pseudonyms.of(identity) for identity in dict.fromkeys(identities)}
        hashes = list(active.values())
        there: set[bytes] = set()
        for first in range(0, len(hashes), _BATCH):
            query = select(ALIASES.c.pseudonym).where(ALIASES.c.pseudonym.in_(hashes[first : first + _BATCH]))
            there |= {bytes(pseudonym) for pseudonym in connection.scalars(query)}
        new = [identity for identity in active if identity not in known]
        known |= {identity: self._new_subject(SUBJECT_BITS) or 1 for identity in new}
        if new:
            nothing, none = NOTHING.as_text(), NO_PREFERENCES
            connection.execute(
                insert(SHOPPERS),
                [{"subject": known[one], "kind": str(one.kind), "state": nothing, "preferences": none} for one in new],
            )
        aliases: list[Mapping[str, object]] = [
            {"pseudonym": pseudonym, "key_id": self._pseudonyms.active_id, "subject": known[identity]}
            for identity, pseudonym in active.items()
            if pseudonym not in there
        ]
        if aliases:
            connection.execute(insert(ALIASES), aliases)
        return known


def rows_of(connection: Connection, subjects: Iterable[int]) -> dict[int, Known]:
    """What stands of each number that has a row."""
    rows = connection.execute(select(SHOPPERS).where(SHOPPERS.c.subject.in_(tuple(subjects))))
    return {row.subject: known_of(*row) for row in rows}


def states_of(connection: Connection, subjects: Iterable[int]) -> dict[int, Known]:
    """As `rows_of`, without their preferences, for millions of people: rows are the driver's own."""
    numbers = list(subjects)
    query = select(SHOPPERS.c.subject, SHOPPERS.c.kind, SHOPPERS.c.state)
    with connection.execute(query.where(_is_one_of(connection, SHOPPERS.c.subject, numbers))) as result:
        assert result.cursor is not None  # noqa: S101 - it has rows
        rows = result.cursor.fetchall()
    return {subject: Known(subject, _KINDS[kind], State.of_text(state), _NONE) for subject, kind, state in rows}


def _is_one_of(connection: Connection, column: ColumnElement[int], numbers: list[int]) -> ColumnElement[bool]:
    """In one parameter: of thousands SQLAlchemy makes names and texts for longer than the database looks."""
    if connection.dialect.name == "sqlite":
        return column.in_(select(func.json_each(json.dumps(numbers)).table_valued("value").c.value))
    return column == any_(cast(numbers, ARRAY(BigInteger)))


def held(connection: Connection, subjects: Iterable[int], *, shared: bool = False) -> None:
    """Let nobody else change the rows of these people until the transaction, or the savepoint, ends.

    They are held by rising number. Whoever holds or changes several rows keeps to this order, or two transactions may
    wait for each other until the server ends one. On SQLite the transaction alone does all this.

    Args:
        connection: Of a transaction.
        subjects: Whose rows.
        shared: Whether others may hold them so at the same time; nobody changes them then.
    """
    rows = select(SHOPPERS.c.subject).where(SHOPPERS.c.subject.in_(tuple(subjects))).order_by(SHOPPERS.c.subject)
    connection.execute(rows.with_for_update(read=shared)).all()


def held_with_customers(connection: Connection, subjects: Iterable[int]) -> dict[int, Known]:
    """What stands of these people and of the customers that they are, whom nobody changes until the transaction ends.

    So no opt-out falls between a question and what is done on its answer.
    """
    wanted = {*subjects}
    rows = rows_of(connection, wanted)
    while True:
        wanted |= customers_of(rows)
        # To be held in order they are held at once: where a link was made in between, they are let go and held anew.
        with connection.begin_nested() as savepoint:
            held(connection, wanted, shared=True)
            rows = rows_of(connection, wanted)
            if customers_of(rows) <= wanted:
                return rows
            savepoint.rollback()


def everybody(numbers: Iterable[int], rows: Mapping[int, Known]) -> Person:
    """These numbers and the customers that they are, as far as there are rows of them."""
    named = {number: rows[number] for number in numbers if number in rows}
    linked = {other: rows[other] for one in named.values() for other in one.state.linked if other in rows}
    return Person(tuple(named.values()), tuple(one for other, one in linked.items() if other not in named))


def customers_of(rows: Mapping[int, Known]) -> set[int]:
    """Customers that the visitors among these people are."""
    return {other for one in rows.values() for other in one.state.linked}


def person_of(number: int, people: Mapping[int, Known]) -> int:
    """As whom a number is counted: an account as itself, a browser as the account that it is linked to if it is one.

    Args:
        number: Of the account where an event names one, else of the browser.
        people: What stands of them.
    """
    one = people[number]
    return one.state.linked[0] if one.kind is ShopperKind.VISITOR and len(one.state.linked) == 1 else number


def visitors_of(connection: Connection, customers: Collection[int]) -> tuple[int, ...]:
    """Visitors that were ever linked to one of the customers, rising."""
    query = select(LEDGER.c.subject).where(LEDGER.c.kind == str(EntryKind.LINK), LEDGER.c.other.in_(tuple(customers)))
    return tuple(sorted(set(connection.scalars(query))))
