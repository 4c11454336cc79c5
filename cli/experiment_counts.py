"""Where the report of a test gets its counts: the server's database, or files of events."""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cli.privacy_options import opened_database, rules_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from experiments.analysis.sums import Counts, Served
    from experiments.definition import Experiment

INSTANT = timedelta.resolution
EARLY = timedelta(hours=1)
"""How far a storefront's clock may be behind the server's, as in service.core.attribution."""


class Measured(NamedTuple):
    """What a report is made from.

    Attributes:
        directory: Of Parquet files of events.
        departures: Units by variant, as experiments.analysis.tallies.with_tallies takes them; None where they are not
            known: of files, and as of an earlier time, as they are tallied without a day.
        served: Answers by variant, likewise.
    """

    directory: Path
    departures: Mapping[str, Mapping[str, int]] | None
    served: "Mapping[str, Served]"


def counts_of(
    arguments: argparse.Namespace, experiment: "Experiment", now: datetime, as_of: datetime | None
) -> "Counts":
    """What was counted of a test of arms; fails as `measured_of` does.

    Args:
        arguments: As of `measured_of`, and so all others.
        experiment: The test.
        now: The present, UTC.
        as_of: What came later is left out; None for nothing.
    """
    from experiments.analysis.counting import count
    from experiments.analysis.tallies import with_tallies

    with measured_of(arguments, experiment, now, as_of) as measured:
        counts = count(experiment, measured.directory, as_of=as_of)
    return with_tallies(counts, experiment, departures=measured.departures, served=measured.served)


@contextmanager
def measured_of(
    arguments: argparse.Namespace, experiment: "Experiment", now: datetime, as_of: datetime | None
) -> Iterator[Measured]:
    """What there is to count from, for as long as it is counted; of files no tallies, which only servers keep.

    Args:
        arguments: With the options of the database, the rules and the folder of events.
        experiment: The test.
        now: The present, UTC: whose yes counts.
        as_of: What servers tallied later is left out; None for nothing.

    Raises:
        InvalidInputError: The address or the rules are none, or there are no files.
        ShopkeeperError: There is no database, or it cannot be read.
    """
    from experiments.analysis.counting import BEFORE_DAYS
    from experiments.analysis.measured import write_measured
    from experiments.definition import Unit
    from privacy.store.departures import tallies
    from privacy.store.measured import measured_events

    if arguments.events is not None:
        with _told() as tell:
            tell("counting")
            yield Measured(arguments.events, None, {})
        return
    rules = rules_of(arguments)
    # Only their owner reads them, and they are gone with the command: an erasure leaves no copy behind.
    with tempfile.TemporaryDirectory(prefix="shopkeeper-report-") as folder, _told() as tell:
        directory = Path(folder)
        with opened_database(arguments, writes=False) as database, database.reading() as connection:
            tell("reading events")
            write_measured(
                measured_events(
                    connection,
                    experiment.salt,
                    rules,
                    now,
                    experiment.starts_at - EARLY,
                    before=timedelta(days=BEFORE_DAYS),
                    by_browser=experiment.unit is Unit.VISITOR,
                ),
                directory,
                progress=lambda n_rows: tell(f"reading events: {n_rows:,}"),
            )
            departures = tallies(connection, experiment.salt) if as_of is None else None
            served = _served(connection, experiment.salt, as_of)
        tell("counting")
        yield Measured(directory, departures, served)


def _served(connection: "Connection", salt: str, as_of: datetime | None) -> dict[str, "Served"]:
    """What servers counted by variant, of whole days."""
    from experiments.analysis.sums import Served
    from privacy.store.answer_counts import answers
    from service.core.groups import N_GROUPS
    from service.core.tally import BOUNDS_MS

    by_variant: dict[str, Served] = {}
    for (variant, day), counted in answers(connection, salt).items():
        if as_of is not None and day > (as_of - INSTANT).date():
            continue
        by_variant[variant] = by_variant.get(variant, Served()) + Served(
            counted.n_answers,
            counted.n_quiet,
            _filled(counted.latency_buckets, len(BOUNDS_MS) + 1),
            counted.latency_sum_us / 1e6,
            BOUNDS_MS,
            counted.n_either,
            counted.n_both,
            _filled(counted.answers_by_group, N_GROUPS),
            _filled(counted.reports_by_group, N_GROUPS),
        )
    return by_variant


def _filled(counts: tuple[int, ...], n: int) -> tuple[int, ...]:
    """Counts as far as the last that is not 0, and then zeros."""
    return (*counts, *(0,) * (n - len(counts)))


@contextmanager
def _told() -> Iterator[Callable[[str], None]]:
    """Says what goes on, on a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("") as status:
        yield status.update
