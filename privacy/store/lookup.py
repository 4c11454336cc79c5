"""Looks a shopper up for one request: the latest word every time, as nothing is cached."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.exc import SQLAlchemyError

from privacy.consent import Identity, ShopperKind
from privacy.kept_event import Act
from privacy.person import NOBODY, Known, Person
from privacy.pseudonyms import Pseudonymiser
from privacy.store.database import Database, unavailable
from privacy.store.people import known_of
from privacy.store.schema import ALIASES, IS_ACT, IS_RULING_OUT, IS_SHOWING, KEPT_EVENTS, SHOPPERS

_Row = tuple[int, str, str, str]
_Act = tuple[str, str, int]

_COLUMNS = (SHOPPERS.c.subject, SHOPPERS.c.kind, SHOPPERS.c.state, SHOPPERS.c.preferences)
_OF_ONE = (
    "SELECT s.subject, s.kind, s.state, s.preferences FROM aliases a CROSS JOIN shoppers s ON s.subject = a.subject "
    "WHERE a.pseudonym = ?"
)
"""For each of the few ids of a request by itself: a list of them, or a word against repetition, would be a table that
SQLite makes for this query alone."""
_BY_SUBJECT = "SELECT subject, kind, state, preferences FROM shoppers WHERE subject IN ({})"
_ACTS = (
    "SELECT json_group_array(json_array(event_type, item_id, at)) "
    "FROM (SELECT event_type, item_id, at FROM kept_events "
    "WHERE subject IN ({}) AND {} ORDER BY at DESC, event_id LIMIT ?)"
)
"""One row of all: for each row the driver lets go of the interpreter and waits for it again, which on a busy server
takes longer than the row."""
_WHICH = {
    "recent": str(IS_ACT),
    "ruling out": f"{IS_RULING_OUT} AND at <= ?",
    "shown": f"{IS_SHOWING} AND at >= ?",
}
"""Written out once: SQLAlchemy takes as long to write a text as SQLite to read a history."""

MAX_RULING_OUT = 1_000
"""Purchases and dismissals of one person that a page may look at: more than anybody's, and a bound for the page."""
MAX_SHOWINGS = 300
"""Latest things shown to one person that a page looks at: a hundred pages of three."""


class _Reader(Protocol):
    def by_pseudonym(self, hashes: Sequence[bytes]) -> Sequence[_Row]: ...

    def by_subject(self, subjects: Sequence[int]) -> Sequence[_Row]: ...

    def recent(self, subjects: Sequence[int], n_events: int) -> Sequence[_Act]: ...

    def ruling_out(self, subjects: Sequence[int], until_us: int) -> Sequence[_Act]: ...

    def shown(self, subjects: Sequence[int], since_us: int) -> Sequence[_Act]: ...


class Lookup:
    """Finds who a request is of. May be used from any thread.

    Args:
        database: Migrated.
        pseudonyms: Of the shop's keys.
    """

    def __init__(self, database: Database, pseudonyms: Pseudonymiser) -> None:
        self._pseudonyms = pseudonyms
        self._reader: _Reader = _SqliteReader(database) if database.is_sqlite else _ServerReader(database)

    def find(self, identities: Sequence[Identity]) -> Person:
        """Everybody that these ids name, as of now.

        Raises:
            StoreUnavailableError: It cannot be known.
        """
        hashes = [hashed for identity in identities for _, hashed in self._pseudonyms.candidates(identity)]
        if not hashes:
            return NOBODY
        # Under two keys one id has two hashes, and one number.
        found = {row[0]: known_of(*row) for row in self._reader.by_pseudonym(hashes)}
        linked = {other for one in found.values() for other in one.state.linked if other not in found}
        named = tuple(found.values())
        if not linked:
            return Person(named)
        others = tuple(known_of(*row) for row in self._reader.by_subject(sorted(linked)))
        return Person(named, others, _strangers(identities, named))

    def recent(self, person: Person, n_events: int) -> list[Act]:
        """What a person did last, latest first; after that what they bought and waved away before.

        Raises:
            StoreUnavailableError: It cannot be known.
        """
        if not person.known:
            return []
        acts = list(map(Act._make, self._reader.recent(person.subjects, n_events)))
        if n_events and len(acts) == n_events:
            before = self._reader.ruling_out(person.subjects, acts[-1].at_us)
            acts += sorted({*map(Act._make, before)}.difference(acts), key=lambda act: -act.at_us)
        return acts

    def shown(self, person: Person, since_us: int) -> list[Act]:
        """What a person was shown, latest first.

        Args:
            person: Who.
            since_us: From when on, microseconds since 1970 UTC.

        Raises:
            StoreUnavailableError: It cannot be known.
        """
        if not person.known:
            return []
        return list(map(Act._make, self._reader.shown(person.subjects, since_us)))


def _strangers(identities: Sequence[Identity], met: Sequence[Known]) -> int:
    """Customers that were named, less those that were met."""
    named = len({identity for identity in identities if identity.kind is ShopperKind.CUSTOMER})
    return max(0, named - sum(one.kind is ShopperKind.CUSTOMER for one in met))


class _SqliteReader:
    """Through the driver itself: SQLAlchemy would take five times as long as the look-up."""

    def __init__(self, database: Database) -> None:
        self._database, self._of_thread = database, threading.local()

    def by_pseudonym(self, hashes: Sequence[bytes]) -> Sequence[_Row]:
        return self._all(_by_pseudonym(len(hashes)), hashes)

    def by_subject(self, subjects: Sequence[int]) -> Sequence[_Row]:
        return self._all(_BY_SUBJECT.format(",".join("?" * len(subjects))), subjects)

    def recent(self, subjects: Sequence[int], n_events: int) -> Sequence[_Act]:
        return self._acts("recent", subjects, n_events)

    def ruling_out(self, subjects: Sequence[int], until_us: int) -> Sequence[_Act]:
        return self._acts("ruling out", subjects, until_us, MAX_RULING_OUT)

    def shown(self, subjects: Sequence[int], since_us: int) -> Sequence[_Act]:
        return self._acts("shown", subjects, since_us, MAX_SHOWINGS)

    def _acts(self, which: str, subjects: Sequence[int], *values: int) -> Sequence[_Act]:
        [(text,)] = self._all(_acts(which, len(subjects)), (*subjects, *values))
        acts: list[_Act] = json.loads(text)
        return acts

    def _all(self, query: str, values: Sequence[bytes] | Sequence[int]) -> Sequence[Any]:
        self._database.check_in_place()
        try:
            rows: Sequence[Any] = self._connection().execute(query, values).fetchall()
        except (sqlite3.Error, SQLAlchemyError) as error:
            self._of_thread.__dict__.clear()
            raise unavailable(error) from None
        return rows

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        held = self._of_thread.__dict__
        if "connection" not in held:
            # Held whole: who drops it hands the driver's connection back.
            held["connection"] = self._database.engine.raw_connection()
        connection: sqlite3.Connection = held["connection"].driver_connection
        return connection


@cache
def _by_pseudonym(n_hashes: int) -> str:
    return " UNION ALL ".join([_OF_ONE] * n_hashes)


@cache
def _acts(which: str, n_subjects: int) -> str:
    return _ACTS.format(",".join("?" * n_subjects), _WHICH[which])


class _ServerReader:
    """Through SQLAlchemy's pool, each look-up a statement of its own."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._by_pseudonym = select(*_COLUMNS).join(ALIASES, ALIASES.c.subject == SHOPPERS.c.subject).distinct()
        self._by_subject = select(*_COLUMNS)

    def by_pseudonym(self, hashes: Sequence[bytes]) -> Sequence[_Row]:
        return self._all(self._by_pseudonym.where(ALIASES.c.pseudonym.in_(hashes)))

    def by_subject(self, subjects: Sequence[int]) -> Sequence[_Row]:
        return self._all(self._by_subject.where(SHOPPERS.c.subject.in_(subjects)))

    def recent(self, subjects: Sequence[int], n_events: int) -> Sequence[_Act]:
        return self._acts(subjects, and_(IS_ACT), n_events)

    def ruling_out(self, subjects: Sequence[int], until_us: int) -> Sequence[_Act]:
        return self._acts(subjects, and_(IS_RULING_OUT, KEPT_EVENTS.c.at <= until_us), MAX_RULING_OUT)

    def shown(self, subjects: Sequence[int], since_us: int) -> Sequence[_Act]:
        return self._acts(subjects, and_(IS_SHOWING, KEPT_EVENTS.c.at >= since_us), MAX_SHOWINGS)

    def _acts(self, subjects: Sequence[int], which: ColumnElement[bool], n_events: int) -> Sequence[_Act]:
        query = select(KEPT_EVENTS.c.event_type, KEPT_EVENTS.c.item_id, KEPT_EVENTS.c.at)
        query = query.where(KEPT_EVENTS.c.subject.in_(subjects), which)
        return self._all(query.order_by(KEPT_EVENTS.c.at.desc(), KEPT_EVENTS.c.event_id).limit(n_events))

    def _all(self, query: Select[Any]) -> Sequence[Any]:
        try:
            with self._engine.connect() as connection:
                return [tuple(row) for row in connection.execute(query)]
        except SQLAlchemyError as error:
            raise unavailable(error) from None
