"""Kept events as files for trainings, a day each: people are the ledger's numbers, and no id of theirs is in it."""

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from models.errors import Fault, InvalidInputError, ShopkeeperError
from privacy.rules import Rules
from privacy.store.database import Database
from privacy.store.exporting import Numbered, days_kept, events_of_day, n_empty_kept, types_kept
from privacy.store.schema import KEPT_EVENTS, SHOPPERS
from training.ledger.address import recorded_address
from training.ledger.database import check_tables
from training.ledger.numbers import CUSTOMER, VISITOR

SCHEMA = pa.schema(
    {
        "event_id": pa.string(),
        "event_type": pa.string(),
        "occurred_at": pa.timestamp("us", "UTC"),
        CUSTOMER: pa.int64(),
        VISITOR: pa.int64(),
        "session_id": pa.string(),
        "order_id": pa.string(),
        "item_id": pa.string(),
        "placement": pa.string(),
        "model_version": pa.string(),
        "variant": pa.string(),
        "position": pa.int32(),
        "exposure": pa.string(),
        "tier": pa.string(),
        "quantity": pa.int32(),
        "unit_price": pa.float64(),
        "currency": pa.string(),
    }
)
"""Of prices trainings use those of items that the catalogue has none of. From the placement to the tier it is what was
shown before, of people whose yes to measurement counts as it is written; no training reads it."""

_OF_EARLIER_RELEASES = [
    pa.schema(list(SCHEMA)[: SCHEMA.get_field_index(first_new)]) for first_new in ("placement", "quantity")
]
_MINOR_UNITS = 100

FILE = "events.parquet"
_FOLDER = re.compile(r"date=(\d{4}-\d\d-\d\d)")
_STAGING = ".exporting"
_ROW_GROUP = 100_000


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did.

    Attributes:
        events: Events written, by day; days without any have no file.
        removed: Days whose file is gone, as nothing is kept of them any more that may be learnt from.
        n_left_out: Events of those days that are kept and were not written, for nobody may learn from them.
        n_empty: Impressions of empty answers, of anybody, which are kept and never written: they are of no item.
    """

    events: Mapping[date, int]
    removed: tuple[date, ...]
    n_left_out: int
    n_empty: int


def export_events(
    database: Database,
    directory: Path,
    *,
    rules: Rules,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Exported:
    """Make the folder hold what the database keeps of these days, in `date=YYYY-MM-DD/events.parquet`.

    The same events, of people who may be measured as before, give the same bytes. Where it fails the folder is as it
    was. Only its owner can read the files.

    Args:
        database: Where events are kept.
        directory: New, empty, or of another export, days of which that are asked for are replaced or go.
        rules: The shop's: what somebody was shown is written only while their yes to measurement counts.
        now: The present, UTC.
        first: The first day, UTC; None for the oldest.
        last: The last day; None for the newest.
        progress: Told how many events are done, of how many.

    Raises:
        InvalidInputError: The folder holds something else.
        LedgerError: It is a database of another release.
        ShopkeeperError: Another export into the folder is under way.
        StoreUnavailableError: The database cannot be reached, or fails.
        OSError: The folder cannot be written to.
    """
    if faults := faults_of_folder(directory):
        raise InvalidInputError("the export", faults)
    with database.reading() as connection:
        check_tables(
            connection, recorded_address(database.url.render_as_string(hide_password=False)), (KEPT_EVENTS, SHOPPERS)
        )
        with _alone(directory):
            return _export(connection, directory, rules, now, first, last, progress)


def faults_of_folder(directory: Path) -> list[Fault]:
    """A fault where the folder is none, or holds what no export wrote."""
    if not directory.exists():
        return []
    if not directory.is_dir():
        return [Fault("--out", f"{directory} is not a folder")]
    foreign = sorted(path.name for path in directory.iterdir() if not _is_own(path))
    if not foreign:
        return []
    shown = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
    return [Fault("--out", f"{directory} holds what no export wrote ({shown}): name an empty folder")]


def _export(
    connection: Connection,
    directory: Path,
    rules: Rules,
    now: datetime,
    first: date | None,
    last: date | None,
    progress: Callable[[int, int], None],
) -> Exported:
    kept, types = days_kept(connection, first, last), types_kept(connection)
    n_empty = n_empty_kept(connection, first, last)
    n_all, n_done = sum(kept.values()), 0
    staging = directory / _STAGING
    written: dict[date, int] = {}
    for day, n_kept in kept.items():
        n_written = _write(staging / day.isoformat(), events_of_day(connection, day, types, rules, now))
        if n_written:
            written[day] = n_written
        n_done += n_kept
        progress(n_done, n_all)
    gone = [day for day in _days_in(directory) if _is_between(day, first, last) and day not in written]
    # All is read and written by now; what is left are renames.
    for day in written:
        folder = _folder_of(directory, day)
        folder.mkdir(mode=0o700, exist_ok=True)
        (staging / day.isoformat()).replace(folder / FILE)
    for day in gone:
        shutil.rmtree(_folder_of(directory, day))
    return Exported(written, tuple(gone), n_all - sum(written.values()), n_empty)


def _write(path: Path, pages: Iterator[list[Numbered]]) -> int:
    """Write events, in full row groups; how many. Of none there is no file."""
    rows: list[Numbered] = []
    n_written = 0
    writer: pq.ParquetWriter | None = None
    try:
        for page in pages:
            rows += page
            while len(rows) >= _ROW_GROUP:
                writer = writer or _writer(path)
                writer.write_table(_table(rows[:_ROW_GROUP]))
                n_written += _ROW_GROUP
                del rows[:_ROW_GROUP]
        if rows:
            writer = writer or _writer(path)
            writer.write_table(_table(rows))
            n_written += len(rows)
    finally:
        if writer is not None:
            writer.close()
    if n_written:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    return n_written


def _writer(path: Path) -> pq.ParquetWriter:
    path.touch(mode=0o600)
    return pq.ParquetWriter(path, SCHEMA, compression="zstd")


def _table(rows: list[Numbered]) -> pa.Table:
    events = [row.event for row in rows]
    columns = {
        "event_id": [event.event_id for event in events],
        "event_type": [event.event_type for event in events],
        "occurred_at": [event.at for event in events],
        CUSTOMER: [row.customer for row in rows],
        VISITOR: [row.visitor for row in rows],
        "session_id": [event.session_id or None for event in events],
        "order_id": [event.order_id or None for event in events],
        "item_id": [event.item_id for event in events],
    }
    shown = [event.attribution for event in events]
    columns["exposure"] = [None if one is None else one.exposure.hex() for one in shown]
    for name in ("placement", "model_version", "variant", "position", "tier"):
        columns[name] = [None if one is None else getattr(one, name) for one in shown]
    columns["quantity"] = [event.quantity for event in events]
    prices = [event.unit_price_minor for event in events]
    columns["unit_price"] = [None if price is None else price / _MINOR_UNITS for price in prices]
    columns["currency"] = [event.currency or None for event in events]
    return pa.table(columns, schema=SCHEMA)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """The folder, with one of its own to write in, for one export at a time; what another left behind is removed."""
    is_new = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    staging = directory / _STAGING
    held = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ShopkeeperError(f"another export into {directory} is under way") from None
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        try:
            yield
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            if is_new and not any(directory.iterdir()):
                directory.rmdir()
    finally:
        os.close(held)


def _is_own(path: Path) -> bool:
    """Whether an export wrote it: a day's folder, or what one that was killed has left."""
    if path.name == _STAGING:
        return True
    if _day_of(path) is None or not path.is_dir():
        return False
    files = list(path.iterdir())
    return [file.name for file in files] in ([], [FILE]) and all(map(_is_exported, files))


def _is_exported(file: Path) -> bool:
    try:
        return any(pq.read_schema(file).equals(schema) for schema in (SCHEMA, *_OF_EARLIER_RELEASES))
    except (OSError, pa.ArrowException):
        return False


def _day_of(path: Path) -> date | None:
    found = _FOLDER.fullmatch(path.name)
    try:
        return None if found is None else date.fromisoformat(found[1])
    except ValueError:
        return None


def _days_in(directory: Path) -> list[date]:
    return sorted(day for path in directory.iterdir() if (day := _day_of(path)) is not None)


def _is_between(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def _folder_of(directory: Path, day: date) -> Path:
    return directory / f"date={day.isoformat()}"
