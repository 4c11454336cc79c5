"""Intervals that hold at every look at once, so that a test may be read every day and stopped on what is seen."""

import math

from experiments.analysis.estimates import Interval, Pair

MIN_UNITS = 100
"""Fewer units of an arm than these bound nothing: intervals are by the central limit theorem. With these, tests of 50
units a day give no more false alarms than large ones (bench/experiments)."""

_TINY = 1e-12


def bound(n: int, n_planned: float, alpha: float) -> float:
    """By how many standard errors a mean of n may be over the truth, at whatever n it is looked at.

    With S the sum of n standardised values, mixing exp(l S - l^2 n / 2) over half-normal l of variance r gives a
    martingale that reaches 1 / alpha with probability alpha or less (Ville); solved for S / sqrt(n), that is this.

    Args:
        n: Values so far, 1 or more.
        n_planned: Of how many the bound is to be tightest.
        alpha: Probability, under 0.5, of being over it at any time.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Time-uniform central limit theory and asymptotic confidence
    sequences, for one side; Robbins (1970), Statistical methods related to the law of the iterated logarithm.
    """
    growth = _growth(n, n_planned, alpha)
    return math.sqrt(2 * growth / (growth - 1) * math.log1p(math.sqrt(growth) / (2 * alpha)))


def p_value(n_errors: float, n: int, n_planned: float, alpha: float) -> float:
    """Reaches any p with probability p or less, at whatever n it is looked at, where the truth is 0 or under it.

    The inverse of the martingale of `bound`: under alpha where, and only where, the mean is over its bound.

    Args:
        n_errors: Standard errors that the mean of n is over 0; 0 or more.
        n: Values so far, 1 or more.
        n_planned: Of how many the bound is to be tightest.
        alpha: For which it is to be.
    """
    growth = _growth(n, n_planned, alpha)
    exponent = n_errors * n_errors * (growth - 1) / (2 * growth)
    return min(1.0, math.exp(-exponent) * math.sqrt(growth) / 2 / max(-math.expm1(-exponent), _TINY))


def difference_interval(pair: Pair, n_planned: int, alpha_low: float, alpha_high: float) -> Interval | None:
    """How much the arm's value differs from the control's; None while there are too few units.

    Units of both arms come one after the other; the arm's share of them is p. One unit's estimate of the difference is
    m1 - m0 + (x - m1) / p in the arm, m1 - m0 - (x - m0) / (1 - p) in the control: independent values with the mean
    wanted and the variance v1 / p + v0 / (1 - p), which by n is v1 / n1 + v0 / n0. So the two arms are one mean of
    n = n1 + n0 values, and the bound of one mean is the difference's. A ratio's variance is of its linear part.

    Args:
        pair: Both arms.
        n_planned: Units of both of which the interval is to be tightest.
        alpha_low: Probability that the truth is ever under it.
        alpha_high: Probability that the truth is ever over it.
    """
    if is_small(pair):
        return None
    error = math.sqrt(cautious_variance(pair))
    return Interval(
        pair.difference - bound(pair.n, n_planned, alpha_low) * error,
        pair.difference + bound(pair.n, n_planned, alpha_high) * error,
    )


def relative_interval(pair: Pair, n_planned: int, alpha_low: float, alpha_high: float) -> Interval | None:
    """The same as shares of the control's value; None while there are too few units, or where that may as well be 0.

    All d with which arm - (1 + d) control is within its own bounds of 0, so it holds 0 where the difference's does.
    Variances are the cautious ones.

    Args:
        pair: Both arms.
        n_planned: Units of both of which the interval is to be tightest.
        alpha_low: Probability that the truth is ever under it.
        alpha_high: Probability that the truth is ever over it.

    Fieller (1954), Some Problems in Interval Estimation.
    """
    if is_small(pair):
        return None
    low = fieller(pair, -bound(pair.n, n_planned, alpha_low))
    high = fieller(pair, bound(pair.n, n_planned, alpha_high))
    return None if low is None or high is None else Interval(low, high)


def fieller(pair: Pair, n_errors: float) -> float | None:
    """The relative difference that is so many standard errors over what was seen; None where the control's is no bound.

    Args:
        pair: Both arms.
        n_errors: Negative for the lower end.
    """
    control, arm = pair.control, pair.arm
    caution = cautious_variance(pair) / pair.variance if pair.variance else 0.0
    squared = n_errors * n_errors * caution
    of_control, of_arm = squared * control.variance / control.n, squared * arm.variance / arm.n
    base = control.value * control.value - of_control
    if control.value <= 0 or base <= 0:
        return None
    middle = arm.value * control.value
    root = math.sqrt(max(middle * middle - base * (arm.value * arm.value - of_arm), 0.0))
    return (middle + math.copysign(root, n_errors)) / base - 1


def cautious_variance(pair: Pair) -> float:
    """Of the difference: that of arms which are alike where it is more than that of arms which are not.

    A small arm that has seen no large order yet, or nobody leave, seems surer than it is. Where one unit in a thousand
    opts out and the control is a tenth, 24 % of equal tests would be stopped, and none are with this
    (bench/experiments). With equal weights both are the same.

    Args:
        pair: Both arms.
    """
    control, arm = pair.control, pair.arm
    alike = (control.n * control.variance + arm.n * arm.variance) / pair.n
    return max(pair.variance, alike / control.n + alike / arm.n)


def _growth(n: int, n_planned: float, alpha: float) -> float:
    two_sided = -2 * math.log(2 * alpha)
    return 1 + n * (two_sided + math.log1p(two_sided)) / n_planned


def is_small(pair: Pair) -> bool:
    """Whether there are too few units to say anything, or they are all alike."""
    return min(pair.control.n, pair.arm.n) < MIN_UNITS or not pair.variance
