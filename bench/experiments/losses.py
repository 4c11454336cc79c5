"""How often a loss of one arm's units is found, and one of its impressions."""

import numpy as np

from experiments.analysis.reporting_rate import can_compare, reporting_p_values
from experiments.analysis.sample_ratio import THRESHOLD, always_valid_p_value, fixed_p_value
from experiments.analysis.sums import ArmCounts, Reports, Served

LOST = 0.03
"""Of one arm's units, or of its impressions."""
SIZES = (10_000, 30_000, 60_000, 100_000, 200_000, 400_000)
N_PEOPLE = (5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
SHARE_LAST = 0.4
"""Of pages that are a person's last: 2.5 of each, and of one in a hundred more than nine."""
BLOCKED, UNSEEN = 0.2, 0.05
"""Of people who let nothing be reported, and of others' pages that are not."""


def print_lost_units(n_tests: int, n_days: int, seed: int) -> None:
    """At what size a loss is noticed, and how often one that is none."""
    rng = np.random.default_rng(seed)
    print(f"| units of both arms, {LOST:.0%} of one arm's lost | chi-square, read once | always valid, at that size |")
    print("|---:|---:|---:|")
    for n in SIZES:
        drawn = rng.binomial(n, 0.5, n_tests)
        kept = np.stack([rng.binomial(drawn, 1 - LOST), n - drawn], axis=1)
        p_values = [[f(row.tolist(), (0.5, 0.5)) for f in (fixed_p_value, always_valid_p_value)] for row in kept]
        once, always = (np.array(p_values) < THRESHOLD).mean(axis=0)
        print(f"| {n:,} | {once:.1%} | {always:.1%} |")
    sound = rng.binomial(1_000, 0.5, (n_tests, n_days)).cumsum(axis=1)
    looked = [
        [always_valid_p_value((int(row[day]), 1_000 * (day + 1) - int(row[day])), (0.5, 0.5)) for day in range(n_days)]
        for row in sound
    ]
    print(
        f"\nNothing lost, 1,000 units a day: {(np.min(looked, axis=1) < THRESHOLD).mean():.2%} of tests called broken."
    )


def print_lost_impressions(n_tests: int, n_days: int, seed: int) -> None:
    """The same where people see several pages, and what is lost is impressions, so that hardly anybody is missing."""
    rng = np.random.default_rng(seed)
    print(
        f"| people of both arms, {LOST:.0%} of one arm's impressions lost | all told | not all | by units, all told |"
    )
    print("|---:|---:|---:|---:|")
    for n in N_PEOPLE:
        found = np.zeros(3)
        for _ in range(n_tests):
            all_told, not_all = (
                [_reported(rng, n // 2, is_all, lost) for lost in (0, LOST)] for is_all in (True, False)
            )
            found += _are_lost(all_told), _are_lost(not_all), _are_missing(all_told)
        print(f"| {n:,} | " + " | ".join(f"{share:.0%}" for share in found / n_tests) + " |")
    for is_all in (True, False):
        n_broken = sum(_is_ever_broken(rng, n_days, is_all) for _ in range(n_tests))
        told = "all told" if is_all else "not all"
        print(f"\nNothing lost, 500 people of an arm a day, {told}: {n_broken} of {n_tests:,} called broken.")


def _reported(rng: np.random.Generator, n: int, is_all: bool, lost: float) -> ArmCounts:
    """An arm of people who are answered several times."""
    answers = rng.geometric(SHARE_LAST, n)
    blocks, unseen = (0.0, 0.0) if is_all else (BLOCKED, UNSEEN)
    reports = np.where(rng.random(n) < blocks, 0, rng.binomial(answers, (1 - unseen) * (1 - lost)))
    n_seen = int((reports > 0).sum())
    seen = Reports(n_seen, int(reports.sum()), float((reports * reports).sum()))
    return ArmCounts("", n_seen, seen.n, {}, reports=seen, measured=Served(n_answers=int(answers.sum())))


def _are_lost(arms: list[ArmCounts]) -> bool:
    return can_compare(arms) and reporting_p_values(arms, THRESHOLD)[1] < THRESHOLD


def _are_missing(arms: list[ArmCounts]) -> bool:
    return always_valid_p_value([arm.n_units for arm in arms], (0.5, 0.5)) < THRESHOLD


def _is_ever_broken(rng: np.random.Generator, n_days: int, is_all: bool) -> bool:
    arms = [_reported(rng, 0, is_all, 0) for _ in range(2)]
    for _ in range(n_days):
        arms = [_together(arm, _reported(rng, 500, is_all, 0)) for arm in arms]
        if _are_lost(arms):
            return True
    return False


def _together(arm: ArmCounts, more: ArmCounts) -> ArmCounts:
    """With the people of one more day."""
    one, other = arm.reports, more.reports
    reports = Reports(one.n_people + other.n_people, one.n + other.n, one.n_squared + other.n_squared)
    answers = Served(n_answers=arm.measured.n_answers + more.measured.n_answers)
    return ArmCounts("", reports.n_people, reports.n, {}, reports=reports, measured=answers)
