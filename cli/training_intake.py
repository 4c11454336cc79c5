"""What the commands that train print of the rows they read: what was used, what was not, and where bad rows are."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cli.tables import plain_table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from training.ingest import IngestReport

WIDTH = 80
"""Columns that sentences of unknown length are broken at."""

MAX_SAMPLES = 3
"""Bad rows printed: enough to see what a column holds, and few enough to be read."""


def rows_read(report: "IngestReport") -> "Iterator[RenderableType]":
    """The table of what became of the events, and the lines below it."""
    yield _read(report)
    yield from _about(report)


def bad_rows(quarantine: Path) -> Iterator[str]:
    """Lines that say where bad rows are, with a few of them; nothing where there are none.

    Args:
        quarantine: The folder that a training was to put bad rows in.
    """
    from training.quarantine import samples_in

    if not quarantine.is_dir():
        return
    samples = samples_in(quarantine, n=MAX_SAMPLES)
    yield f"Bad rows, readable by you alone: {quarantine}"
    if samples:
        yield "For instance (ids of people left out):"
    for sample in samples:
        for line, indent in ((f"{sample.table}: {sample.reason}", "  "), (sample.row, "    ")):
            yield from textwrap.wrap(line, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _read(report: "IngestReport") -> "Table":
    table = plain_table("What was read", "", "", "events", "share")
    groups = (
        ("used", report.n_events_used),
        ("left out", report.n_excluded),
        ("quarantined", report.n_quarantined),
    )
    for group, counts in groups:
        for place, (name, n) in enumerate(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))):
            share = f"{n / report.n_events_read:.1%}" if report.n_events_read else ""
            last = place == len(counts) - 1
            table.add_row("" if place else group, name.replace("_", " "), f"{n:,}", share, end_section=last)
    table.add_row("all", "", f"{report.n_events_read:,}", "")
    return table


def _about(report: "IngestReport") -> list[str]:
    lines = [
        f"{report.n_shoppers:,} shoppers, {report.n_orders:,} orders, {report.n_sessions:,} sessions, "
        f"{report.n_items:,} items,",
        f"from {report.first_event[:10]} to {report.last_event[:10]}",
    ]
    n_lines, n_items = report.n_capped.get("order_lines", 0), report.n_capped.get("session_items", 0)
    if n_lines or n_items:
        lines += [
            f"Shoppers with very many items, of which the latest count: {report.n_capped['shoppers']:,};",
            f"left out of theirs are {n_lines:,} order lines and {n_items:,} items of sessions",
        ]
    if report.ledger_position is not None:
        lines.append(f"Consent by the ledger's {report.ledger_position:,} entries, the last {report.ledger_hash[:12]}")
    if report.as_of:
        lines.append(f"As of {report.as_of}")
    if report.assumed_consent:
        lines.append(f"Consent assumed: {report.assumed_consent}")
    for reason, n in report.n_quarantined_elsewhere.items():
        lines.append(f"Quarantined: {n:,} of {reason}")
    return lines
