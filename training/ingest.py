"""Data in: a shop's files become the consented histories that training works on, and a report for its record."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from models.errors import Fault, InvalidInputError
from models.histories import Histories
from training.deciding import Decided, decide_events, without_duplicates
from training.fingerprint import fingerprint_files, fingerprint_histories
from training.histories import build_histories, described_items
from training.intake import Intake, take_in
from training.reading import workspace
from training.sources.registry import SOURCES


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where the data is. A path is a Parquet or CSV file, or a directory of Parquet files.

    Attributes:
        events: What happened, in the form `source` names.
        consent: What shoppers answered; needed unless consent is assumed.
        identities: Which visitor is which customer.
        catalogue: What the shop says of its items.
        source: A key of training.sources.registry.SOURCES.
        assume_consent: Why everybody's consent may be taken as given, for public data; not with a consent file, which
            would be overridden.
    """

    events: Path
    consent: Path | None
    identities: Path | None
    catalogue: Path | None
    source: str = "native"
    assume_consent: str | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the rows, for the run's record.

    n_events_read is the sum of n_quarantined, n_excluded and n_events_used. Only `used_fingerprint` may go in a
    bundle: it and the numbers of what was used stay the same whatever people without consent did; the others do not.

    Attributes:
        n_events_read: Rows of the events file.
        n_quarantined: Bad rows of it by reason, all reasons of a row joined by "; ".
        n_quarantined_elsewhere: Bad rows of the other tables, by "table: reason".
        n_excluded: Good events not used, by privacy.consent.Reason.
        n_events_used: Events used, by type.
        n_shoppers: People with an order or a session; an order without a known person counts as one.
        n_orders: Rows of orders_items.
        n_sessions: Rows of sessions_items.
        n_items: Items of used events and of the catalogue.
        events_fingerprint: SHA-256 of the events file as it came in.
        consent_fingerprint: The same of the consent file; empty where consent is assumed.
        used_fingerprint: SHA-256 of the histories.
        first_event: Day of the earliest used event, ISO 8601 in UTC; empty if none is used. No finer, because it goes
            in a bundle, and a time is of one person's event.
        last_event: Day of the latest.
        assumed_consent: The reason given for assuming consent; empty if it was read.
        n_capped: What was left out afterwards of shoppers with very many items: see training.contribution. The other
            numbers are of before.
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

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        return asdict(self)


def ingest(
    inputs: Inputs,
    *,
    quarantine: Path,
    threads: int | None = None,
    memory_limit: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Histories, IngestReport]:
    """The histories that consent allows, the same for the same rows in any order and at any number of threads.

    Args:
        inputs: Where the data is.
        quarantine: Directory for bad rows, one Parquet file a table that has some; made if need be.
        threads: Threads of DuckDB; None for all cores.
        memory_limit: What DuckDB may use before it spills to disk, such as "8GB"; None for its own default.
        progress: Told what is being done.

    Raises:
        InvalidInputError: With every fault of the inputs together. Bad rows are quarantined nevertheless.
    """
    if inputs.source not in SOURCES:
        raise InvalidInputError("--source", [Fault("source", f"is none of: {', '.join(SOURCES)}")])
    is_assumed = bool(inputs.assume_consent and inputs.assume_consent.strip())
    if is_assumed == (inputs.consent is not None):
        wanted = 'give either --consent FILE or, for public data, --assume-consent "REASON"'
        raise InvalidInputError("The data", [Fault("consent", wanted)])
    paths = {
        "events": inputs.events,
        "consent": inputs.consent,
        "identities": inputs.identities,
        "catalogue": inputs.catalogue,
    }
    with workspace(threads=threads, memory_limit=memory_limit) as backend:
        progress("reading and checking rows")
        intake = take_in(backend, paths, SOURCES[inputs.source], quarantine)
        progress("deciding on consent")
        decided = decide_events(backend, intake, is_assumed=is_assumed)
        progress("setting duplicates aside")
        used, n_events_bad = without_duplicates(backend, intake, decided, quarantine)
        progress("building sessions and orders")
        listed = intake.checked["catalogue"].good if inputs.catalogue else None
        described = described_items(used, decided.items, listed)
        histories = build_histories(backend, used, described)
        progress("writing the report")
        return histories, _report(inputs, intake, decided, used, n_events_bad, histories)


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
    )
    n_found = sum(sum(part.values()) for part in (report.n_quarantined, report.n_excluded, report.n_events_used))
    if n_found != report.n_events_read:
        raise RuntimeError(f"{report.n_events_read} events were read and {n_found} accounted for")
    return report
