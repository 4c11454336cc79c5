"""The ledger as tables of the backend, held to what its sealed head says."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from models.errors import InvalidInputError
from privacy.chain import Head, seal_holds
from privacy.entry import EntryKind
from privacy.keys import KeyRing, KeyUse
from training.arrow import create_from, insert_into
from training.ledger.address import faults_of_address, file_of, is_database, recorded_address
from training.ledger.database import PART_ROWS, parts_of
from training.ledger.tables import ALIASES, ENTRIES, HEAD, PREFERENCES, SCHEMAS, refuse


@dataclass(frozen=True, slots=True)
class LoadedLedger:
    """The ledger of one moment; columns as in training.ledger.tables.

    Attributes:
        aliases: Which number a pseudonym is.
        entries: Answers about training, links and erasures.
        preferences: Words on topics.
        head: Where the ledger ends.
    """

    aliases: ir.Table
    entries: ir.Table
    preferences: ir.Table
    head: Head


def load_ledger(backend: Backend, address: str, ring: KeyRing) -> LoadedLedger:
    """The ledger of a database or an export.

    Args:
        backend: Where the tables are made.
        address: Of the database, or the folder of the export.
        ring: The shop's keys, one of which sealed the head.

    Raises:
        InvalidInputError: There is no such thing.
        LedgerError: It is not whole, was changed, or is of another release.
        StoreUnavailableError: The database cannot be reached, or fails.
    """
    named = recorded_address(address)
    for name, schema in SCHEMAS.items():
        create_from(backend, f"ledger_{name}", schema.empty_table())
    for name, part in parts_of(address) if is_database(address) else _parts_of_export(address):
        insert_into(backend, f"ledger_{name}", part)
    aliases, entries, preferences = (backend.table(f"ledger_{name}") for name in (ALIASES, ENTRIES, PREFERENCES))
    heads = backend.table(f"ledger_{HEAD}").to_pyarrow().to_pylist()
    if len(heads) != 1:
        refuse(named, "has no head")
    told = heads[0]
    head = Head(told["n_entries"], told["hash"])
    is_sealed = seal_holds(head, told["seal"], [key for _, key in ring.derived(KeyUse.LEDGER).keys])
    if not is_sealed and (told["key_id"] or head.count):
        refuse(
            named, "is not sealed with one of the keys: give the shop's key file, or run `shopkeeper privacy verify`"
        )
    counted = {"n_taken": entries, "n_aliases": aliases, "n_preferences": preferences}
    if any(_n_rows(table) != told[name] for name, table in counted.items()):
        refuse(named, "is not whole: its files are not of one export")
    if _n_rows(entries.filter(~entries.kind.isin([str(kind) for kind in EntryKind]))):
        refuse(named, "holds entries of a kind that this release does not know: train with a newer one")
    return LoadedLedger(aliases, entries, preferences, head)


def head_of_export(folder: str) -> Head:
    """Where the ledger ended at its export, as the export says it.

    Raises:
        InvalidInputError: The folder holds no export.
        LedgerError: It cannot be read.
    """
    heads = [row for _, part in _parts_of_export(folder, (HEAD,)) for row in part.to_pylist()]
    if len(heads) != 1:
        refuse(folder, "has no head")
    return Head(heads[0]["n_entries"], heads[0]["hash"])


def _parts_of_export(folder: str, tables: Collection[str] = tuple(SCHEMAS)) -> Iterator[tuple[str, pa.Table]]:
    if faults := faults_of_address(folder):
        raise InvalidInputError("the ledger", faults)
    for name in tables:
        schema = SCHEMAS[name]
        try:
            with pq.ParquetFile(file_of(folder, name)) as file:
                if missing := [column for column in schema.names if column not in file.schema_arrow.names]:
                    refuse(str(Path(folder)), f"lacks {name}.{missing[0]}: it is an export of another release")
                for batch in file.iter_batches(PART_ROWS, columns=schema.names):
                    yield name, pa.Table.from_batches([batch]).select(schema.names).cast(schema)
        except (pa.ArrowException, OSError) as error:
            refuse(str(Path(folder)), f"cannot be read: {name}.parquet is no such file ({type(error).__name__})")


def _n_rows(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
