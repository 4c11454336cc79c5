"""Whether pages of every arm say as often that an answer was seen: where not, an arm's impressions are lost.

A unit is missing from the sample ratio only where all of its impressions are, so that of people who see several pages
hardly any is. So what pages reported is compared with what servers answered, by arm: of people drawn by chance each arm
has the same pages, so the same share of them is seen.
"""

import math
from collections.abc import Sequence

from scipy.stats import norm

from experiments.analysis.sequential import MIN_UNITS, p_value
from experiments.analysis.sums import ArmCounts

TOLERANCE = 0.005
"""Rates that are so far apart, as a share of the lower one, are no fault: some pages are left before a slower answer is
there. A sixth of a loss that has to be found."""
REPEATED = 0.1
"""Least share of the mean square of reports that is taken for chance. Where pages lose none and repeat none it is
none; where one in twenty is lost and one in twenty told twice, as by a carousel that comes into view again, this."""
TIGHTEST = 20_000
"""People of both arms at whom a given difference is found soonest: before, a sample ratio finds nothing either."""


def can_compare(arms: Sequence[ArmCounts]) -> bool:
    """Whether there is enough of every arm, and servers counted its answers.

    Args:
        arms: Of one test.
    """
    return len(arms) > 1 and all(arm.measured.n_answers and arm.reports.n_people >= MIN_UNITS for arm in arms)


def reporting_p_values(arms: Sequence[ArmCounts], threshold: float) -> tuple[float, float]:
    """Probability of rates so far apart, read once, and at whatever time they are looked at.

    Of the first arm beside each of the others the worst is taken, times as many as there are.

    Args:
        arms: That can be compared, the control first.
        threshold: Under which the second one is to be found.
    """
    control, *others = arms
    once, always = [], []
    for arm in others:
        n_errors = errors_apart(control, arm)
        n = control.reports.n_people + arm.reports.n_people
        once.append(float(norm.sf(n_errors)))
        always.append(p_value(n_errors, n, TIGHTEST, threshold / (2 * len(others))))
    n_sides = 2 * len(others)
    return min(1.0, n_sides * min(once)), min(1.0, n_sides * min(always))


def errors_apart(control: ArmCounts, arm: ArmCounts) -> float:
    """By how many standard errors two arms' rates are further apart than they may be; 0 where they are not.

    Of the logarithms of both rates, by the delta method.

    Args:
        control: The one.
        arm: The other.
    """
    apart = abs(math.log(_rate(arm) / _rate(control))) - math.log1p(TOLERANCE)
    error = math.sqrt(_log_variance(control) + _log_variance(arm))
    return max(apart, 0.0) / error


def n_reports(arm: ArmCounts) -> int:
    """Answers reported as seen, those of people who left since too.

    Args:
        arm: With what servers tallied.
    """
    return arm.reports.n + arm.n_left_reports


def _rate(arm: ArmCounts) -> float:
    """Reports of each answer; of none as if there were one."""
    return max(n_reports(arm), 1) / arm.measured.n_answers


def _log_variance(arm: ArmCounts) -> float:
    """Of the logarithm of the rate q: with A answers to a person and n reports of them that of the sum of n - qA.

    What each person was answered is not known, as servers count nobody. But where reports follow answers, so that
    E[n | A] = qA, the mean square of n - qA is E[n^2] - q^2 E[A^2], and where no answer is told twice, n <= A and that
    is at most (1 - q^2) E[n^2]. However alike a person's pages are, and however much people differ, it holds.

    Of those who left the sum of reports is known, and their squares are taken to be in proportion.
    """
    n, share = max(n_reports(arm), 1), _rate(arm)
    by_chance = 1.0 if share > 1 else max(1 - share * share, REPEATED)
    squares = arm.reports.n_squared * n / max(arm.reports.n, 1)
    return by_chance * max(squares, 1.0) / n**2
