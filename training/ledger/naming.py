"""The ledger in terms of the events' ids: who is who, by the pseudonyms of the ids that events hold."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from models.errors import InvalidInputError
from privacy.consent import ShopperKind
from privacy.entry import EntryKind
from privacy.keys import KeyRing
from privacy.pseudonyms import Pseudonymiser
from privacy.topics import TopicWord
from training.arrow import create_from, insert_into
from training.consent import time_or_end
from training.identities import NOBODY
from training.ledger.database import PART_ROWS
from training.ledger.loading import LoadedLedger
from training.ledger.numbers import faults_of_names, is_number, name_of, number_of
from training.schema import CONSENT, EARLIEST, IDENTITIES, LATEST, TableSchema
from training.validation import REASON, Checked, check
from training.words import Words

_PERSON = ("shopper_kind", "shopper_id")
_COLUMNS = ((ShopperKind.CUSTOMER, "customer_id"), (ShopperKind.VISITOR, "visitor_id"))
_HASHED = pa.schema({"shopper_kind": pa.string(), "shopper_id": pa.string(), "pseudonym": pa.binary()})
_MICROSECONDS = 1_000_000


@ibis.udf.scalar.builtin(name="make_timestamp")  # type: ignore[untyped-decorator]
def _make_timestamp(microseconds: dt.int64) -> dt.Timestamp(scale=6):  # type: ignore[valid-type]
    """The moment so many microseconds after 1970; ibis itself counts no finer than milliseconds."""


def words_of_ledger(backend: Backend, ledger: LoadedLedger, pairs: ir.Table, ring: KeyRing) -> Words:
    """What the ledger says of everybody whom the events name, and of customers that their visitors are.

    Rows that break a rule are parted from the others as those of a file, and any doubt is a no.

    Args:
        backend: Where tables are made.
        ledger: Loaded into the same backend.
        pairs: Columns customer_id and visitor_id, NOBODY where one is missing.
        ring: The shop's keys; ids are looked up under each of them.

    Raises:
        InvalidInputError: The events name some people by ids and others by the ledger's numbers.
    """
    if faults := faults_of_names(pairs):
        raise InvalidInputError("The data", faults)
    names = backend.create_table("ledger_names", _names(backend, ledger, pairs, ring))
    entries = ledger.entries.mutate(moment=_moment(ledger.entries["at"]))
    said = entries.filter(entries.kind == str(EntryKind.CONSENT)).join(names, "subject")
    erased = entries.filter(entries.kind == str(EntryKind.ERASURE)).join(names, "subject")
    preferred = ledger.preferences.join(names, "subject")
    erasures = erased.group_by(*_PERSON).aggregate(erased_at=time_or_end(erased.moment).max())
    topics = preferred.group_by(*_PERSON, "topic").aggregate(is_mute=(preferred.word != str(TopicWord.SHOW)).any())
    consent = said.select(*_PERSON, "purpose", "status", "jurisdiction", "policy_version", occurred_at=said.moment)
    answers, links = _checked(backend, consent, CONSENT), _checked(backend, _links(entries, names), IDENTITIES)
    return Words(
        consent=answers,
        identities=links,
        erasures=backend.create_table("ledger_erasures", erasures),
        topics=backend.create_table("ledger_topics", topics),
        is_of_ledger=True,
        n_doubtful=_counts(answers.bad) | _counts(links.bad),
    )


def _names(backend: Backend, ledger: LoadedLedger, pairs: ir.Table, ring: KeyRing) -> ir.Table:
    """Columns shopper_kind, shopper_id and subject: of the events' ids, and of customers that their visitors are.

    Who is named by a number is that number, and no key is asked.
    """
    named = create_from(backend, "ledger_pseudonyms", _HASHED.empty_table())
    hashers = [Pseudonymiser(KeyRing((key,))) for key in ring.keys]
    for kind, column in _COLUMNS:
        by_id = (pairs[column] != NOBODY) & ~is_number(pairs[column])
        found = pairs.filter(by_id).select(column).distinct().to_pyarrow()
        for part in found.to_batches(PART_ROWS):
            ids = part.column(0)
            texts = ids.to_pylist()
            for hasher in hashers:
                hashes = pa.array(hasher.of_all(kind, texts), pa.binary())
                columns = [pa.repeat(str(kind), len(ids)), ids.cast(pa.string()), hashes]
                insert_into(backend, "ledger_pseudonyms", pa.table(columns, schema=_HASHED))
    met = named.join(ledger.aliases, "pseudonym").select(*_PERSON, "subject").distinct()
    for kind, column in _COLUMNS:
        numbered = pairs.filter(is_number(pairs[column])).select(column).distinct()
        met = met.union(
            numbered.select(
                shopper_kind=ibis.literal(str(kind)),
                shopper_id=numbered[column],
                subject=number_of(numbered[column]),
            )
        )
    met = backend.create_table("ledger_met", met)
    visitors = met.filter(met.shopper_kind == str(ShopperKind.VISITOR))
    customers = met.filter(met.shopper_kind == str(ShopperKind.CUSTOMER))
    links = ledger.entries.filter(ledger.entries.kind == str(EntryKind.LINK))
    linked = links.semi_join(visitors, "subject").filter(lambda rows: rows.other.notnull())
    others = linked.select(subject=linked.other).distinct().anti_join(customers, "subject")
    return met.union(
        others.select(
            "subject",
            shopper_kind=ibis.literal(str(ShopperKind.CUSTOMER)),
            shopper_id=name_of(others.subject),
        ).select(*met.columns)
    )


def _links(entries: ir.Table, names: ir.Table) -> ir.Table:
    """Columns visitor_id, customer_id and linked_at."""
    visitors = names.filter(names.shopper_kind == str(ShopperKind.VISITOR))
    customers = names.filter(names.shopper_kind == str(ShopperKind.CUSTOMER))
    visitors = visitors.select("subject", visitor_id=visitors.shopper_id)
    customers = customers.select(customer_id=customers.shopper_id, other=customers.subject)
    links = entries.filter(entries.kind == str(EntryKind.LINK)).select("subject", "other", linked_at=entries.moment)
    return (
        links.join(visitors, "subject").left_join(customers, "other").select("visitor_id", "customer_id", "linked_at")
    )


def _checked(backend: Backend, rows: ir.Table, schema: TableSchema) -> Checked:
    rows = backend.create_table(f"ledger_{schema.name}", rows)
    parted = check(rows, schema)
    return Checked(
        good=backend.create_table(f"ledger_{schema.name}_good", parted.good),
        bad=backend.create_table(f"ledger_{schema.name}_bad", parted.bad),
    )


def _counts(bad: ir.Table) -> dict[str, int]:
    rows = bad.group_by(REASON).aggregate(n=bad.count()).order_by(REASON).to_pyarrow().to_pylist()
    return {f"ledger: {row[REASON]}": row["n"] for row in rows}


def _moment(microseconds: ir.IntegerColumn) -> ir.TimestampColumn:
    """The time, null where it cannot be one."""
    first, last = (int(bound.timestamp()) * _MICROSECONDS for bound in (EARLIEST, LATEST))
    readable = microseconds.between(first, last)
    return _make_timestamp(readable.ifelse(microseconds, ibis.null("int64")))
