"""Opens measured events for counting: a database with what events came up to a time, and what puts them into units."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from experiments.analysis.measured import SCHEMA
from experiments.definition import Experiment, Unit
from models.errors import Fault, InvalidInputError

HERE = Path(__file__).parent
TABLES = "event_tables.sql"

MEMORY = "2GB"
"""Of DuckDB; what does not fit goes to files. Ten million exposures take less."""

SEEN_AS = {Unit.SHOPPER: "person", Unit.VISITOR: "person", Unit.SESSION: "session", Unit.REQUEST: "request"}
"""What a unit is in measured events."""

FOREVER_US = 2**62
"""After all events."""
_EPOCH, _US = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@contextmanager
def opened_events(
    experiment: Experiment, directory: Path, *, as_of: datetime | None, memory: str, n_threads: int | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the events of a folder's files, as event_tables.sql has them.

    Args:
        experiment: Whose unit and window the file's macros take.
        directory: Of Parquet files with the columns of experiments.analysis.measured.SCHEMA, in any number.
        as_of: Later events are left out; None for all.
        memory: DuckDB's limit, such as "2GB".
        n_threads: DuckDB's; None for one for each processor.

    Raises:
        InvalidInputError: There are no such files, or they lack columns.
    """
    with connected(memory, n_threads) as connection:
        _record(connection, directory)
        run(
            connection,
            TABLES,
            unit=SEEN_AS[experiment.unit],
            until_us=FOREVER_US if as_of is None else (as_of - _EPOCH) // _US,
            window_us=timedelta(days=experiment.window_days) // _US,
        )
        yield connection


@contextmanager
def connected(memory: str, n_threads: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own; what has no room in memory goes to a folder that goes with it."""
    with tempfile.TemporaryDirectory() as spill, duckdb.connect() as connection:
        connection.execute("SET memory_limit = ?", [memory])
        connection.execute("SET temp_directory = ?", [spill])
        # It would be drawn between the lines of a report.
        connection.execute("SET enable_progress_bar = false")
        # Counts do not depend on the order of rows, and keeping it takes memory.
        connection.execute("SET preserve_insertion_order = false")
        if n_threads is not None:
            connection.execute("SET threads = ?", [n_threads])
        yield connection


def run(connection: duckdb.DuckDBPyConnection, name: str, **variables: str | int) -> None:
    """Run a file of this folder.

    Args:
        connection: A database.
        name: Of the file.
        variables: That it reads, and all that is run after it may.
    """
    for variable, value in variables.items():
        connection.execute(f"SET VARIABLE {variable} = ?", [value])
    for statement in connection.extract_statements((HERE / name).read_text(encoding="utf-8")):
        connection.execute(statement)


def currency_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The shop's own; empty where no purchase names one."""
    row = connection.execute("SELECT currency FROM own_currency").fetchone()
    return "" if row is None else str(row[0])


def day_of(at_us: int | None) -> date | None:
    """The day in UTC of a moment in microseconds since 1970; None of none."""
    return None if at_us is None else (_EPOCH + at_us * _US).date()


def _record(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    files = sorted(map(str, directory.glob("*.parquet")))
    if not files:
        raise InvalidInputError("the events", [Fault("--events", f"{directory} has no *.parquet file in it")])
    events = connection.read_parquet(files)
    if missing := [name for name in SCHEMA.names if name not in events.columns]:
        raise InvalidInputError("the events", [Fault(name, f"no such column in {directory}") for name in missing])
    events.create_view("recorded")
