import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm, t, ttest_ind

from experiments.analysis.judgement import Outcome, judge
from experiments.analysis.reporting_rate import (
    MIN_GROUPS,
    TIGHTEST,
    TOLERANCE,
    comparable,
    errors_apart,
    reporting_p_values,
)
from experiments.analysis.sample_ratio import REPORTS, THRESHOLD, sample_ratios_of
from experiments.analysis.sequential import bound
from experiments.analysis.sums import ArmCounts, Served
from experiments.definition import Arm, Unit
from tests.experiments.analysis.summed import an_arm, counted
from tests.experiments.definitions import CONTROL, HOLDOUT, NEW, a_test

Whole = NDArray[np.int64]
World = Callable[[np.random.Generator, int], tuple[Whole, Whole]]
N_GROUPS = 32


def by_group(arm: str, answers: Whole, reports: Whole, **more: Any) -> ArmCounts:
    """An arm by each group's answers and reports."""
    served = Served(
        n_answers=int(answers.sum()),
        answers_by_group=tuple(answers.tolist()),
        reports_by_group=tuple(reports.tolist()),
    )
    return an_arm(arm, 10_000, measured=served, **more)


def of_people(arm: str, answers: Whole, reports: Whole, seed: int = 0) -> ArmCounts:
    """An arm by each person's answers and reports, who are in groups by chance."""
    group = np.random.default_rng([seed, len(arm)]).integers(0, N_GROUPS, answers.size)
    return by_group(arm, *(np.bincount(group, of, N_GROUPS).astype(np.int64) for of in (answers, reports)))


def lossy(arm: str, n_people: int, lost: float, *, each: int = 3, seed: int = 1) -> ArmCounts:
    """People who see as many pages each, of which a share is not reported."""
    rng, answers = np.random.default_rng([seed, n_people, len(arm)]), np.full(n_people, each)
    return of_people(arm, answers, rng.binomial(answers, 1 - lost))


def is_broken(*arms: ArmCounts) -> bool:
    """What a test of them is called for what its pages reported."""
    *_, ratio = sample_ratios_of(a_test(), counted(*arms))
    assert ratio.of == REPORTS
    return ratio.is_broken


def test_errors_by_hand() -> None:
    # 16 groups of 100 answers. The control's report 90 and 94 in turn, q = 0.92: 16 * 2^2 * 16 / 15 = 68.27 by 1472^2.
    # The arm's report 78 and 82, q = 0.8: the same by 1280^2. Freedom of the two variances a and b: (a + b)^2 * 15 by
    # a^2 + b^2, which is 29.43.
    answers = np.full(16, 100)
    control = by_group("control", answers, np.tile([90, 94], 8))
    arm = by_group("new", answers, np.tile([78, 82], 8))
    variances = 64 * 16 / 15 / 1_472**2, 64 * 16 / 15 / 1_280**2
    freedom = sum(variances) ** 2 * 15 / sum(one**2 for one in variances)
    apart = math.log(0.92 / 0.8) - math.log(1.005)
    assert TOLERANCE == 0.005
    assert freedom == pytest.approx(29.43, abs=0.02)
    expected = norm.isf(t.sf(apart / math.sqrt(sum(variances)), freedom))
    assert errors_apart(control, arm) == pytest.approx(expected, rel=1e-12)
    assert errors_apart(arm, control) == errors_apart(control, arm)


def test_where_groups_have_as_many_answers_it_is_welchs_test_of_their_reports() -> None:
    rng = np.random.default_rng(4)
    answers = np.full(N_GROUPS, 1_000_000)
    reports = [rng.binomial(answers, share) for share in (0.5, 0.4999)]
    arms = [by_group(f"{number}", answers, of) for number, of in enumerate(reports)]
    # Rates this close have logarithms whose difference is that of the rates by the rate.
    apart = abs(math.log(reports[0].sum() / reports[1].sum()))
    welch = ttest_ind(*reports, equal_var=False)
    error = abs(reports[0].mean() - reports[1].mean()) / 500_000 / abs(welch.statistic)
    expected = max(apart - math.log1p(TOLERANCE), 0.0) / error
    assert errors_apart(*arms) == pytest.approx(expected, abs=1e-9) == 0.0
    wide = by_group("wide", answers, reports[1] - 20_000)
    assert errors_apart(arms[0], wide) > 10


@pytest.mark.parametrize("n_others", [1, 3])
def test_it_is_broken_where_and_only_where_the_bound_of_both_sides_is_crossed(n_others: int) -> None:
    level = THRESHOLD / (2 * n_others)
    found = set()
    for lost in np.linspace(0.01, 0.06, 26):
        control, arm = lossy("control", 1_000, 0.0), lossy("new", 1_000, float(lost))
        n_errors = errors_apart(control, arm)
        once, always = reporting_p_values(control, [arm], n_others, THRESHOLD)
        is_over = n_errors > bound(6_000, TIGHTEST, level)
        assert (always < THRESHOLD) is is_over
        assert once == pytest.approx(min(1.0, 2 * n_others * norm.sf(n_errors)))
        found.add(is_over)
    assert found == {True, False}


def test_three_of_a_hundred_impressions_lost_are_found_though_no_unit_is() -> None:
    arms = lossy("control", 5_000, 0.0), lossy("new", 5_000, 0.03)
    test, counts = a_test(), counted(*arms)
    units, reports = sample_ratios_of(test, counts)
    assert [units.is_broken, reports.is_broken] == [False, True]
    assert judge(test, counts).outcome == Outcome.BROKEN


@pytest.mark.parametrize("loser", ["control", "one", "other"])
def test_whichever_arm_loses_them(loser: str) -> None:
    names = "one", "control", "other"
    test = a_test(arms=tuple(Arm(name, 1, "alias:champion") for name in names), control="control")
    arms = [lossy(name, 6_000, 0.03 if name == loser else 0.0) for name in names]
    *_, ratio = sample_ratios_of(test, counted(*arms))
    assert ratio.is_broken
    assert ratio.threshold == THRESHOLD
    by_name = {arm.arm: arm for arm in arms}
    others = [by_name["one"], by_name["other"]]
    expected = reporting_p_values(by_name["control"], others, 2, THRESHOLD)
    assert (ratio.p_value, ratio.always_valid_p_value) == expected


def test_it_tells_answers_and_reports_of_groups_alone() -> None:
    control, arm = (
        by_group(name, np.full(N_GROUPS, each), np.full(N_GROUPS, each - 1), unmeasured=Served(n_answers=999))
        for name, each in (("control", 10), ("new", 30))
    )
    *_, ratio = sample_ratios_of(a_test(), counted(control, arm))
    assert ratio.answers == {"control": 320, "new": 960}
    assert ratio.observed == {"control": 288, "new": 928}
    assert ratio.expected == {"control": 0.25, "new": 0.75}


def test_a_holdout_is_held_to_the_same_rate() -> None:
    arms = lossy("control", 5_000, 0.0), lossy("holdout", 5_000, 0.1)
    *_, ratio = sample_ratios_of(a_test(arms=(CONTROL, HOLDOUT)), counted(*arms))
    assert ratio.is_broken


def test_a_small_arm_does_not_keep_others_from_being_compared() -> None:
    few = by_group("holdout", np.zeros(N_GROUPS, np.int64), np.zeros(N_GROUPS, np.int64))
    arms = lossy("control", 5_000, 0.0), lossy("new", 5_000, 0.05), few
    *_, ratio = sample_ratios_of(a_test(arms=(CONTROL, NEW, HOLDOUT)), counted(*arms))
    assert ratio.is_broken
    assert ratio.answers is not None
    assert ratio.answers["holdout"] == 0


def test_a_loss_of_all_arms_alike_is_none() -> None:
    assert not is_broken(lossy("control", 50_000, 0.4), lossy("new", 50_000, 0.4, seed=2))


def test_rates_within_the_tolerance_are_no_fault_however_many_there_are() -> None:
    answers = np.full(N_GROUPS, 100_000_000)
    rng = np.random.default_rng(3)
    full = rng.binomial(answers, 0.9)
    assert not is_broken(by_group("control", answers, full), by_group("new", answers, rng.binomial(answers, 0.8956)))
    assert is_broken(by_group("control", answers, full), by_group("new", answers, rng.binomial(answers, 0.8950)))


def test_an_arm_of_which_nothing_is_reported_is_broken() -> None:
    answers = np.full(N_GROUPS, 100)
    assert is_broken(by_group("control", answers, answers), by_group("new", answers, 0 * answers))


def test_where_servers_were_told_of_nothing_nothing_is_compared() -> None:
    answers = np.full(N_GROUPS, 100)
    arms = [by_group(name, answers, 0 * answers) for name in ("control", "new")]
    assert comparable(arms[0], arms[1:]) == []
    assert [ratio.of for ratio in sample_ratios_of(a_test(), counted(*arms))] == ["units"]


@pytest.mark.parametrize(("n_groups", "is_enough"), [(MIN_GROUPS - 1, False), (MIN_GROUPS, True)])
def test_few_groups_say_nothing(n_groups: int, is_enough: bool) -> None:
    answers = np.where(np.arange(N_GROUPS) < n_groups, 100, 0)
    full, few = lossy("control", 5_000, 0.0), by_group("new", answers, answers)
    assert bool(comparable(full, [few])) is is_enough
    assert bool(comparable(few, [full])) is is_enough


def test_servers_that_count_by_no_groups_are_not_compared() -> None:
    arms = [an_arm(name, 1_000, measured=Served(n_answers=1_000)) for name in ("control", "new")]
    assert [ratio.of for ratio in sample_ratios_of(a_test(unit=Unit.SHOPPER), counted(*arms))] == ["units"]


def _pages(rng: np.random.Generator, n: int, spread: float = 1.0) -> Whole:
    return 1 + np.floor(rng.lognormal(0.0, spread, n)).astype(np.int64)


def _all(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    answers = _pages(rng, n)
    return answers, answers


def _blocked(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    """One in five lets nothing be reported at all, of others one page in twenty is not."""
    answers = _pages(rng, n, 1.3)
    return answers, np.where(rng.random(n) < 0.8, rng.binomial(answers, 0.95), 0)


def _scrolled(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    """Some people see the place on most pages, some on hardly any."""
    answers = _pages(rng, n)
    return answers, rng.binomial(answers, rng.beta(3, 2, n))


def _told_twice(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    """One in five blocks; of others some tell each page twice, so that there are as many reports as answers."""
    answers = _pages(rng, n)
    return answers, np.where(rng.random(n) < 0.2, 0, answers * np.where(rng.random(n) < 0.25, 2, 1))


def _reused(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    """A storefront shows an answer on several pages."""
    answers = _pages(rng, n)
    return answers, rng.poisson(3 * answers)


def _crawled(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    """One in a thousand asks for 300 pages and reports none."""
    answers, crawls = _pages(rng, n), rng.random(n) < 0.001
    return np.where(crawls, 300, answers), np.where(crawls, 0, answers)


def _below_the_fold(rng: np.random.Generator, n: int) -> tuple[Whole, Whole]:
    """Who looks at much sees less of it."""
    looks_much = rng.random(n) < 0.05
    answers = np.where(looks_much, 20, _pages(rng, n))
    return answers, rng.binomial(answers, np.where(looks_much, 0.2, 0.95))


WORLDS = [_all, _blocked, _scrolled, _told_twice, _reused, _crawled, _below_the_fold]


@pytest.mark.parametrize("world", WORLDS)
def test_whatever_people_are_like_errors_are_those_of_chance(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.analysis.reporting_rate.TOLERANCE", 0.0)
    rng = np.random.default_rng(8)
    n_errors = []
    for test in range(400):
        arms = [of_people(arm, *world(rng, 3_000), seed=test) for arm in ("control", "new")]
        n_errors.append(errors_apart(*arms))
    # Of a normal error without its sign: the mean square is 1, and 4.6 % are over 2; none differ where all is told.
    if world is _all:
        assert n_errors == [0.0] * 400
    else:
        assert np.mean(np.square(n_errors)) == pytest.approx(1.0, abs=0.25)
        assert 0.02 < np.mean(np.asarray(n_errors) > 2) < 0.08


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_a_sound_test_looked_at_every_day_is_not_called_broken(world: World, share: float) -> None:
    assert not any(_alarms(np.random.default_rng([5, seed]), world, share) for seed in range(40))


def test_a_small_arm_is_no_surer_than_a_large_one() -> None:
    answers = np.full(N_GROUPS, 1_000)
    large = by_group("control", 10 * answers, 10 * answers - np.where(np.arange(N_GROUPS) % 8, 0, 2_000))
    small = by_group("new", answers, answers)
    # Both reported all; by itself each would be as sure as if nobody ever did otherwise.
    beside_large = errors_apart(large, by_group("new", 10 * answers, 10 * answers))
    assert 0 < errors_apart(large, small) == pytest.approx(beside_large / math.sqrt(10), rel=0.05)


def test_a_loss_alike_in_all_groups_is_beyond_chance() -> None:
    answers = np.full(N_GROUPS, 100)
    arms = by_group("control", answers, answers), by_group("new", answers, answers - 3)
    assert errors_apart(*arms) == math.inf
    assert reporting_p_values(arms[0], arms[1:], 1, THRESHOLD) == (0.0, 0.0)
    assert is_broken(*arms)


def test_groups_that_are_missing_are_no_groups_without_reports() -> None:
    answers = np.where(np.arange(N_GROUPS) < MIN_GROUPS, 100, 0)
    full = np.full(N_GROUPS, 100)
    assert errors_apart(by_group("control", full, full - 5), by_group("new", answers, answers - 5 * (answers > 0))) == 0


def test_the_level_is_shared_with_arms_that_cannot_be_compared_yet() -> None:
    few = by_group("holdout", np.zeros(N_GROUPS, np.int64), np.zeros(N_GROUPS, np.int64))
    arms = lossy("control", 5_000, 0.0), lossy("new", 5_000, 0.012)
    (*_, alone), (*_, beside) = (
        sample_ratios_of(a_test(arms=(CONTROL, NEW, *more)), counted(*arms, *counts))
        for more, counts in (((), ()), ((HOLDOUT,), (few,)))
    )
    assert 0 < alone.p_value < 1
    assert beside.p_value == pytest.approx(2 * alone.p_value)


def _alarms(rng: np.random.Generator, world: World, share: float) -> bool:
    """Whether a sound test is called broken on any of twenty days."""
    totals = np.zeros((2, 2, N_GROUPS), np.int64)
    for _ in range(20):
        for arm, n in enumerate((round(1_200 * (1 - share)), round(1_200 * share))):
            group = rng.integers(0, N_GROUPS, n)
            for kind, values in enumerate(world(rng, n)):
                totals[arm, kind] += np.bincount(group, values, N_GROUPS).astype(np.int64)
        control, new = (by_group(f"{arm}", *totals[arm]) for arm in range(2))
        if reporting_p_values(control, [new], 1, THRESHOLD)[1] < THRESHOLD:
            return True
    return False
