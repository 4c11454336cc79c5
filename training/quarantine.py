"""Bad rows to look at: a few of those that a training put in quarantine, without the ids of people."""

from collections.abc import Mapping
from csv import reader
from dataclasses import dataclass
from pathlib import Path

import duckdb

from training.reading import CSV_LINE
from training.schema import CATALOGUE, CONSENT, EVENTS, IDENTITIES
from training.sources.registry import SOURCES
from training.validation import REASON

TABLES = (EVENTS, CONSENT, IDENTITIES, CATALOGUE)

PEOPLE = frozenset({"customer_id", "visitor_id", "shopper_id", "session_id", "basket_id", "order_id"})
"""Columns that name somebody, or what somebody did: a terminal is often a log, and the quarantine is its owner's."""

MAX_VALUE = 40
"""Characters shown of a value; a fault is told by its beginning."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A bad row.

    Attributes:
        table: Whose: events, consent, identities or catalogue.
        reason: What is wrong with it.
        row: Its columns and values as in the file; neither people's ids nor columns that no table has.
    """

    table: str
    reason: str
    row: str


def samples_in(folder: Path, *, n: int) -> list[Sample]:
    """At most n bad rows of different reasons, those of events first, of each table the most frequent reason first.

    Args:
        folder: The quarantine of a training.
        n: Most rows, 1 or more.
    """
    found: list[Sample] = []
    for table in TABLES:
        path = folder / f"{table.name}.parquet"
        if path.is_file() and len(found) < n:
            found += [Sample(table.name, str(row[REASON]), _told(row)) for row in _firsts(path, n - len(found))]
    return found


def _firsts(path: Path, n: int) -> list[dict[str, object]]:
    """One row of each of the n most frequent reasons, the same ones for the same file."""
    counted = f"SELECT {REASON}, count(*) FROM read_parquet($path) GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT $n"  # noqa: S608
    first = f"SELECT * FROM read_parquet($path) WHERE {REASON} = $reason ORDER BY ALL LIMIT 1"  # noqa: S608
    rows = []
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        for reason, _ in database.execute(counted, {"path": str(path), "n": n}).fetchall():
            found = database.execute(first, {"path": str(path), "reason": reason})
            names = [column[0] for column in found.description or ()]
            rows += [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    return rows


def _told(row: Mapping[str, object]) -> str:
    if row.get(CSV_LINE) is not None:
        return f"a line of {len(next(reader([str(row[CSV_LINE])]), []))} fields"
    return ", ".join(f"{name}={_value(value)}" for name, value in row.items() if name in _SHOWN)


def _value(value: object) -> str:
    told = "" if value is None else str(value)
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in told)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}..."


_SHOWN = {
    column.name for table in (*TABLES, *(source.events for source in SOURCES.values())) for column in table.columns
} - PEOPLE
