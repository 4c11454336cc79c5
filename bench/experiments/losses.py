"""How often a loss of one arm's units is found, and one of its impressions."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.reporting_rate import comparable, reporting_p_values
from experiments.analysis.sample_ratio import THRESHOLD, always_valid_p_value, fixed_p_value
from experiments.analysis.sums import ArmCounts, Served
from service.core.groups import N_GROUPS

Whole = NDArray[np.int64]
World = Callable[[np.random.Generator, int], tuple[Whole, Whole]]

LOST = 0.03
"""Of one arm's units, or of its impressions."""
SIZES = (10_000, 30_000, 60_000, 100_000, 200_000, 400_000)
N_PEOPLE = (3_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
SHARE_LAST = 0.4
"""Of pages that are a person's last: 2.5 of each, and of one in a hundred more than nine."""
BLOCKED, UNSEEN = 0.2, 0.05
"""Of people who let nothing be reported, and of others' pages that are not."""
SPREAD = 1.3
"""Of the logarithm of how many pages people see where the place is below the fold, and three of five pages show it."""
CRAWLERS, CRAWLED = 0.001, 300
"""Of people who ask for so many pages and report none."""


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
        f"| people, {LOST:.0%} of one arm's impressions lost | {' | '.join(WORLDS)} | by units, {next(iter(WORLDS))} |"
    )
    print("|---:" * (len(WORLDS) + 2) + "|")
    for n in N_PEOPLE:
        found = np.zeros(len(WORLDS) + 1)
        for _ in range(n_tests):
            tests = [[_arm(rng, n // 2, world, lost) for lost in (0, LOST)] for world in WORLDS.values()]
            found += *map(_are_lost, tests), _are_missing(tests[0])
        print(f"| {n:,} | " + " | ".join(f"{share:.0%}" for share in found / n_tests) + " |")
    print()
    for name, world in WORLDS.items():
        n_broken = sum(_is_ever_broken(rng, n_days, world) for _ in range(n_tests))
        print(f"Nothing lost, 500 people of an arm on each of {n_days} days, {name}: {n_broken} of {n_tests:,} broken.")


def _all_told(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    answers = rng.geometric(SHARE_LAST, n)
    return answers, answers


def _some_block(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    answers = rng.geometric(SHARE_LAST, n)
    return answers, np.where(rng.random(n) < BLOCKED, 0, rng.binomial(answers, 1 - UNSEEN))


def _below_the_fold(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    answers = np.floor(1 + rng.lognormal(0, SPREAD, n)).astype(np.int64)
    return answers, rng.binomial(answers, rng.beta(3, 2, n))


def _some_crawl(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    answers, crawls = rng.geometric(SHARE_LAST, n), rng.random(n) < CRAWLERS
    return np.where(crawls, CRAWLED, answers), np.where(crawls, 0, answers)


WORLDS = {
    "all told": _all_told,
    "some block": _some_block,
    "below the fold": _below_the_fold,
    "some crawl": _some_crawl,
}
"""Answers and reports of each of so many people."""


def _arm(rng: np.random.Generator, n: int, world: World, lost: float) -> ArmCounts:
    answers, reports = world(rng, n)
    if lost:
        reports = rng.binomial(reports, 1 - lost)
    group = rng.integers(0, N_GROUPS, n)
    by_group = (tuple(np.bincount(group, of, N_GROUPS).astype(int).tolist()) for of in (answers, reports))
    return ArmCounts("", int((reports > 0).sum()), 0, {}, measured=Served(0, 0, (), 0.0, (), 0, 0, *by_group))


def _are_lost(arms: Sequence[ArmCounts]) -> bool:
    control, *others = arms
    found = comparable(control, others)
    return bool(found) and reporting_p_values(control, found, len(others), THRESHOLD)[1] < THRESHOLD


def _are_missing(arms: Sequence[ArmCounts]) -> bool:
    return always_valid_p_value([arm.n_units for arm in arms], (0.5, 0.5)) < THRESHOLD


def _is_ever_broken(rng: np.random.Generator, n_days: int, world: World) -> bool:
    arms = [_arm(rng, 0, world, 0) for _ in range(2)]
    for _ in range(n_days):
        new = [_arm(rng, 500, world, 0) for _ in arms]
        arms = [replace(arm, measured=arm.measured + more.measured) for arm, more in zip(arms, new, strict=True)]
        if _are_lost(arms):
            return True
    return False
