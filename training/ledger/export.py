"""The ledger as files, for a trainer that cannot reach the database: pseudonyms only, as of one moment."""

from contextlib import ExitStack
from pathlib import Path

import pyarrow.parquet as pq

from models.errors import Fault, InvalidInputError
from training.ledger.address import file_of
from training.ledger.database import parts_of
from training.ledger.tables import SCHEMAS


def write_ledger_export(store_uri: str, directory: Path) -> None:
    """Write what a training needs of the ledger as Parquet files: aliases, entries, preferences and head.

    Who has the files and not the keys can tell nobody by them. Only their owner can read them. Where it fails, nothing
    is left of it.

    Args:
        store_uri: Address of the database.
        directory: A new or empty folder.

    Raises:
        InvalidInputError: The folder holds something, or the address is none.
        LedgerError: It is no database of this release, or the ledger is not as it was left.
        StoreUnavailableError: The database cannot be reached, or fails.
        OSError: The folder cannot be written to.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InvalidInputError("the export", [Fault("directory", f"{directory} must be a new or empty folder")])
    is_new = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _write(store_uri, directory)
    except BaseException:
        for name in SCHEMAS:
            file_of(directory, name).unlink(missing_ok=True)
        if is_new:
            directory.rmdir()
        raise


def _write(store_uri: str, directory: Path) -> None:
    with ExitStack() as stack:
        writers = {}
        for name, schema in SCHEMAS.items():
            path = file_of(directory, name)
            path.touch(mode=0o600)
            writers[name] = stack.enter_context(pq.ParquetWriter(path, schema))
        for name, part in parts_of(store_uri):
            writers[name].write_table(part)
