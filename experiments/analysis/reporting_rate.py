"""Whether pages of every arm say as often that an answer was seen: where not, an arm's impressions are lost.

A unit is missing from the sample ratio only where all of its impressions are, so of people who see several pages hardly
any is. So what pages reported is compared with what servers answered, by arm: people are given arms by chance, so that
the same share of each arm's answers is seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import norm, t

from experiments.analysis.sequential import p_value
from experiments.analysis.sums import ArmCounts, Served

TOLERANCE = 0.005
"""Rates that are so far apart, as a share of the lower one, are no fault: some pages are left before a slower answer is
there. A sixth of a loss that has to be found."""
MIN_GROUPS = 30
"""Of 32 groups those with people enough to tell of, of each arm. While many are missing, those that are there are the
ones that happened to be answered much."""
TIGHTEST = 50_000
"""Answers of both arms at which a given difference is found soonest: about as many as it takes to find 3 % where one in
five reports nothing."""


def comparable(control: ArmCounts, others: Sequence[ArmCounts]) -> list[ArmCounts]:
    """The arms that can be compared with the control by now; none where servers were told of no report at all.

    Args:
        control: The arm compared with.
        others: The others.
    """
    enough = [arm for arm in others if _n_groups(arm.measured) >= MIN_GROUPS]
    is_told = any(sum(arm.measured.reports_by_group) for arm in (control, *others))
    return enough if is_told and _n_groups(control.measured) >= MIN_GROUPS else []


def reporting_p_values(
    control: ArmCounts, arms: Sequence[ArmCounts], n_others: int, level: float
) -> tuple[float, float]:
    """Probability of rates so far apart, read once, and at whatever time they are looked at.

    Of the control beside each of the arms the worst is taken, times as many as there are.

    Args:
        control: The arm compared with.
        arms: That can be compared with it by now, one at least.
        n_others: How many there are, sooner or later.
        level: Under which the second one is to be found.
    """
    n_sides = 2 * n_others
    once, always = [], []
    for arm in arms:
        n_errors = errors_apart(control, arm)
        once.append(float(norm.sf(n_errors)))
        n_answers = sum(control.measured.answers_by_group) + sum(arm.measured.answers_by_group)
        always.append(p_value(n_errors, n_answers, TIGHTEST, level / n_sides))
    return min(1.0, n_sides * min(once)), min(1.0, n_sides * min(always))


def errors_apart(one: ArmCounts, other: ArmCounts) -> float:
    """By how many standard errors the rates of two arms are further apart than they may be; 0 where they are not.

    Of the logarithms of both rates, by the delta method, and by the more cautious of two variances. As errors are
    estimated from few groups, it is the number of normal errors that is as improbable as what is found is by Student's
    t.

    Args:
        one: An arm with answers, compared with the other either way.
        other: Another.
    """
    rates = _rate(one.measured), _rate(other.measured)
    apart = abs(rates[0].log - rates[1].log) - math.log1p(TOLERANCE)
    if apart <= 0:
        return 0.0
    variance = sum(rate.variance for rate in rates)
    if not variance:
        return math.inf
    freedom = variance**2 / sum(rate.variance**2 / (rate.n_groups - 1) for rate in rates)
    return float(norm.isf(t.sf(apart / math.sqrt(max(variance, _alike(*rates))), freedom)))


def _alike(one: "_Rate", other: "_Rate") -> float:
    """The variance if answers of both arms were alike: a small arm that has met none of the few who ask for much and
    report nothing seems surer than it is, as in experiments.analysis.sequential.cautious_variance."""
    n_answers = one.n_answers, other.n_answers
    of_one_answer = (one.variance * n_answers[0] ** 2 + other.variance * n_answers[1] ** 2) / sum(n_answers)
    return of_one_answer / n_answers[0] + of_one_answer / n_answers[1]


@dataclass(frozen=True, slots=True)
class _Rate:
    """Reports of each answer.

    Attributes:
        log: Its logarithm.
        variance: Of that.
        n_groups: That it was estimated from.
        n_answers: Of these groups.
    """

    log: float
    variance: float
    n_groups: int
    n_answers: int


def _rate(served: Served) -> _Rate:
    """With q the rate, a group's reports less q times its answers are off 0 by chance alone. Groups are independent, so
    their mean square is the variance, whatever people are like and however alike one person's pages are.

    Of an arm without any report it is as if there were one.

    Wolter (2007), Introduction to Variance Estimation, chapter 2, The Method of Random Groups.
    """
    groups = [
        (answers, reports)
        for answers, reports in zip(served.answers_by_group, served.reports_by_group, strict=True)
        if answers
    ]
    n, n_answers = len(groups), sum(answers for answers, _ in groups)
    n_reports = max(sum(reports for _, reports in groups), 1)
    rate = n_reports / n_answers
    squares = sum((reports - rate * answers) ** 2 for answers, reports in groups)
    return _Rate(math.log(rate), squares * n / (n - 1) / n_reports**2, n, n_answers)


def _n_groups(served: Served) -> int:
    return sum(1 for answers in served.answers_by_group if answers)
