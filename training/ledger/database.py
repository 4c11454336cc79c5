"""The ledger out of its database: tables of one moment, a part at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Select, Table, func, inspect, or_, select

from models.errors import InvalidInputError
from privacy.consent import Purpose
from privacy.preferences import from_json
from privacy.store.database import Database
from privacy.store.people import NO_PREFERENCES
from privacy.store.schema import ALIASES as ALIASES_TABLE
from privacy.store.schema import LEDGER, LEDGER_HEAD, SHOPPERS
from training.ledger.address import faults_of_address, recorded_address
from training.ledger.tables import ALIASES, ENTRIES, HEAD, PREFERENCES, SCHEMAS, refuse

PART_ROWS = 50_000
"""Rows held as Python values at once: some 50 MB, and less is no faster."""


def parts_of(store_uri: str) -> Iterator[tuple[str, pa.Table]]:
    """Names of tables and parts of them, all of one moment; the head comes last.

    Raises:
        InvalidInputError: The address is none, or there is no such file.
        LedgerError: It is no database of this release, or the ledger is not as it was left.
        StoreUnavailableError: The database cannot be reached, or fails.
    """
    if faults := faults_of_address(store_uri):
        raise InvalidInputError("the ledger", faults)
    address = recorded_address(store_uri)
    try:
        database = Database(store_uri)
    except ModuleNotFoundError as error:  # the database's driver
        refuse(address, f"cannot be read without {error.name}: pip install {error.name}")
    try:
        with database.reading() as connection:
            check_tables(connection, address, (ALIASES_TABLE, SHOPPERS, LEDGER, LEDGER_HEAD))
            n_aliases = n_taken = n_preferences = 0
            for part in _parts(connection, select(*_columns(ALIASES_TABLE, ALIASES))):
                n_aliases += len(part)
                yield ALIASES, _table(ALIASES, part)
            for part in _parts(connection, _entries()):
                n_taken += len(part)
                yield ENTRIES, _table(ENTRIES, part)
            words = select(SHOPPERS.c.subject, SHOPPERS.c.preferences).where(SHOPPERS.c.preferences != NO_PREFERENCES)
            for part in _parts(connection, words):
                said = _words(part, address)
                n_preferences += len(said)
                yield PREFERENCES, _table(PREFERENCES, said)
            yield HEAD, _table(HEAD, [(*_head(connection, address), n_taken, n_aliases, n_preferences)])
    finally:
        database.close()


def check_tables(connection: Connection, address: str, tables: Sequence[Table]) -> None:
    """Pass where the tables are those that this release reads.

    Raises:
        LedgerError: They are not.
    """
    inspector = inspect(connection)
    for table in tables:
        if not inspector.has_table(table.name):
            refuse(address, "has no tables of Shopkeeper: name the database that the server keeps consent in")
        found = {column["name"] for column in inspector.get_columns(table.name)}
        if missing := sorted({column.name for column in table.columns} - found):
            lacks = f"lacks {table.name}.{missing[0]}"
            refuse(address, f"{lacks}: it is of another release; start this one's server on it, or train with that one")


def _entries() -> Select[Any]:
    others = [str(purpose) for purpose in Purpose if purpose is not Purpose.MODEL_TRAINING]
    about_training = or_(LEDGER.c.purpose.is_(None), LEDGER.c.purpose.not_in(others))
    return select(*_columns(LEDGER, ENTRIES)).where(about_training)


def _columns(table: Any, name: str) -> list[Any]:
    return [table.c[column] for column in SCHEMAS[name].names]


def _head(connection: Connection, address: str) -> tuple[Any, ...]:
    """The head, which is that of the entries: what is cheap to see of what `shopkeeper privacy verify` looks for."""
    row = connection.execute(
        select(LEDGER_HEAD.c.n_entries, LEDGER_HEAD.c.hash, LEDGER_HEAD.c.seal, LEDGER_HEAD.c.key_id)
    ).one_or_none()
    n_entries, last = connection.execute(select(func.count(), func.max(LEDGER.c.position)).select_from(LEDGER)).one()
    if row is None or row.n_entries != n_entries or (last or 0) != n_entries:
        refuse(address, "has entries that its head does not count: `shopkeeper privacy verify` says which")
    if n_entries and connection.scalar(select(LEDGER.c.hash).where(LEDGER.c.position == last)) != row.hash:
        refuse(address, "does not end as its head says: `shopkeeper privacy verify` says why")
    return tuple(row)


def _parts(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    yield from connection.execution_options(yield_per=PART_ROWS).execute(query).partitions()


def _words(rows: Sequence[Any], address: str) -> list[tuple[int, str, str]]:
    """What people say of topics: subject, topic, word."""
    try:
        return [(subject, topic, str(word)) for subject, text in rows for topic, word in from_json(text).topics.items()]
    except InvalidInputError:  # whose message would hold what somebody prefers
        refuse(address, "holds preferences that this release does not read")


def _table(name: str, rows: Sequence[Any]) -> pa.Table:
    schema = SCHEMAS[name]
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema)
