"""Counts measured events: DuckDB makes a row of each unit, and sums over them, in bounded memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from experiments.analysis.event_tables import MEMORY, currency_of, day_of, opened_events, run
from experiments.analysis.sums import ArmCounts, Counts, MetricSums
from experiments.definition import UNCOUNTED, Experiment, Metric, variant_of

PIPELINE = "counting.sql"

BEFORE_DAYS = 28
"""What a person did in so many days before their first exposure tells much of what they will do: four whole weeks, as
days of the week differ."""

_FIRST_DAY = date(1970, 1, 1)
_NOTHING = MetricSums(0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Counted:
    """How a metric follows from a unit's row.

    Attributes:
        x: Numerator.
        c: Of what the person did before.
        y: Denominator; empty of what is counted by units.
    """

    x: str
    c: str
    y: str = ""


COUNTED: Mapping[Metric, Counted] = {
    Metric.CLICK_RATE: Counted("n_clicks", "n_events_before", "n_shown"),
    Metric.CLICKERS: Counted("(n_clicks > 0)::BIGINT", "n_events_before"),
    Metric.CART_ADDERS: Counted("(n_carts > 0)::BIGINT", "n_events_before"),
    Metric.BUYERS: Counted("(n_orders > 0)::BIGINT", "n_orders_before"),
    Metric.ORDERS: Counted("n_orders", "n_orders_before"),
    Metric.REVENUE: Counted("minor", "minor_before"),
    Metric.ASSISTED_REVENUE: Counted("attributed_minor", "minor_before"),
    Metric.DISMISSAL_RATE: Counted("n_dismissed", "n_events_before", "n_shown"),
}
"""Metrics that follow from measured events; the others are tallied as they happen, of nobody in particular."""


def count(
    experiment: Experiment,
    directory: Path,
    *,
    as_of: datetime | None = None,
    memory: str = MEMORY,
    n_threads: int | None = None,
) -> Counts:
    """What measured events say of each arm; the same events give the same counts, in whatever order they come.

    A unit counts from its first exposure on, to its arm, for as long as the test's window. Clicks, cart adds and
    dismissals are those of what was shown, once for each item of an answer, and go by its token. What is bought is all
    that a person buys, or that is bought in a session, shown or not. Money is that of the currency that most is bought
    in. What cannot be put down to an arm, by the unit, is not counted. The covariate is what the person bought and put
    into carts in the BEFORE_DAYS before.

    Args:
        experiment: The test.
        directory: Of Parquet files with the columns of experiments.analysis.measured.SCHEMA, in any number.
        as_of: Later events are left out; None for all.
        memory: DuckDB's limit, such as "2GB".
        n_threads: DuckDB's; None for one for each processor.

    Raises:
        InvalidInputError: There are no such files, or they lack columns.
    """
    with opened_events(experiment, directory, as_of=as_of, memory=memory, n_threads=n_threads) as connection:
        arms = experiment.shown_arms
        connection.execute("CREATE TEMP TABLE arms (variant VARCHAR, arm UTINYINT)")
        connection.executemany(
            "INSERT INTO arms VALUES (?, ?)",
            [(variant_of(experiment, arm, is_measured=True), number) for number, arm in enumerate(arms)],
        )
        run(connection, PIPELINE, before_us=timedelta(days=BEFORE_DAYS) // timedelta(microseconds=1))
        wanted = {metric: COUNTED[metric] for metric in COUNTED if metric not in UNCOUNTED[experiment.unit]}
        return _counts(connection, [arm.name for arm in arms], wanted)


def _counts(connection: duckdb.DuckDBPyConnection, names: Sequence[str], wanted: Mapping[Metric, Counted]) -> Counts:
    days = _sums(connection, wanted)
    arms = {name: _arm(connection, number, name, wanted, days.get(number, {})) for number, name in enumerate(names)}
    first, last = _row(connection, "SELECT min(at_us), max(at_us) FROM exposures")
    (n_crossed,) = _row(connection, "SELECT count(*) FROM met WHERE has_crossed")
    n_foreign, n_unpriced = _row(connection, "SELECT sum(n_foreign), sum(n_unpriced) FROM units")
    return Counts(
        arms=arms,
        n_crossed=n_crossed,
        first_day=day_of(first),
        last_day=day_of(last),
        currency=currency_of(connection),
        n_foreign=int(n_foreign or 0),
        n_unpriced=int(n_unpriced or 0),
    )


def _arm(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    name: str,
    wanted: Iterable[Metric],
    days: Mapping[date, Mapping[Metric, MetricSums]],
) -> ArmCounts:
    metrics = {metric: sum((sums[metric] for sums in days.values()), start=_NOTHING) for metric in wanted}
    n_units, n_exposures = _row(connection, "SELECT count(*), sum(n_exposures) FROM units WHERE arm = ?", [number])
    tiers = connection.execute(
        "SELECT coalesce(tier, ''), count(*) FROM units WHERE arm = ? GROUP BY ALL ORDER BY ALL", [number]
    ).fetchall()
    return ArmCounts(
        arm=name,
        n_units=n_units,
        n_exposures=int(n_exposures or 0),
        metrics=metrics,
        metrics_by_day=days,
        n_units_by_tier=dict(tiers),
        model_versions=_versions(connection, number),
        is_tallied=False,
    )


def _sums(
    connection: duckdb.DuckDBPyConnection, wanted: Mapping[Metric, Counted]
) -> dict[int, dict[date, dict[Metric, MetricSums]]]:
    """Sums of each metric by arm and day, exact: whole numbers of 128 bits, and floats only at the end."""
    products = ("x", "x * x", "c", "c * c", "x * c"), ("y", "y * y", "x * y", "y * c")
    columns = []
    for counted in wanted.values():
        terms = {"x": counted.x, "c": counted.c, "y": counted.y}
        for product in products[0] + (products[1] if counted.y else ()):
            factors = [f"({terms[name]})::HUGEINT" for name in product.split(" * ")]
            columns.append(f"sum({' * '.join(factors)})")
    rows = (
        connection.table("units")
        .aggregate(", ".join(["arm", "day", "count(*)", *columns]), "arm, day")
        .order("arm, day")
    )
    found: dict[int, dict[date, dict[Metric, MetricSums]]] = {}
    for arm, day, n, *values in rows.fetchall():
        rest = iter(map(float, values))
        sums = found.setdefault(arm, {}).setdefault(_FIRST_DAY + timedelta(days=day), {})
        for metric, counted in wanted.items():
            x, xx, c, cc, xc = (next(rest) for _ in products[0])
            y, yy, xy, yc = (next(rest) for _ in products[1]) if counted.y else (float(n), float(n), x, c)
            sums[metric] = MetricSums(n, x, y, xx, yy, xy, c, cc, xc, yc)
    return found


def _versions(connection: duckdb.DuckDBPyConnection, number: int) -> tuple[str, ...]:
    """The models that answered, in the order in which they came."""
    rows = connection.execute("SELECT model_version FROM versions WHERE arm = ? ORDER BY since_us, 1", [number])
    return tuple(version for (version,) in rows.fetchall())


def _row(connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()) -> tuple[int, ...]:
    row: tuple[int, ...] | None = connection.execute(query, values).fetchone()
    if row is None:
        raise AssertionError("an aggregate has one row")
    return row
