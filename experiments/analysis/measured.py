"""What people who said yes to measurement were shown by one test, and what they did: Parquet files to count from."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    {
        "person": pa.int64(),
        "session_id": pa.string(),
        "event_type": pa.string(),
        "item_id": pa.string(),
        "at": pa.timestamp("us", "UTC"),
        "exposure": pa.binary(),
        "placement": pa.string(),
        "variant": pa.string(),
        "position": pa.int32(),
        "tier": pa.string(),
        "quantity": pa.int32(),
        "unit_price_minor": pa.int64(),
        "currency": pa.string(),
        "order_id": pa.string(),
        "model_version": pa.string(),
    }
)
"""One row for each event. A person is the number that all of somebody's browsers and accounts come to. From the
exposure to the tier it is what the event's token said was shown: null of what came with no token, position null of a
quiet answer's impression, whose item_id is empty. Positions are 1 to 100. Prices are of one piece."""

ROW_GROUP = 100_000
"""Rows that are in memory at once: some 30 MB of Python's numbers and strings."""

FILE = "measured.parquet"


def write_measured(
    pages: Iterable[Sequence[Sequence[object]]],
    directory: Path,
    *,
    progress: Callable[[int], None] = lambda _n_rows: None,
) -> int:
    """Write events into one file that only its owner can read; how many there were.

    Args:
        pages: Rows with their values in the order of SCHEMA; moments as datetimes or as microseconds since 1970 UTC.
        directory: An empty one.
        progress: Told how many rows are written.

    Raises:
        OSError: It cannot be written to.
        pyarrow.ArrowInvalid: A value is none of its column's.
    """
    path = directory / FILE
    path.touch(mode=0o600)
    n_written = 0
    rows: list[Sequence[object]] = []
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for page in pages:
            rows.extend(page)
            if len(rows) >= ROW_GROUP:
                n_written += _write(writer, rows)
                progress(n_written)
                rows = []
        n_written += _write(writer, rows)
        progress(n_written)
    return n_written


def _write(writer: pq.ParquetWriter, rows: list[Sequence[object]]) -> int:
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
    return len(rows)
