"""Looks a shopper up for one request: the latest word every time, as nothing is cached."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.exc import SQLAlchemyError

from privacy.consent import Identity, ShopperKind
from privacy.kept_event import Act
from privacy.person import NOBODY, Known, Person
from privacy.pseudonyms import Pseudonymiser
from privacy.store.database import Database, unavailable
from privacy.store.people import known_of
from privacy.store.schema import ALIASES, IS_ACT, IS_OF_AN_ITEM, IS_RULING_OUT, IS_SHOWING, KEPT_EVENTS, SHOPPERS

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
    "(SELECT json_group_array(json_array(event_type, item_id, at)) "
    "FROM (SELECT event_type, item_id, at FROM kept_events INDEXED BY {index} "
    "WHERE subject IN ({marks}) AND {which} ORDER BY at DESC, event_id LIMIT ?))"
)
"""One value of all: for each row the driver lets go of the interpreter and waits for it again, which on a busy server
takes longer than the row. The index is named, as for somebody of two numbers SQLite may choose to read what the whole
shop was shown."""
_ACT = {"index": "kept_events_acts", "which": IS_ACT}
_RULING_OUT = {"index": "kept_events_ruling_out", "which": f"{IS_RULING_OUT} AND at <= ?"}
_SHOWING = {"index": "kept_events_showings", "which": f"{IS_SHOWING} AND {IS_OF_AN_ITEM} AND at >= ?"}

MAX_RULING_OUT = 1_000
"""Purchases and dismissals of one person that a page may look at: more than anybody's, and a bound for the page."""
MAX_SHOWINGS = 300
"""Latest things shown to one person that a page looks at: a hundred pages of three."""


class _Reader(Protocol):
    def by_pseudonym(self, hashes: Sequence[bytes]) -> Sequence[_Row]: ...

    def by_subject(self, subjects: Sequence[int]) -> Sequence[_Row]: ...

    def past(self, subjects: Sequence[int], n_events: int, since_us: int) -> tuple[Iterable[_Act], Iterable[_Act]]: ...

    def ruling_out(self, subjects: Sequence[int], until_us: int) -> Iterable[_Act]: ...


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

    def past(self, person: Person, n_events: int, since_us: int) -> tuple[list[Act], list[Act]]:
        """What a person did last, and after that what they bought and waved away before; and what they were shown.

        Args:
            person: Who.
            n_events: That they did last.
            since_us: What was shown from when on, microseconds since 1970 UTC.

        Returns:
            Both latest first.

        Raises:
            StoreUnavailableError: It cannot be known.
        """
        if not person.known:
            return [], []
        did, shown = self._reader.past(person.subjects, n_events, since_us)
        acts = list(map(_act, did))
        if n_events and len(acts) == n_events:
            before = self._reader.ruling_out(person.subjects, acts[-1].at_us)
            acts += sorted({*map(_act, before)}.difference(acts), key=lambda act: -act.at_us)
        return acts, list(map(_act, shown))


_act: Callable[[Iterable[object]], Act] = partial(tuple.__new__, Act)
"""An act of its three values: what `Act._make` does, without counting them."""


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

    def past(self, subjects: Sequence[int], n_events: int, since_us: int) -> tuple[Iterable[_Act], Iterable[_Act]]:
        values = (*subjects, n_events, *subjects, since_us, MAX_SHOWINGS)
        [(did, shown)] = self._all(_past(len(subjects)), values)
        return json.loads(did), json.loads(shown) if shown != _NONE else ()

    def ruling_out(self, subjects: Sequence[int], until_us: int) -> Iterable[_Act]:
        [(text,)] = self._all(_ruling_out(len(subjects)), (*subjects, until_us, MAX_RULING_OUT))
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


_NONE = "[]"


@cache
def _past(n_subjects: int) -> str:
    marks = ",".join("?" * n_subjects)
    return f"SELECT {_ACTS.format(marks=marks, **_ACT)}, {_ACTS.format(marks=marks, **_SHOWING)}"


@cache
def _ruling_out(n_subjects: int) -> str:
    return f"SELECT {_ACTS.format(marks=','.join('?' * n_subjects), **_RULING_OUT)}"


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

    def past(self, subjects: Sequence[int], n_events: int, since_us: int) -> tuple[Iterable[_Act], Iterable[_Act]]:
        did = self._acts(subjects, and_(IS_ACT), n_events)
        return did, self._acts(subjects, and_(IS_SHOWING, IS_OF_AN_ITEM, KEPT_EVENTS.c.at >= since_us), MAX_SHOWINGS)

    def ruling_out(self, subjects: Sequence[int], until_us: int) -> Iterable[_Act]:
        return self._acts(subjects, and_(IS_RULING_OUT, KEPT_EVENTS.c.at <= until_us), MAX_RULING_OUT)

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
