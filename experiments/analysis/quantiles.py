"""The time in which nine of ten answers were made, as far as counts by bucket tell it."""

import math
from bisect import bisect_left
from itertools import accumulate

from scipy.stats import binom

from experiments.analysis.estimates import Interval
from experiments.analysis.sequential import MIN_UNITS, bound
from experiments.analysis.sums import ArmCounts, Served

SHARE = 0.9
"""Of answers that took no longer."""


def slow_ms(served: Served) -> float | None:
    """Milliseconds, evenly spread within the bucket (the last bound where it is beyond); None without answers.

    Args:
        served: Of one arm.
    """
    edges, n = served.latency_bounds_ms, sum(served.latency_buckets)
    if not n:
        return None
    below, rank = 0, SHARE * n
    for place, n_here in enumerate(served.latency_buckets[: len(edges)]):
        if below + n_here >= rank:
            start = edges[place - 1] if place else 0.0
            return start + (edges[place] - start) * (rank - below) / n_here
        below += n_here
    return edges[-1]


def fixed_slow_difference(control: ArmCounts, arm: ArmCounts, alpha: float) -> Interval | None:
    """How much slower the arm is in milliseconds, read once; None while there are too few units.

    Between order statistics whose ranks leave alpha / 4 of the binomial distribution on each side, each widened to the
    edge of its bucket, and half of alpha for each arm.

    Args:
        control: The arm compared with.
        arm: The other.
        alpha: Probability that the truth is not in it.

    Hahn and Meeker (1991), Statistical Intervals.
    """
    ends = []
    for counted in (control, arm):
        n = n_independent(counted)
        if n < MIN_UNITS:
            return None
        ranks = binom.ppf(alpha / 4, n, SHARE), binom.isf(alpha / 4, n, SHARE) + 1
        ends.append(_between(counted.measured, ranks[0] / n, ranks[1] / n))
    return _apart(*ends)


def slow_difference(
    control: ArmCounts, arm: ArmCounts, n_planned: int, alpha_low: float, alpha_high: float
) -> Interval | None:
    """The same at every look at once.

    At the true ninth decile the share of answers up to it is a mean of zeros and ones around 0.9, so the bound of a
    mean says which ranks it may have.

    Args:
        control: The arm compared with.
        arm: The other.
        n_planned: Units of both of which the interval is to be tightest.
        alpha_low: Probability that the truth is ever under it.
        alpha_high: Probability that the truth is ever over it.

    Howard and Ramdas (2022), Sequential estimation of quantiles with applications to A/B testing.
    """
    ends = []
    for counted, low, high in ((control, alpha_high, alpha_low), (arm, alpha_low, alpha_high)):
        n = n_independent(counted)
        if n < MIN_UNITS:
            return None
        error = math.sqrt(SHARE * (1 - SHARE) / n)
        planned = max(n_planned // 2, 1)
        under, over = (bound(n, planned, alpha / 2) * error for alpha in (low, high))
        ends.append(_between(counted.measured, SHARE - under, SHARE + over))
    return _apart(*ends)


def n_independent(counted: ArmCounts) -> int:
    """As many of an arm's answers as are counted for independent: one to each unit, as those to one unit are alike.

    Args:
        counted: The arm.
    """
    return min(sum(counted.measured.latency_buckets), counted.n_units)


def _apart(control: Interval, arm: Interval) -> Interval:
    return Interval(arm.low - control.high, arm.high - control.low)


def _between(served: Served, low_share: float, high_share: float) -> Interval:
    """The outer edges of the buckets that hold two ranks, both given as shares of all answers."""
    edges = (0.0, *served.latency_bounds_ms, math.inf)
    so_far = list(accumulate(served.latency_buckets))
    low = edges[bisect_left(so_far, low_share * so_far[-1])]
    # A rank past the last answer is bounded by nothing.
    high = math.inf if high_share > 1 else edges[bisect_left(so_far, high_share * so_far[-1]) + 1]
    return Interval(low, high)
