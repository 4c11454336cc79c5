"""Files become tables of the backend: found, opened, held to a schema's columns and types, typed."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from models.errors import Fault
from training.schema import Column, Kind, TableSchema

# Prefix of the columns as they stood in the file, kept beside the typed ones for the quarantine.
ORIGINAL = "original:"

# Column of a CSV line that does not split into the header's columns; such a line has no other values.
CSV_LINE = "csv_line"


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A file the backend can read.

    Attributes:
        rows: As in the file; every value text where the file is CSV, with CSV_LINE last.
        files: What it was read from.
        is_text: Whether it came from CSV.
    """

    rows: ir.Table
    files: tuple[Path, ...]
    is_text: bool


@contextmanager
def workspace(*, threads: int | None, memory_limit: str | None) -> Iterator[Backend]:
    """A DuckDB of its own that spills to a temporary directory, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="shopkeeper-") as directory, warnings.catch_warnings():
        # ibis 12 calls a method that DuckDB 2 has renamed.
        warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
        settings: dict[str, object] = {"temp_directory": str(Path(directory, "spill"))}
        if threads is not None:
            settings["threads"] = threads
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        backend = ibis.duckdb.connect(Path(directory, "ingest.duckdb"), **settings)
        try:
            # Order is stated wherever it matters; keeping the files' own costs memory.
            backend.raw_sql("SET preserve_insertion_order = false")
            backend.raw_sql("SET TimeZone = 'UTC'")
            # Steps are told by those who call; a bar of the database's own would break into their lines.
            backend.raw_sql("SET enable_progress_bar = false")
            yield backend
        finally:
            backend.disconnect()


def files_of(path: Path) -> tuple[Path, ...]:
    """What a table is read from: the file, or the Parquet files of the directory."""
    return tuple(sorted(path.rglob("*.parquet"))) if path.is_dir() else (path,)


def open_table(backend: Backend, path: Path, schema: TableSchema, *, for_columns: bool = False) -> OpenTable | Fault:
    """The file, or the directory of Parquet files, as a table named after the schema; a fault if it is no such.

    Args:
        backend: Where the table is made.
        path: Of the file or the directory.
        schema: Whose name the table gets.
        for_columns: Whether the columns alone are wanted: a CSV file is then not read, and CSV_LINE is not there.
    """
    files = files_of(path)
    if not files or not all(file.is_file() for file in files):
        return Fault(schema.name, f"no such file, or a directory without *.parquet: {path}")
    name = f"file_{schema.name}"
    try:
        if path.is_dir() or path.suffix == ".parquet":
            rows = backend.read_parquet([str(file) for file in files], table_name=name, union_by_name=True)
            return OpenTable(_of_known_types(backend, rows, schema), files, is_text=False)
        if path.name.endswith((".csv", ".csv.gz")):
            read = _read_header if for_columns else _read_csv
            return OpenTable(read(backend, path, name), files, is_text=True)
    except duckdb.Error as error:
        return Fault(schema.name, f"cannot be read: {str(error).splitlines()[0]}")
    return Fault(schema.name, f"is neither .parquet, .csv nor .csv.gz: {path.name}")


def faults_of_columns(table: OpenTable, schema: TableSchema) -> list[Fault]:
    """Every required column that is missing and every column of a wrong type; then, where one is, all there may be.

    CSV has no types: see validation.
    """
    found = table.rows.schema()
    faults = []
    for column in schema.columns:
        if column.name not in found:
            if column.required:
                names = ", ".join(name for name in found if name != CSV_LINE)
                faults.append(Fault(f"{schema.name}.{column.name}", f"missing; the file has: {names}"))
        elif not table.is_text and not _holds(column.kind, found[column.name]):
            wanted = f"wanted {column.kind.value}, found {found[column.name]}"
            faults.append(Fault(f"{schema.name}.{column.name}", wanted))
    if any(column.required and column.name not in found for column in schema.columns):
        accepted = ", ".join(column.name + ("" if column.required else "?") for column in schema.columns)
        faults.append(Fault(schema.name, f"columns that are read (? may be missing): {accepted}"))
    return faults


def typed(table: OpenTable, schema: TableSchema) -> ir.Table:
    """The schema's columns, typed, after the file's own under ORIGINAL.

    Ids and texts are strings, null where empty; times are naive UTC in microseconds, null where unreadable; counts
    and amounts are float64, NaN where unreadable; flags are the strings true and false, other words where unreadable.
    """
    rows = table.rows
    originals = {ORIGINAL + name: rows[name] for name in rows.columns}
    values = {column.name: _value(rows, column, is_text=table.is_text) for column in schema.columns}
    return rows.select(**originals, **values)


def empty_table(backend: Backend, schema: TableSchema) -> ir.Table:
    """What stands for a file that was not given: the schema's columns as `typed` gives them, without rows."""
    columns = ibis.schema({column.name: _DTYPES[column.kind] for column in schema.columns})
    return backend.create_table(f"no_{schema.name}", schema=columns)


def _of_known_types(backend: Backend, rows: ir.Table, schema: TableSchema) -> ir.Table:
    """The rows with the types that DuckDB has and ibis does not: zoned nanoseconds, and nothing but nulls."""
    unknown = [name for name, dtype in rows.schema().items() if dtype.is_unknown()]
    kinds = {column.name: column.kind for column in schema.columns}
    types = {name: str(sql_type) for name, sql_type, *_ in backend.raw_sql(f'DESCRIBE "{rows.get_name()}"').fetchall()}
    known = {}
    for name in unknown:
        if types[name] == '"NULL"':
            known[name] = _SQL_TYPES[kinds.get(name, Kind.TEXT)]
        elif types[name] == "TIMESTAMPTZ_NS":
            known[name] = "TIMESTAMPTZ"
    if not known:
        return rows
    quoted = {'"' + name.replace('"', '""') + '"': sql_type for name, sql_type in known.items()}
    casts = ", ".join(f"CAST({name} AS {sql_type}) AS {name}" for name, sql_type in quoted.items())
    view = f"{rows.get_name()}_known"
    statement = f'CREATE VIEW "{view}" AS SELECT * REPLACE ({casts}) FROM "{rows.get_name()}"'  # noqa: S608 - quoted
    backend.raw_sql(statement)
    return backend.table(view)


DIALECT = {"header": True, "delim": ",", "quote": '"', "escape": '"', "all_varchar": True}
"""Of the CSV files that are read."""


def _read_header(backend: Backend, path: Path, name: str) -> ir.Table:
    return backend.read_csv(str(path), table_name=f"{name}_header", **DIALECT)


def _read_csv(backend: Backend, path: Path, name: str) -> ir.Table:
    rejects = {"rejects_table": f"{name}_rejects", "rejects_scan": f"{name}_scans", "store_rejects": True}
    lines = backend.read_csv(str(path), table_name=f"{name}_lines", **DIALECT, **rejects)
    rows = backend.create_table(name, lines.mutate(**{CSV_LINE: ibis.null("string")}))
    rejected = backend.table(f"{name}_rejects")
    broken = rejected.select("line", CSV_LINE).distinct().select(CSV_LINE)
    nulls = {column: ibis.null("string") for column in lines.columns}
    backend.insert(name, broken.select(**nulls, **{CSV_LINE: broken[CSV_LINE].fill_null("")}))
    return rows


def _holds(kind: Kind, dtype: dt.DataType) -> bool:
    fits = {
        Kind.ID: dtype.is_string() or dtype.is_integer() or dtype.is_null(),
        Kind.TEXT: dtype.is_string() or dtype.is_null(),
        Kind.TIME: dtype.is_timestamp() or dtype.is_date(),
        Kind.COUNT: dtype.is_numeric() or dtype.is_null(),
        Kind.AMOUNT: dtype.is_numeric() or dtype.is_null(),
        Kind.FLAG: dtype.is_boolean() or dtype.is_null(),
    }
    return bool(fits[kind])


def _value(rows: ir.Table, column: Column, *, is_text: bool) -> ir.Value:
    if column.name not in rows.columns:
        return ibis.null(_DTYPES[column.kind])
    value = rows[column.name]
    match column.kind:
        case Kind.ID | Kind.TEXT:
            return value.cast("string").nullif("")
        case Kind.TIME:
            # Text goes through a zoned type: a cast to a naive one would drop the offset in silence.
            zoned = value.try_cast("timestamp('UTC')") if is_text else value
            return zoned.cast("timestamp(6)")
        case Kind.COUNT | Kind.AMOUNT:
            if not is_text:
                return value.cast("float64")
            number = value.nullif("").try_cast("float64")
            return (value.nullif("").notnull() & number.isnull()).ifelse(float("nan"), number)
        case Kind.FLAG:
            return (value if is_text else value.cast("string")).nullif("").lower()


_DTYPES = {
    Kind.ID: "string",
    Kind.TEXT: "string",
    Kind.TIME: "timestamp(6)",
    Kind.COUNT: "float64",
    Kind.AMOUNT: "float64",
    Kind.FLAG: "string",
}

_SQL_TYPES = {
    Kind.ID: "VARCHAR",
    Kind.TEXT: "VARCHAR",
    Kind.TIME: "TIMESTAMP",
    Kind.COUNT: "DOUBLE",
    Kind.AMOUNT: "DOUBLE",
    Kind.FLAG: "BOOLEAN",
}
