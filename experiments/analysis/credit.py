"""Whose items were used, where two arms' lists were shown as one: counted by unit, from measured events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from experiments.analysis.event_tables import MEMORY, currency_of, day_of, opened_events, run
from experiments.definition import Experiment
from experiments.interleaving import draft_variant

PIPELINE = "credit.sql"


class Deed(StrEnum):
    """What is done with an item that was shown."""

    CLICKS = "clicks"
    CARTS = "carts"
    PURCHASES = "purchases"
    REVENUE = "revenue"
    """In minor units of the shop's currency."""
    DISMISSALS = "dismissals"


@dataclass(frozen=True, slots=True)
class Credit:
    """Of one deed, what each arm's items were given.

    Attributes:
        first: In all, of the arm that the test names first.
        second: Of the other.
        n_first: Units that did it more with the first's items.
        n_second: Units that did it more with the second's.
        n_ties: Units that did it as much with both, or with none.
    """

    first: int
    second: int
    n_first: int
    n_second: int
    n_ties: int


@dataclass(frozen=True, slots=True)
class Credits:
    """What is counted of an interleaved test.

    Attributes:
        n_units: Units that saw an answer of it, a quiet one too.
        n_exposures: Answers that they saw, within each unit's window.
        n_quiet: Of those the ones that showed nothing.
        n_alone: Of those the ones in which one arm's items were seen alone.
        shown_first: Items of the first arm that were seen, within the window.
        shown_second: Items of the second.
        place_first: Mean place on the page of the first arm's items, 1 for the top; None where none were seen.
        place_second: Of the second's.
        by_deed: Credit of each deed.
        first_day: UTC, of the first exposure; None where there is none.
        last_day: Of the last unit's first exposure.
        model_versions: As answers named them, both in one, in the order in which they came.
        currency: Of the revenue; empty where purchases name none.
    """

    n_units: int
    n_exposures: int
    n_quiet: int
    n_alone: int
    shown_first: int
    shown_second: int
    place_first: float | None
    place_second: float | None
    by_deed: Mapping[Deed, Credit]
    first_day: date | None = None
    last_day: date | None = None
    model_versions: tuple[str, ...] = ()
    currency: str = ""


def credits_of(
    experiment: Experiment,
    directory: Path,
    *,
    as_of: datetime | None = None,
    memory: str = MEMORY,
    n_threads: int | None = None,
) -> Credits:
    """What measured events say of each of two interleaved arms; the same events give the same, in whatever order.

    An item is its team's, as the variant of the answer's token has it, and counts once of an answer, from the unit's
    first exposure on and for as long as the test's window. What came without a token is nobody's.

    Args:
        experiment: The test, interleaved.
        directory: As of experiments.analysis.counting.count.
        as_of: Later events are left out; None for all.
        memory: DuckDB's limit, such as "2GB".
        n_threads: DuckDB's; None for one for each processor.

    Raises:
        InvalidInputError: There are no such files, or they lack columns.
    """
    with opened_events(experiment, directory, as_of=as_of, memory=memory, n_threads=n_threads) as connection:
        run(connection, PIPELINE, prefix=draft_variant(experiment.salt, "", is_measured=True))

        def row(query: str) -> tuple[int, ...]:
            found: tuple[int, ...] | None = connection.execute(query).fetchone()
            return found or ()

        n_units, *sums, first_us, last_us = row(
            "SELECT count(*), sum(n_exposures), sum(n_quiet), sum(n_alone), sum(n_first), sum(n_second), "
            "min(first_us), max(first_us) FROM units"
        )
        n_exposures, n_quiet, n_alone, shown_first, shown_second = (int(value or 0) for value in sums)
        places = row(
            "SELECT avg(position) FILTER (team = 0), avg(position) FILTER (team = 1) FROM drafted "
            "WHERE event_type = 'impression'"
        )
        versions = connection.execute(
            "SELECT model_version FROM drafted WHERE event_type = 'impression' AND model_version <> '' "
            "GROUP BY ALL ORDER BY min(at_us), 1"
        ).fetchall()
        return Credits(
            n_units=n_units,
            n_exposures=n_exposures,
            n_quiet=n_quiet,
            n_alone=n_alone,
            shown_first=shown_first,
            shown_second=shown_second,
            place_first=places[0],
            place_second=places[1],
            by_deed={deed: Credit(*(int(value or 0) for value in row(_credit_query(deed)))) for deed in Deed},
            first_day=day_of(first_us),
            last_day=day_of(last_us),
            model_versions=tuple(version for (version,) in versions),
            currency=currency_of(connection),
        )


def _credit_query(deed: Deed) -> str:
    first, second = f"coalesce({deed}_first, 0)", f"coalesce({deed}_second, 0)"
    return (
        f"SELECT sum({first}), sum({second}), count(*) FILTER ({first} > {second}), "  # noqa: S608 - of our own words
        f"count(*) FILTER ({first} < {second}), count(*) FILTER ({first} = {second}) FROM units"
    )
