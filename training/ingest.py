"""Data in: a shop's files become the consented histories that training works on, and a report for its record."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from models.errors import Fault, InvalidInputError
from models.histories import Histories
from privacy.chain import Head
from privacy.keys import read_ring
from training.deciding import Decided, decide_events, without_duplicates
from training.evidence import faults_of_topics
from training.fingerprint import fingerprint_files, fingerprint_histories
from training.histories import build_histories, described_items
from training.identities import pairs_of
from training.intake import Intake, faults_of_files, take_in
from training.ledger.loading import load_ledger
from training.ledger.naming import words_of_ledger
from training.reading import workspace
from training.sources.registry import SOURCES
from training.terms import Terms, read_terms
from training.words import Words, words_of_files


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where the data is. A path is a Parquet or CSV file, or a directory of Parquet files.

    Attributes:
        events: What happened, in the form `source` names.
        consent: What shoppers answered; needed unless the ledger says it or consent is assumed.
        identities: Which visitor is which customer; not with the ledger, which says that too.
        catalogue: What the shop says of its items.
        source: A key of training.sources.registry.SOURCES.
        assume_consent: Why everybody's consent may be taken as given, for public data; not with a consent file, which
            would be overridden.
        ledger: Address of the database that consent is kept in, or the folder of an export; in place of consent and
            identities.
        keys: The shop's key file, by which the ledger's pseudonyms are those of ids; needed with the ledger.
        privacy_rules: The shop's privacy.yaml; None for none, by which everything is opt-in and nothing lapses, ages
            or is sensitive.
        as_of: The moment at which the rules are applied; needed with them. None is after every answer.
    """

    events: Path
    consent: Path | None
    identities: Path | None
    catalogue: Path | None
    source: str = "native"
    assume_consent: str | None = None
    ledger: str | None = None
    keys: Path | None = None
    privacy_rules: Path | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the rows, for the run's record.

    n_events_read is the sum of n_quarantined, n_excluded and n_events_used. Only `used_fingerprint` may go in a
    bundle: it and the numbers of what was used stay the same whatever people without consent did; the others do not.

    Attributes:
        n_events_read: Rows of the events file.
        n_quarantined: Bad rows of it by reason, all reasons of a row joined by "; ".
        n_quarantined_elsewhere: Bad rows of the other tables, by "table: reason".
        n_excluded: Good events not used, by reason: see training.terms.REASONS.
        n_events_used: Events used, by type.
        n_shoppers: People with an order or a session; an order without a known person counts as one.
        n_orders: Rows of orders_items.
        n_sessions: Rows of sessions_items.
        n_items: Items of used events and of the catalogue.
        events_fingerprint: SHA-256 of the events file as it came in.
        consent_fingerprint: The same of the consent file; empty where there is none.
        used_fingerprint: SHA-256 of the histories.
        first_event: Day of the earliest used event, ISO 8601 in UTC; empty if none is used. No finer, because it goes
            in a bundle, and a time is of one person's event.
        last_event: Day of the latest.
        assumed_consent: The reason given for assuming consent; empty if it was read.
        n_capped: What was left out afterwards of shoppers with very many items: see training.contribution. The other
            numbers are of before.
        ledger_position: Entries of the ledger at this training; None where it was not asked.
        ledger_hash: Of the last of them, hexadecimal; empty where it was not asked.
        rules_fingerprint: SHA-256 of the rules file; empty where there is none.
        as_of: The moment at which the rules were applied, ISO 8601 in UTC; empty for after every answer.
    """

    n_events_read: int
    n_quarantined: Mapping[str, int]
    n_quarantined_elsewhere: Mapping[str, int]
    n_excluded: Mapping[str, int]
    n_events_used: Mapping[str, int]
    n_shoppers: int
    n_orders: int
    n_sessions: int
    n_items: int
    events_fingerprint: str
    consent_fingerprint: str
    used_fingerprint: str
    first_event: str
    last_event: str
    assumed_consent: str
    n_capped: Mapping[str, int] = field(default_factory=dict)
    ledger_position: int | None = None
    ledger_hash: str = ""
    rules_fingerprint: str = ""
    as_of: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        return asdict(self)


def ingest(
    inputs: Inputs,
    *,
    quarantine: Path,
    threads: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Histories, IngestReport]:
    """The histories that consent allows, the same for the same rows in any order and at any number of threads.

    Args:
        inputs: Where the data is.
        quarantine: Directory for bad rows, one Parquet file a table that has some; made if need be.
        threads: Threads of DuckDB; None for all cores.
        progress: Told what is being done.

    Raises:
        InvalidInputError: With every fault of the inputs together. Bad rows are quarantined nevertheless.
    """
    is_assumed, terms = _settled(inputs)
    paths = _paths(inputs)
    with workspace(threads=threads, memory_limit=None) as backend:
        progress("reading and checking rows")
        intake = take_in(backend, paths, SOURCES[inputs.source], quarantine)
        pairs = backend.create_table("pairs", pairs_of(intake.checked["events"].good))
        words, head = _words(backend, inputs, intake, pairs, progress)
        if faults := faults_of_topics(words.topics, terms, has_catalogue=inputs.catalogue is not None):
            raise InvalidInputError("The data", faults)
        progress("deciding on consent")
        decided = decide_events(backend, intake, pairs, words, terms, is_assumed=is_assumed)
        progress("setting duplicates aside")
        used, n_events_bad = without_duplicates(backend, intake, decided, quarantine)
        progress("building sessions and orders")
        listed = intake.checked["catalogue"].good if inputs.catalogue else None
        described = described_items(used, decided.items, listed)
        histories = build_histories(backend, used, described)
        progress("writing the report")
        report = _report(inputs, intake, decided, used, n_events_bad, histories)
        if head is not None:
            doubtful = {**report.n_quarantined_elsewhere, **words.n_doubtful}
            report = replace(
                report,
                n_quarantined_elsewhere=doubtful,
                ledger_position=head.count,
                ledger_hash=head.hash.hex(),
            )
        return histories, report


def check_columns(inputs: Inputs) -> None:
    """Look at the columns of all files, in a moment and before anything else is done.

    Raises:
        InvalidInputError: With every fault of them.
    """
    if inputs.source in SOURCES and (faults := faults_of_files(_paths(inputs), SOURCES[inputs.source])):
        raise InvalidInputError("The data", faults)


def _paths(inputs: Inputs) -> dict[str, Path | None]:
    return {
        "events": inputs.events,
        "consent": inputs.consent,
        "identities": inputs.identities,
        "catalogue": inputs.catalogue,
    }


def _settled(inputs: Inputs) -> tuple[bool, Terms]:
    """Whether consent is assumed, and the terms.

    Raises:
        InvalidInputError: With every fault of what is to be read.
    """
    faults = []
    if inputs.source not in SOURCES:
        faults.append(Fault("source", f"is none of: {', '.join(SOURCES)}"))
    is_assumed = bool(inputs.assume_consent and inputs.assume_consent.strip())
    if [is_assumed, inputs.consent is not None, inputs.ledger is not None].count(True) != 1:
        wanted = 'give one: --consent FILE, --ledger URI or, for public data, --assume-consent "REASON"'
        faults.append(Fault("consent", wanted))
    if inputs.ledger is not None and inputs.identities is not None:
        faults.append(Fault("identities", "are in the ledger: give one of the two"))
    if (inputs.ledger is None) != (inputs.keys is None):
        faults.append(Fault("keys", "go with the ledger: give both or neither"))
    if inputs.privacy_rules is not None and inputs.as_of is None:
        faults.append(Fault("as_of", "is needed with rules: they weigh by the moment"))
    if faults:
        raise InvalidInputError("The data", faults)
    return is_assumed, read_terms(inputs.privacy_rules, inputs.as_of)


def _words(
    backend: Backend, inputs: Inputs, intake: Intake, pairs: ir.Table, progress: Callable[[str], None]
) -> tuple[Words, Head | None]:
    """What shoppers said, and the head of the ledger if it says it."""
    if inputs.ledger is None or inputs.keys is None:
        return words_of_files(backend, intake), None
    ring = read_ring(inputs.keys)
    progress("reading the ledger")
    ledger = load_ledger(backend, inputs.ledger, ring)
    return words_of_ledger(backend, ledger, pairs, ring), ledger.head


def _report(
    inputs: Inputs,
    intake: Intake,
    decided: Decided,
    used: ir.Table,
    n_events_bad: Mapping[str, int],
    histories: Histories,
) -> IngestReport:
    by_type = used.group_by("event_type").aggregate(
        n=used.count(), first=used.occurred_at.min(), last=used.occurred_at.max()
    )
    rows = by_type.order_by("event_type").to_pyarrow().to_pylist()
    shoppers = (histories.order_shopper, histories.session_shopper)
    report = IngestReport(
        n_events_read=intake.n_events,
        n_quarantined=dict(n_events_bad),
        n_quarantined_elsewhere={
            f"{table}: {reason}": n
            for table, counts in intake.n_quarantined.items()
            if table != "events"
            for reason, n in counts.items()
        },
        n_excluded=decided.n_excluded(),
        n_events_used={row["event_type"]: row["n"] for row in rows},
        n_shoppers=1 + max((int(numbers.max()) for numbers in shoppers if len(numbers)), default=-1),
        n_orders=histories.n_orders,
        n_sessions=histories.n_sessions,
        n_items=histories.n_items,
        events_fingerprint=fingerprint_files(intake.files["events"]),
        consent_fingerprint=fingerprint_files(intake.files["consent"]) if intake.files["consent"] else "",
        used_fingerprint=fingerprint_histories(histories),
        first_event=min((row["first"].date().isoformat() for row in rows), default=""),
        last_event=max((row["last"].date().isoformat() for row in rows), default=""),
        assumed_consent=inputs.assume_consent or "",
        rules_fingerprint="" if inputs.privacy_rules is None else fingerprint_files([inputs.privacy_rules]),
        as_of="" if inputs.as_of is None else inputs.as_of.astimezone(UTC).isoformat(),
    )
    n_found = sum(sum(part.values()) for part in (report.n_quarantined, report.n_excluded, report.n_events_used))
    if n_found != report.n_events_read:
        raise RuntimeError(f"{report.n_events_read} events were read and {n_found} accounted for")
    return report
