"""Files of consent and identities, read as the trainer reads them: any doubt is a no."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from models.errors import Fault, InvalidInputError
from models.items import MAX_ID_BYTES
from privacy.consent import Identity, IdentityLink, Purpose, ShopperKind, Status
from privacy.store.bulk import GivenAnswer
from training.reading import faults_of_columns, open_table, typed
from training.schema import CONSENT as TRAINED_CONSENT
from training.schema import EARLIEST, IDENTITIES, Column, Kind, TableSchema
from training.validation import Checked, Rule, check, faults_of_rows, quarantine

CONSENT = TableSchema(
    "consent",
    (
        *(
            Column("status", Kind.TEXT, required=True, choices=tuple(map(str, Status))) if one.name == "status" else one
            for one in TRAINED_CONSENT.columns
            if one.name not in ("jurisdiction", "policy_version", "source")
        ),
        *(Column(name, Kind.ID, printable=True) for name in ("jurisdiction", "policy_version", "source")),
    ),
)
"""What a training reads, `noticed` where the law lets silence be a yes, and whose law and which policy it was."""

SOURCE = "import"
"""What an answer came through where its row does not say."""

DOUBT = "import_doubt"
"""What a no came through that stands for a row which cannot be read."""

TIMELESS = "import_doubt_of_time"
"""The same where nobody can tell since when: it is from the first time that the row was read."""

BATCH = 10_000
"""Rows in one transaction: under a second, in which an opt-out waits."""

_CLOCKS_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Files:
    """Files that may be imported.

    Attributes:
        consent: Its rows parted; None where there is no such file.
        identities: The same of the links.
        n_rows: Rows by table, bad ones included.
        n_quarantined: Bad rows by table and reason.
    """

    consent: Checked | None
    identities: Checked | None
    n_rows: Mapping[str, int]
    n_quarantined: Mapping[str, Mapping[str, int]]


def open_files(backend: Backend, paths: Mapping[str, Path | None], quarantine_to: Path, now: datetime) -> Files:
    """Open the files, part good rows from bad, and write the bad ones down.

    Args:
        backend: Where the tables are made.
        paths: A file for consent, for identities, or both.
        quarantine_to: Directory for bad rows.
        now: The present, UTC.

    Raises:
        InvalidInputError: Any file that cannot be used, with the faults of all.
    """
    faults: list[Fault] = []
    parted: dict[str, Checked | None] = {CONSENT.name: None, IDENTITIES.name: None}
    n_rows: dict[str, int] = {}
    n_bad: dict[str, dict[str, int]] = {}
    for schema, moment in ((CONSENT, "occurred_at"), (IDENTITIES, "linked_at")):
        path = paths.get(schema.name)
        if path is None:
            continue
        table = open_table(backend, path, schema)
        of_columns = [table] if isinstance(table, Fault) else faults_of_columns(table, schema)
        if isinstance(table, Fault) or of_columns:
            faults += of_columns
            continue
        rows = typed(table, schema)
        latest = (now + _CLOCKS_APART).replace(tzinfo=None)
        in_future = Rule((rows[moment] > latest).fill_null(False), f"{moment} is in the future")
        found = check(rows, schema, [in_future])
        kept = Checked(
            backend.create_table(f"{schema.name}_good", found.good),
            backend.create_table(f"{schema.name}_bad", found.bad),
        )
        n_rows[schema.name] = _count(table.rows)
        n_bad[schema.name] = quarantine([kept.bad], quarantine_to / f"{schema.name}.parquet")
        faults += faults_of_rows(schema.name, n_rows[schema.name], n_bad[schema.name])
        parted[schema.name] = kept
    consent = parted[CONSENT.name]
    if consent is not None:
        faults += _faults_of_lost(consent.bad)
    if faults:
        raise InvalidInputError("The data", faults)
    return Files(consent, parted[IDENTITIES.name], n_rows, n_bad)


def links(checked: Checked, now: datetime) -> Iterator[list[IdentityLink]]:
    """Links in batches, in order of time; those of which only the time cannot be read are known from now on."""
    good = checked.good.select("visitor_id", "customer_id", "linked_at").order_by(
        "linked_at", "visitor_id", "customer_id"
    )
    for rows in _batches(good):
        yield [IdentityLink(row["visitor_id"], row["customer_id"], _utc(row["linked_at"])) for row in rows]
    both = _hashable(checked.bad, "visitor_id") & _hashable(checked.bad, "customer_id")
    timeless = checked.bad.filter(both).select("visitor_id", "customer_id")
    for rows in _batches(timeless.order_by("visitor_id", "customer_id")):
        yield [IdentityLink(row["visitor_id"], row["customer_id"], now) for row in rows]


def answers(checked: Checked) -> Iterator[list[GivenAnswer]]:
    """What good rows say, in batches, in order of time."""
    names = [column.name for column in CONSENT.columns]
    for rows in _batches(checked.good.select(*names).order_by("occurred_at", *sorted({*names} - {"occurred_at"}))):
        yield [
            GivenAnswer(
                Identity(ShopperKind(row["shopper_kind"]), row["shopper_id"]),
                Purpose(row["purpose"]),
                Status(row["status"]),
                _utc(row["occurred_at"]),
                row["jurisdiction"] or "",
                row["policy_version"] or "",
                row["source"] or SOURCE,
            )
            for row in rows
        ]


def doubts(consent: Checked | None, identities: Checked | None, now: datetime) -> Iterator[list[GivenAnswer]]:
    """A no for each bad row that may be one, as training.consent reckons it, for every purpose that it may be about.

    Whose kind cannot be read, both of that id say no; whose purpose cannot, no to all; whose time cannot, or lies in
    the future, no from now on. A bad link that names a visitor and no customer is a no of the visitor, who may be
    anybody. An id too long to be one is nobody's.
    """
    if consent is not None:
        bad = consent.bad.filter(_may_deny(consent.bad) & _hashable(consent.bad, "shopper_id"))
        names = ["occurred_at", "shopper_kind", "shopper_id", "purpose"]
        for rows in _batches(bad.select(*names).order_by(*names)):
            yield [answer for row in rows for answer in _denials(row, now)]
    if identities is not None:
        bad = identities.bad
        anybody = bad.filter(_hashable(bad, "visitor_id") & ~_hashable(bad, "customer_id"))
        for rows in _batches(anybody.select("visitor_id").order_by("visitor_id")):
            yield [
                _denial(ShopperKind.VISITOR, row["visitor_id"], purpose, now, is_timeless=True)
                for row in rows
                for purpose in Purpose
            ]


def _denials(row: Mapping[str, Any], now: datetime) -> Iterator[GivenAnswer]:
    at = row["occurred_at"]
    said_at = _utc(at) if isinstance(at, datetime) else None
    is_timeless = said_at is None or not EARLIEST <= said_at <= now + _CLOCKS_APART
    for kind in _readable(ShopperKind, row["shopper_kind"]):
        for purpose in _readable(Purpose, row["purpose"]):
            moment = now if said_at is None or is_timeless else said_at
            yield _denial(kind, row["shopper_id"], purpose, moment, is_timeless=is_timeless)


def _denial(kind: ShopperKind, shopper_id: str, purpose: Purpose, at: datetime, *, is_timeless: bool) -> GivenAnswer:
    return GivenAnswer(
        Identity(kind, shopper_id),
        purpose,
        Status.DENIED,
        at,
        source=TIMELESS if is_timeless else DOUBT,
        is_timeless=is_timeless,
    )


_Choice = TypeVar("_Choice", bound=StrEnum)


def _readable(choices: type[_Choice], value: Any) -> Sequence[_Choice]:
    return [choices(value)] if value in list(choices) else list(choices)


def _may_deny(rows: ir.Table) -> ir.BooleanValue:
    return ~rows.status.isin((str(Status.GRANTED), str(Status.NOTICED))).fill_null(False)


def _faults_of_lost(bad: ir.Table) -> list[Fault]:
    """A fault if somebody may have said no and nobody can tell who."""
    n_lost = _count(bad.filter(_may_deny(bad) & bad.shopper_id.isnull()))
    lost = f"{n_lost:,} rows may say no and name no shopper, so nobody can be sure to be heard; mend or remove them"
    return [Fault("consent.shopper_id", lost)] if n_lost else []


@ibis.udf.scalar.builtin(name="strlen")  # type: ignore[untyped-decorator]
def _n_bytes(text: str) -> int:  # type: ignore[empty-body]
    """Bytes of the UTF-8 form."""


def _hashable(rows: ir.Table, column: str) -> ir.BooleanValue:
    return rows[column].notnull() & (_n_bytes(rows[column]) <= MAX_ID_BYTES)


def _count(rows: ir.Table) -> int:
    return int(rows.count().to_pyarrow().as_py())


def _batches(rows: ir.Table) -> Iterator[list[dict[str, Any]]]:
    """Rows as they come out of the database, which never holds them all in Python."""
    backend = rows.get_backend()
    cursor = backend.con.cursor()
    try:
        # ibis 12 streams by a method that DuckDB 2 has renamed.
        for batch in cursor.sql(backend.compile(rows)).to_arrow_reader(BATCH):
            for first in range(0, batch.num_rows, BATCH):
                yield batch.slice(first, BATCH).to_pylist()
    finally:
        cursor.close()


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
