"""A catalogue's file, read as the trainer reads it: what each item costs, and whether it can be bought."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from models.errors import Fault, InvalidInputError
from training.histories import MINOR_UNITS
from training.reading import CSV_LINE, ORIGINAL, faults_of_columns, files_of, open_table, typed, workspace
from training.schema import CATALOGUE
from training.validation import REASON, check, faults_of_rows, part_duplicates

AT_A_TIME = 1_000
"""Items in one call: as many as the server takes."""
MEMORY_LIMIT = "512MB"
"""What the reading may use before it spills to disk."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a file says of one item; of what is None it says nothing."""

    item_id: str
    available: bool | None
    price_minor: int | None


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be what it says.

    Attributes:
        item_id: As it stands there; empty where there is none.
        row: All that stands there.
        reason: What is wrong with it.
    """

    item_id: str
    row: str
    reason: str


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file that may be sent.

    Attributes:
        path: Where it is.
        as_of: Since when it is so, UTC.
        n_rows: Bad ones included.
        n_items: Items of which it says something.
    """

    path: Path
    as_of: datetime
    n_rows: int
    n_items: int
    _told: ir.Table
    _bad: ir.Table

    def batches(self) -> Iterator[list[Row]]:
        """What it says, so many items at a time."""
        backend = self._told.get_backend()
        cursor = backend.con.cursor()
        try:
            # ibis 12 streams by a method that DuckDB 2 has renamed.
            for batch in cursor.sql(backend.compile(self._told.order_by("item_id"))).to_arrow_reader(AT_A_TIME):
                for first in range(0, batch.num_rows, AT_A_TIME):
                    yield [Row(**row) for row in batch.slice(first, AT_A_TIME).to_pylist()]
        finally:
            cursor.close()

    def bad(self) -> list[Bad]:
        """Rows that say nothing which can be sent, by item."""
        names = [name for name in self._bad.columns if name.startswith(ORIGINAL)]
        rows = self._bad.select(*names, REASON).order_by(*names).to_pyarrow().to_pylist()
        return [_bad(row) for row in rows]


@contextmanager
def opened(path: Path, as_of: datetime | None) -> Iterator[CatalogueFile]:
    """The file, checked.

    Args:
        path: A Parquet or CSV file, or a folder of Parquet files.
        as_of: Since when it is so; None for when it was last written to, the oldest of several.

    Raises:
        InvalidInputError: It cannot be used, with every fault.
    """
    with workspace(threads=None, memory_limit=MEMORY_LIMIT) as backend:
        yield _checked(backend, path, as_of)


def _checked(backend: Backend, path: Path, as_of: datetime | None) -> CatalogueFile:
    table = open_table(backend, path, CATALOGUE)
    if isinstance(table, Fault):
        raise InvalidInputError("The data", [table])
    faults = faults_of_columns(table, CATALOGUE)
    if not {"price", "available"} & {*table.rows.columns}:
        faults.append(Fault("catalogue", "has neither the column price nor available: there is nothing to tell"))
    if faults:
        raise InvalidInputError("The data", faults)
    parted = check(typed(table, CATALOGUE), CATALOGUE)
    good, later = part_duplicates(backend.create_table("catalogue_good", parted.good), "item_id")
    bad = backend.create_table("catalogue_bad", parted.bad.union(later.select(*parted.bad.columns)))
    told = backend.create_table("catalogue_told", _told(good))
    n_rows = _count(table.rows)
    faults = [*faults_of_rows("catalogue", n_rows, _reasons(bad)), *_faults_of_currencies(good)]
    if faults:
        raise InvalidInputError("The data", faults)
    written = datetime.fromtimestamp(min(file.stat().st_mtime for file in files_of(path)), UTC)
    return CatalogueFile(path, as_of or written, n_rows, _count(told), told, bad)


def _told(good: ir.Table) -> ir.Table:
    """What is said of each item of which anything is."""
    rows = good.select(
        item_id=good.item_id,
        available=(good.available == "true"),
        price_minor=(good.price * MINOR_UNITS).round().cast("int64"),
    )
    return rows.filter(rows.available.notnull() | rows.price_minor.notnull())


def _faults_of_currencies(good: ir.Table) -> list[Fault]:
    priced = good.filter(good.price.notnull() & good.currency.notnull()).select("currency").distinct()
    names = sorted(priced.currency.to_pyarrow().to_pylist())
    if len(names) < 2:
        return []
    told = f"holds prices in {', '.join(names)}: they are compared with each other, so give them in one currency"
    return [Fault("catalogue.currency", told)]


def _reasons(bad: ir.Table) -> dict[str, int]:
    counted = bad.group_by(REASON).aggregate(n=bad.count()).to_pyarrow()
    return dict(zip(counted[REASON].to_pylist(), counted["n"].to_pylist(), strict=True))


def _bad(row: dict[str, object]) -> Bad:
    values = {name.removeprefix(ORIGINAL): value for name, value in row.items() if name.startswith(ORIGINAL)}
    item_id = values.get("item_id")
    given = (f"{name} {value}" for name, value in values.items() if value is not None and name != CSV_LINE)
    line = values.get(CSV_LINE) or ", ".join(given)
    return Bad("" if item_id is None else str(item_id), str(line), str(row[REASON]))


def _count(rows: ir.Table) -> int:
    return int(rows.count().to_pyarrow().as_py())
