"""What sums say of a metric in two arms: values, and how much units differ, less what they did before the test."""

from dataclasses import dataclass
from typing import NamedTuple

from experiments.analysis.sums import ArmCounts, MetricSums
from experiments.definition import Metric

CONSTANT = 1e-9
"""Share of a mean square under which what is left after subtraction is rounding of float64 sums, not variance."""


class Interval(NamedTuple):
    """From low to high; infinite where nothing bounds it."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """One metric of one arm.

    Attributes:
        n: Units.
        value: Numerators by denominators, with the covariate taken off.
        variance: Of what one unit adds to the value, so that the value's own is variance / n.
    """

    n: int
    value: float
    variance: float


@dataclass(frozen=True, slots=True)
class Pair:
    """One metric of the control and of an arm, with one coefficient of the covariate for both."""

    control: Estimate
    arm: Estimate

    @property
    def n(self) -> int:
        """Units of both."""
        return self.control.n + self.arm.n

    @property
    def difference(self) -> float:
        """The arm's value less the control's."""
        return self.arm.value - self.control.value

    @property
    def variance(self) -> float:
        """Of the difference."""
        return self.control.variance / self.control.n + self.arm.variance / self.arm.n


def pair_of(metric: Metric, control: ArmCounts, arm: ArmCounts) -> Pair | None:
    """Both arms' values of a metric, or None where one of them has none: nothing was counted, or nothing to divide by.

    Args:
        metric: Any but LATENCY, of which there are no sums.
        control: The arm compared with.
        arm: The other.
    """
    left, right = sums_of(metric, control), sums_of(metric, arm)
    if left is None or right is None:
        return None
    return pair_of_sums(left, right)


def sums_of(metric: Metric, arm: ArmCounts) -> MetricSums | None:
    """What a metric is estimated from, or None where there are fewer than two units or no denominators.

    Of quiet answers nothing is known but how many there were, and answers to one unit are alike. So units count, not
    answers, as if all of a unit's answers were the same: never too sure where units ask for about as much.

    Args:
        metric: Any but LATENCY.
        arm: Whose.
    """
    match metric:
        case Metric.OPT_OUTS if arm.is_tallied:
            sums = _shares(arm.n_units + arm.n_left, arm.n_opted_out)
        case Metric.MUTERS if arm.is_tallied:
            sums = _shares(arm.n_units + arm.n_left, arm.n_muted)
        case Metric.QUIET_SHARE:
            answers = arm.measured
            n = min(answers.n_answers, arm.n_units)
            sums = _shares(n, n * answers.n_quiet / max(answers.n_answers, 1))
        case _:
            sums = arm.metrics.get(metric, MetricSums(0, 0, 0, 0, 0, 0))
    return sums if sums.n > 1 and sums.y > 0 else None


def pair_of_sums(control: MetricSums, arm: MetricSums) -> Pair:
    """Ratios of two sums by the delta method, adjusted by the covariate where there is one.

    Args:
        control: Of the arm compared with, with two units or more and denominators over 0.
        arm: Of the other, likewise.

    Deng, Knoblich and Lu (2018), Applying the Delta Method in Metric Analytics; Deng, Xu, Kohavi and Walker (2013),
    Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data.
    """
    both = control + arm
    spread = _variance(both.n, both.c, both.cc)
    coefficient = _with_covariate(both) / spread if spread else 0.0
    mean = both.c / both.n
    return Pair(_estimate(control, coefficient, mean), _estimate(arm, coefficient, mean))


def _estimate(sums: MetricSums, coefficient: float, covariate_mean: float) -> Estimate:
    n, ratio, mean_y = sums.n, sums.x / sums.y, sums.y / sums.n
    spread = (
        _variance(n, sums.x, sums.xx)
        - 2 * ratio * _covariance(n, sums.x, sums.y, sums.xy)
        + ratio * ratio * _variance(n, sums.y, sums.yy)
    ) / (mean_y * mean_y)
    value = ratio
    if coefficient:
        value -= coefficient * (sums.c / n - covariate_mean)
        spread += coefficient * (coefficient * _variance(n, sums.c, sums.cc) - 2 * _with_covariate(sums))
    return Estimate(n, value, max(spread, 0.0))


def _with_covariate(sums: MetricSums) -> float:
    """The covariance of a unit's part of the ratio and its covariate."""
    of_x, of_y = _covariance(sums.n, sums.x, sums.c, sums.xc), _covariance(sums.n, sums.y, sums.c, sums.yc)
    return (of_x - of_y * sums.x / sums.y) / (sums.y / sums.n)


def _variance(n: int, total: float, squares: float) -> float:
    left = squares - total * total / n
    return left / (n - 1) if left > CONSTANT * squares else 0.0


def _covariance(n: int, left: float, right: float, products: float) -> float:
    return (products - left * right / n) / (n - 1)


def _shares(n: int, n_of_them: float) -> MetricSums:
    return MetricSums(n, n_of_them, n, n_of_them, n, n_of_them)
