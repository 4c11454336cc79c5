"""Many tests at once, as sums by day: units that buy seldom, spend unevenly, and click on some of what they see."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.sums import ArmCounts, Counts, MetricSums, Served
from experiments.definition import Arm, Experiment, Guardrail, Metric, Unit

BUYERS_SHARE = 0.03
"""Of units, as shops report."""
SPREAD = 1.2
"""Of the logarithm of what is spent: one order in a hundred is over sixteen times the median."""
CLICK_SHARE, DISMISSAL_SHARE, OPT_OUT_SHARE, QUIET = 0.08, 0.02, 0.004, 0.3
N_SHOWN = 6.0
"""Items a unit is shown beyond the first, on average, twice as many for some as for others."""

SMALLEST_EFFECTS = {Metric.BUYERS: 0.3, Metric.REVENUE: 0.6, Metric.CLICK_RATE: 0.06, Metric.CLICKERS: 0.1}
"""Such that tests need about as many units as they get: bounds are tightest halfway, and false alarms most."""

GUARDRAILS = (Guardrail(Metric.OPT_OUTS), Guardrail(Metric.DISMISSAL_RATE), Guardrail(Metric.QUIET_SHARE))


Days = dict[Metric, NDArray[np.float64]]
"""Of each metric, sums of one arm by day, shape (n_days, 6): n, x, y, xx, yy, xy."""


def definition(primary: Metric, *, weights: tuple[int, int] = (1, 1)) -> Experiment:
    """A test of two arms with guardrails of which no harm at all is let pass."""
    return Experiment(
        name="simulated",
        salt="simulated",
        placements=("product_page",),
        arms=(Arm("control", weights[0], "alias:champion"), Arm("new", weights[1], "alias:challenger")),
        control="control",
        unit=Unit.SHOPPER,
        layer="main",
        first_bucket=0,
        end_bucket=1000,
        starts_at=datetime(2026, 1, 1, tzinfo=UTC),
        ends_at=datetime(2026, 2, 1, tzinfo=UTC),
        primary=primary,
        smallest_effect=SMALLEST_EFFECTS[primary],
        guardrails=GUARDRAILS,
    )


def days_of(rng: np.random.Generator, n_tests: int, n_days: int, n_units: int) -> Days:
    """What one arm of each of many tests did, by day; shape of each metric's sums (n_tests, n_days, 6).

    Args:
        rng: The source of chance.
        n_tests: How many.
        n_days: Of each.
        n_units: Expected on a day.
    """
    cells = (n_tests, n_days)
    n = rng.poisson(n_units, cells)
    cell_of = np.repeat(np.arange(n.size), n.ravel())
    busy = rng.random(cell_of.size) < 0.5
    shown = 1 + rng.poisson(np.where(busy, N_SHOWN * 4 / 3, N_SHOWN * 2 / 3))
    # How keen a unit is differs, so its clicks are alike.
    keen = rng.choice((0.25, 0.75, 2.0), cell_of.size)
    clicks = rng.binomial(shown, CLICK_SHARE * keen)
    dismissed = rng.binomial(shown, DISMISSAL_SHARE * keen[::-1])
    buyers = np.flatnonzero(rng.random(cell_of.size) < BUYERS_SHARE)
    spent = np.exp(rng.normal(8.0, SPREAD, buyers.size))

    def total(values: NDArray[np.float64] | NDArray[np.int64], at: NDArray[np.int64] = cell_of) -> NDArray[np.float64]:
        return np.bincount(at, values, n.size).reshape(cells)

    def ratio(x: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.stack([n, total(x), total(shown), total(x * x), total(shown * shown), total(x * shown)], axis=-1)

    ones = np.ones(buyers.size)
    bought = total(ones, cell_of[buyers])
    left = rng.binomial(n, OPT_OUT_SHARE).astype(np.float64)
    quiet = rng.binomial(n, QUIET).astype(np.float64)
    return {
        Metric.BUYERS: plain(n, bought, bought),
        Metric.REVENUE: plain(n, total(spent, cell_of[buyers]), total(spent * spent, cell_of[buyers])),
        Metric.CLICK_RATE: ratio(clicks),
        Metric.DISMISSAL_RATE: ratio(dismissed),
        Metric.OPT_OUTS: plain(n, left, left),
        Metric.QUIET_SHARE: plain(n, quiet, quiet),
    }


def clickers(rng: np.random.Generator, n_tests: int, n_days: int, n_units: int, share: float) -> Days:
    """One arm of many tests in which units click or do not, and half of a percent of them opt out."""
    n = np.full((n_tests, n_days), n_units)
    clicked, left, quiet = (rng.binomial(n, p).astype(np.float64) for p in (share, 0.005, 0.3))
    return {
        Metric.CLICKERS: plain(n, clicked, clicked),
        Metric.OPT_OUTS: plain(n, left, left),
        Metric.QUIET_SHARE: plain(n, quiet, quiet),
    }


def plain(n: NDArray[np.int64], x: NDArray[np.float64], xx: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of a metric that is no ratio.

    Args:
        n: Units of each day.
        x: Sums over them.
        xx: Sums of squares.
    """
    return np.stack([n, x, n, xx, n, x], axis=-1).astype(np.float64)


def looks(control: Days, new: Days, test: int) -> Iterator[Counts]:
    """What is counted of one test at the end of each of its days, since its start.

    Args:
        control: Of all tests.
        new: Of all tests.
        test: Which of them.
    """
    sums = [{metric: days[test].cumsum(axis=0).tolist() for metric, days in arm.items()} for arm in (control, new)]
    for day in range(len(sums[0][Metric.OPT_OUTS])):
        arms = {
            name: _counts(name, {metric: by_day[day] for metric, by_day in arm.items()})
            for name, arm in zip(("control", "new"), sums, strict=True)
        }
        yield Counts(arms)


def z_values(control: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the difference at the end of each day, worked out apart from what is measured; shape (n_tests, n_days)."""
    values, variances = [], []
    for days in (control, new):
        n, x, y, xx, yy, xy = np.moveaxis(days.cumsum(axis=1), -1, 0)
        ratio = x / y
        values.append(ratio)
        variances.append((xx - 2 * ratio * xy + ratio * ratio * yy) / n / (y / n) ** 2 / n)
    with np.errstate(invalid="ignore"):  # nobody bought yet
        return (values[1] - values[0]) / np.sqrt(variances[0] + variances[1])


def _counts(name: str, sums: dict[Metric, list[float]]) -> ArmCounts:
    n = int(sums[Metric.OPT_OUTS][0])
    return ArmCounts(
        arm=name,
        n_units=n,
        n_exposures=n,
        n_opted_out=int(sums[Metric.OPT_OUTS][1]),
        metrics={metric: MetricSums(int(row[0]), *row[1:]) for metric, row in sums.items()},
        measured=Served(n_answers=n, n_quiet=int(sums[Metric.QUIET_SHARE][1])),
    )
