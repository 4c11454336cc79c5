"""How often an effect that is the smallest worth finding is found, and how often a guardrail seems harmed."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from bench.experiments.simulated import clickers, definition, looks, z_values
from experiments.analysis.estimates import Estimate, Pair, pair_of_sums
from experiments.analysis.judgement import Outcome, judge
from experiments.analysis.power import n_always_valid, n_fixed
from experiments.analysis.sequential import bound, difference_interval
from experiments.analysis.sums import MetricSums
from experiments.definition import Metric

SHARE = 0.12
"""Of units that click, where the effect is planted."""
N_LOOKS = 20
RARE = 0.001
"""Of units that opt out, where arms are as uneven as can be."""
HARM_ALPHA = 0.00625
"""Of each bound of harm with three guardrails."""


@dataclass(frozen=True, slots=True)
class Found:
    """How often the smallest effect worth finding is found where it is there.

    Attributes:
        n_fixed: Units of both arms planned, read once.
        fixed: Share of tests that found it with these.
        n_always_valid: Units planned, looked at every day.
        always_valid: Share of tests shipped by then.
        n_at_half: Units at which half of the tests were shipped.
    """

    n_fixed: int
    fixed: float
    n_always_valid: int
    always_valid: float
    n_at_half: float


def power(n_tests: int, seed: int) -> Found:
    """Of tests whose arm is better by the smallest effect.

    Args:
        n_tests: How many.
        seed: Of all chance.
    """
    rng = np.random.default_rng(seed)
    experiment = definition(Metric.CLICKERS)
    shares = SHARE, SHARE * (1 + experiment.smallest_effect)
    known = Pair(*(Estimate(1, share, share * (1 - share)) for share in shares))
    once, daily = round(n_fixed(known, experiment, 0.5)), round(n_always_valid(known, experiment, 0.5))
    ends = [clickers(rng, n_tests, 1, once // 2, share) for share in shares]
    is_found = z_values(*(days[Metric.CLICKERS] for days in ends))[:, -1] > ndtri(0.975)
    control, new = (clickers(rng, n_tests, N_LOOKS, daily // 2 // N_LOOKS, share) for share in shares)
    shipped_at = []
    for test in range(n_tests):
        for day, counts in enumerate(looks(control, new, test), start=1):
            if judge(experiment, counts).outcome == Outcome.SHIP:
                shipped_at.append(day * daily // N_LOOKS)
                break
    by_half = sorted(shipped_at)[n_tests // 2] if len(shipped_at) > n_tests // 2 else float("inf")
    return Found(once, float(is_found.mean()), daily, len(shipped_at) / n_tests, by_half)


def print_power(n_tests: int, seed: int) -> None:
    """What is promised, and what is found."""
    found = power(n_tests, seed)
    print(f"| {SHARE:.0%} click, {SHARE * 1.1:.1%} with the new model | units planned | found | half of them by |")
    print("|---|---:|---:|---:|")
    print(f"| read once | {found.n_fixed:,} | {found.fixed:.1%} | |")
    print(f"| judged {N_LOOKS} times | {found.n_always_valid:,} | {found.always_valid:.1%} | {found.n_at_half:,.0f} |")


def print_caution(n_tests: int, n_days: int, seed: int) -> None:
    """How often a guardrail of equal arms would seem harmed without the cautious variance, and with it."""
    rng = np.random.default_rng(seed)
    n = np.array([100, 900]) * (1 + np.arange(n_days))[:, None]
    left = rng.binomial([100, 900], RARE, (n_tests, n_days, 2)).cumsum(axis=1)
    alarms = np.zeros(2)
    for test in left:
        pairs = [
            pair_of_sums(*map(_shares, of_day, n_left))
            for of_day, n_left in zip(n.tolist(), test.tolist(), strict=True)
        ]
        plain = [p.difference > bound(p.n, int(n[-1].sum()), HARM_ALPHA) * p.variance**0.5 > 0 for p in pairs]
        found = [difference_interval(p, int(n[-1].sum()), HARM_ALPHA, HARM_ALPHA) for p in pairs]
        alarms += any(plain), any(interval is not None and interval.low > 0 for interval in found)
    plain_share, cautious_share = alarms / n_tests
    print(f"Weights of 1 to 9, {RARE:.1%} opt out: {plain_share:.1%} of equal tests would be stopped for that,")
    print(f"with the cautious variance {cautious_share:.1%}.")


def _shares(n: int, n_of_them: int) -> MetricSums:
    return MetricSums(n, n_of_them, n, n_of_them, n, n_of_them)
