"""How long a report of a large test takes, and how much memory: python -m bench.experiments.counting [EXPOSURES]

Ten million exposures (or as many as said) of people who each saw seven, with four items each, are made as Parquet
files; a process of its own counts, analyses, judges and writes the page. Then a million events are read from SQLite as
the report reads them, and written as such files.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
from sqlalchemy import insert

from bench.experiments.synthetic import BIG, write_events
from experiments.analysis.counting import BEFORE_DAYS, count
from experiments.analysis.measured import write_measured
from experiments.analysis.page.writing import write_page
from experiments.analysis.report import report_of
from privacy.consent import Answer, Purpose, Status
from privacy.rules import Rules
from privacy.state import State
from privacy.store.database import Database
from privacy.store.measured import measured_events
from privacy.store.migrating import migrate
from privacy.store.schema import KEPT_EVENTS, SHOPPERS

N_EXPOSURES, EXPOSURES_EACH = 10_000_000, 7
N_KEPT_EXPOSURES = 250_000
"""With four items each, a million events."""
_T = TypeVar("_T")
NOW = BIG.ends_at + timedelta(days=1)

_KEPT = """
SELECT
    row_number() OVER ()::VARCHAR AS event_id, person AS subject, event_type, item_id, epoch_us("at") AS at, order_id,
    exposure, placement, model_version, variant, position, tier, quantity, unit_price_minor, currency
FROM events
"""


def main(n_exposures: int) -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        n_rows = write_events(directory, n_exposures, n_exposures // EXPOSURES_EACH)
        size = sum(path.stat().st_size for path in directory.iterdir())
        print(f"{n_exposures:,} exposures, {n_rows:,} events, {size / 1e6:,.0f} MB of Parquet")
        outcome, counting_s, rest_s, busy_s, peak_mb = _alone(report, directory)
        print(f"counting {counting_s:.1f} s, analysis and page {rest_s:.2f} s ({busy_s:.0f} s of processor time),")
        print(f"peak RSS {peak_mb:,.0f} MB, load average {os.getloadavg()[0]:.1f}: {outcome}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        n_kept = fill(path)
        n_rows, taken_s, peak_mb = _alone(read, path)
        print(f"{n_kept:,} kept events of SQLite: {n_rows:,} read and written in {taken_s:.1f} s, ", end="")
        print(f"{n_rows / taken_s:,.0f} a second, peak RSS {peak_mb:,.0f} MB")


def report(directory: Path) -> tuple[str, float, float, float, float]:
    """The verdict; seconds of counting, of all the rest, and of processor time; the process's peak in MB."""
    begun = time.perf_counter()
    counts = count(BIG, directory)
    counted = time.perf_counter()
    found = report_of(BIG, counts, NOW)
    write_page(found, directory / "page.html")
    rest_s = time.perf_counter() - counted
    return found["verdict"]["outcome"], counted - begun, rest_s, time.process_time(), _peak_mb()


def fill(folder: Path) -> int:
    """Make a database of people who said yes and of what they did; how many events."""
    write_events(folder, N_KEPT_EXPOSURES, N_KEPT_EXPOSURES // EXPOSURES_EACH)
    database = _database(folder)
    migrate(database)
    with duckdb.connect() as source, database.transaction() as connection:
        events = source.read_parquet(str(folder / "*.parquet"))
        people = events.aggregate("person").fetchall()
        said = Answer(Status.GRANTED, BIG.starts_at - timedelta(days=60), "DE", "2026-03", "bench")
        state = State({Purpose.MEASUREMENT: said}).as_text()
        shopper = {"kind": "visitor", "state": state, "preferences": '{"contact":{},"topics":{}}'}
        connection.execute(insert(SHOPPERS), [{"subject": person, **shopper} for (person,) in people])
        events.create_view("events")
        rows = source.execute(_KEPT)
        names, n_rows = [column for column, *_ in rows.description or ()], 0
        while page := rows.fetchmany(50_000):
            connection.execute(insert(KEPT_EVENTS), [dict(zip(names, row, strict=True)) for row in page])
            n_rows += len(page)
    database.close()
    for path in folder.glob("*.parquet"):
        path.unlink()
    return n_rows


def read(folder: Path) -> tuple[int, float, float]:
    """Events read and written, seconds, and the process's peak in MB."""
    database = _database(folder)
    begun = time.perf_counter()
    with database.reading() as connection:
        before = timedelta(days=BEFORE_DAYS)
        pages = measured_events(connection, BIG.salt, Rules(), NOW, BIG.starts_at, before=before)
        n_rows = write_measured(pages, folder)
    taken_s = time.perf_counter() - begun
    database.close()
    return n_rows, taken_s, _peak_mb()


def _database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'state.db'}")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _alone(work: Callable[[Path], _T], folder: Path) -> _T:
    """What it returns in a new process, whose memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, folder).result()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else N_EXPOSURES)
