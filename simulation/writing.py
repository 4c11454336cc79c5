"""Parquet files whose bytes depend on their rows alone."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

MARK = b"shopkeeper.simulation"  # key in a file's metadata that says who wrote it


class ParquetFile:
    """A file under construction, one row group a table."""

    def __init__(self, path: Path, schema: pa.Schema, plain: Iterable[str] = ()) -> None:
        """Opens the file.

        Args:
            path: Overwritten.
            schema: Dictionary columns are stored, and read back, as their plain values.
            plain: Columns whose values hardly repeat, so that a dictionary would cost more than it saves.
        """
        skipped = set(plain)
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in schema.names if name not in skipped],
            store_schema=False,
        )

    def write(self, table: pa.Table) -> None:
        """Appends one row group, unless it is empty."""
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)

    def __enter__(self) -> "ParquetFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.add_key_value_metadata({MARK: b"1"})
        self._writer.close()


def is_simulated(path: Path) -> bool:
    """Whether a file was written by a simulation."""
    try:
        metadata = pq.read_metadata(path).metadata
    except (OSError, pa.ArrowInvalid):
        return False
    return metadata is not None and MARK in metadata
