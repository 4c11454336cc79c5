"""All files of a shop opened and checked together, so that everything wrong with them is said at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ibis.backends.duckdb import Backend

from models.errors import Fault, InvalidInputError
from training.consent import faults_of_answers
from training.ledger.numbers import faults_of_numbers, has_numbers, rules_of_numbers, with_numbers
from training.reading import OpenTable, empty_table, faults_of_columns, open_table, typed, workspace
from training.schema import CATALOGUE, CONSENT, EVENTS, IDENTITIES, TableSchema
from training.sources.source import Source
from training.validation import Checked, check, faults_of_rows, part_duplicates, quarantine


@dataclass(frozen=True, slots=True)
class Intake:
    """Files that may be used.

    Attributes:
        checked: Every table by name, empty where there is no file. Duplicate events are still among the good.
        files: What each table was read from.
        n_events: Rows of the events, bad ones included.
        n_quarantined: Bad rows by table and reason.
    """

    checked: Mapping[str, Checked]
    files: Mapping[str, tuple[Path, ...]]
    n_events: int
    n_quarantined: Mapping[str, Mapping[str, int]]


def take_in(backend: Backend, paths: Mapping[str, Path | None], source: Source, quarantine_to: Path) -> Intake:
    """Open the files, part good rows from bad, and write the bad ones down.

    Args:
        backend: Where the tables are made.
        paths: A file for events and perhaps for consent, identities and catalogue.
        source: The form of the events.
        quarantine_to: Directory for bad rows.

    Raises:
        InvalidInputError: Any file that cannot be used, with the faults of all files and, for context, the number
            of bad rows in those that could be read.
    """
    faults: list[Fault] = []
    checked: dict[str, Checked] = {}
    files: dict[str, tuple[Path, ...]] = {}
    bad_counts: dict[str, dict[str, int]] = {}
    row_faults: list[Fault] = []
    n_events = 0
    for native in (EVENTS, CONSENT, IDENTITIES, CATALOGUE):
        path = paths.get(native.name)
        schema = source.events if native is EVENTS else native
        if path is None:
            nothing = empty_table(backend, native)
            checked[native.name], files[native.name], bad_counts[native.name] = Checked(nothing, nothing), (), {}
            continue
        table = open_table(backend, path, schema)
        if isinstance(table, Fault):
            faults.append(table)
            continue
        column_faults = faults_of_columns(table, schema)
        if native is EVENTS:
            column_faults += faults_of_numbers(table, is_by_file=paths.get(CONSENT.name) is not None)
        if column_faults:
            faults.extend(column_faults)
            continue
        parted = _checked(backend, table, native, source)
        bad = quarantine([parted.bad], quarantine_to / f"{native.name}.parquet")
        n_rows = int(table.rows.count().to_pyarrow().as_py())
        n_events = n_rows if native is EVENTS else n_events
        row_faults.extend(faults_of_rows(native.name, n_rows, bad))
        if native is CONSENT and bad:
            row_faults.extend(faults_of_answers(parted.bad))
        checked[native.name], files[native.name], bad_counts[native.name] = parted, table.files, bad
    if faults or row_faults:
        told = {fault.field for fault in row_faults}
        row_faults.extend(_context(bad_counts, told))
        raise InvalidInputError("The data", [*faults, *row_faults])
    return Intake(checked, files, n_events, bad_counts)


def faults_of_files(paths: Mapping[str, Path | None], source: Source) -> list[Fault]:
    """What is wrong with the files and their columns, told without reading a row.

    Args:
        paths: As for take_in.
        source: The form of the events.
    """
    faults: list[Fault] = []
    with workspace(threads=1, memory_limit=None) as backend:
        for native in (EVENTS, CONSENT, IDENTITIES, CATALOGUE):
            path = paths.get(native.name)
            if path is None:
                continue
            schema = source.events if native is EVENTS else native
            table = open_table(backend, path, schema, for_columns=True)
            faults += [table] if isinstance(table, Fault) else faults_of_columns(table, schema)
    return faults


def _checked(backend: Backend, table: OpenTable, native: TableSchema, source: Source) -> Checked:
    """The table's rows parted; what is small or takes work to get is kept, not worked out at each use."""
    rows = typed(table, source.events if native is EVENTS else native)
    if native is EVENTS:
        if source.to_native is not None:
            rows = backend.create_table("events_native", source.to_native(rows))
        parted = check(rows, native, (*source.set_aside(rows), *rules_of_numbers(rows)))
        good = with_numbers(parted.good) if has_numbers(table) else parted.good
        return Checked(
            good=backend.create_view("events_good", good), bad=backend.create_table("events_bad", parted.bad)
        )
    parted = check(rows, native)
    good, bad = backend.create_table(f"{native.name}_good", parted.good), parted.bad
    if native.key is not None:
        good, later = part_duplicates(good, native.key)
        bad = bad.union(later.select(*bad.columns))
    return Checked(good=good, bad=backend.create_table(f"{native.name}_bad", bad))


def _context(bad_counts: Mapping[str, Mapping[str, int]], told: set[str]) -> list[Fault]:
    return [
        Fault(name, f"{n:,} rows quarantined: {reason}")
        for name, counts in bad_counts.items()
        if name not in told
        for reason, n in counts.items()
    ]
