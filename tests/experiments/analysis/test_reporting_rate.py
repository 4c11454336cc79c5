import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from experiments.analysis.judgement import Outcome, judge
from experiments.analysis.reporting_rate import (
    REPEATED,
    TIGHTEST,
    TOLERANCE,
    can_compare,
    errors_apart,
    reporting_p_values,
)
from experiments.analysis.sample_ratio import REPORTS, THRESHOLD, sample_ratios_of
from experiments.analysis.sequential import bound
from experiments.analysis.sums import ArmCounts, Reports, Served
from experiments.definition import Arm
from tests.experiments.analysis.summed import an_arm, counted
from tests.experiments.definitions import CONTROL, HOLDOUT, NEW, a_test

Whole = NDArray[np.int64]
World = Callable[[np.random.Generator, Whole], Whole]
ALPHA, N_DAYS, N_PEOPLE = 0.05, 20, 300


def reported(arm: str, answers: Whole, reports: Whole, **more: Any) -> ArmCounts:
    """An arm by each person's answers and reports."""
    seen = Reports(int((reports > 0).sum()), int(reports.sum()), float((reports * reports).sum()))
    return an_arm(arm, seen.n_people, reports=seen, measured=Served(n_answers=int(answers.sum())), **more)


def of_each(arm: str, n_people: int, each: int, share: float = 1.0, **more: Any) -> ArmCounts:
    """People who were each answered as often, a share of whose answers were reported, as evenly as can be."""
    n = round(n_people * each * share)
    reports = Reports(n_people, n, n * n / n_people)
    return an_arm(arm, n_people, reports=reports, measured=Served(n_answers=n_people * each), **more)


def is_broken(*arms: ArmCounts) -> bool:
    """What a test of them is called for what its pages reported."""
    *_, ratio = sample_ratios_of(a_test(), counted(*arms))
    assert ratio.of == REPORTS
    return ratio.is_broken


def test_errors_by_hand() -> None:
    # 2,000 answers each. 1,900 reports by 1,000 people with a mean square of 4; the other arm 1,600, mean square 3.2.
    # 1 - 0.95^2 = 0.0975 is under a tenth, so 0.1 * 4,000 / 1,900^2; 1 - 0.8^2 = 0.36, so 0.36 * 3,200 / 1,600^2.
    arms = (
        an_arm(name, 1_000, reports=Reports(1_000, n, squares), measured=Served(n_answers=2_000))
        for name, n, squares in (("control", 1_900, 4_000.0), ("new", 1_600, 3_200.0))
    )
    apart = math.log(1_900 / 1_600) - math.log(1.005)
    assert (REPEATED, TOLERANCE) == (0.1, 0.005)
    assert errors_apart(*arms) == pytest.approx(apart / math.sqrt(400 / 1_900**2 + 1_152 / 1_600**2), rel=1e-12)


def test_it_is_broken_where_the_bound_of_both_sides_is_crossed() -> None:
    arms = of_each("control", 3_000, 2), of_each("new", 3_000, 2, 0.95)
    n_errors = errors_apart(*arms)
    once, always = reporting_p_values(arms, THRESHOLD)
    assert once == pytest.approx(2 * norm.sf(n_errors), rel=1e-9)
    assert bound(6_000, TIGHTEST, always / 2) != pytest.approx(n_errors)
    assert (always < THRESHOLD) == (n_errors > bound(6_000, TIGHTEST, THRESHOLD / 2))


def test_three_of_a_hundred_impressions_lost_are_found_though_no_unit_is() -> None:
    rng = np.random.default_rng(1)
    answers = np.full(15_000, 3)
    lost = rng.binomial(answers, 0.97)
    arms = reported("control", answers, answers), reported("new", answers, lost)
    test, counts = a_test(), counted(*arms)
    units, reports = sample_ratios_of(test, counts)
    assert [units.is_broken, reports.is_broken] == [False, True]
    assert judge(test, counts).outcome == Outcome.BROKEN


@pytest.mark.parametrize("loser", ["control", "one", "other"])
def test_whichever_arm_loses_them(loser: str) -> None:
    names = "control", "one", "other"
    test = a_test(arms=tuple(Arm(name, 1, "alias:champion") for name in names), control="control")
    arms = (of_each(name, 30_000, 2, 0.97 if name == loser else 1.0) for name in names)
    *_, ratio = sample_ratios_of(test, counted(*arms))
    assert ratio.is_broken
    assert sum(ratio.expected.values()) == pytest.approx(1)


def test_the_control_is_compared_with_each_other_arm_wherever_it_stands() -> None:
    test = a_test(arms=(NEW, CONTROL, Arm("other", 1, "version:3")), control="control")
    # Each is 2 % from the control, and they are 4 % from each other.
    shares = {"new": 0.98, "control": 0.96, "other": 0.94}
    arms = [of_each(name, 4_000, 2, share) for name, share in shares.items()]
    *_, ratio = sample_ratios_of(test, counted(*arms))
    once, always = reporting_p_values([arms[1], arms[0], arms[2]], THRESHOLD)
    assert (ratio.p_value, ratio.always_valid_p_value) == (once, always)
    assert once > reporting_p_values(arms, THRESHOLD)[0]


def test_a_holdout_is_held_to_the_same_rate() -> None:
    test = a_test(arms=(CONTROL, HOLDOUT))
    arms = of_each("control", 20_000, 2), of_each("holdout", 20_000, 2, 0.9)
    *_, ratio = sample_ratios_of(test, counted(*arms))
    assert ratio.is_broken


def test_a_loss_of_all_arms_alike_is_none() -> None:
    assert not is_broken(of_each("control", 200_000, 2, 0.6), of_each("new", 200_000, 2, 0.6))


def test_rates_within_the_tolerance_are_no_fault_however_many_there_are() -> None:
    # One in 2,000 less than the tolerance, which would be nine standard errors of the difference.
    share = 1 / (1 + TOLERANCE) + 0.0005
    assert not is_broken(of_each("control", 20_000_000, 2), of_each("new", 20_000_000, 2, share))
    assert is_broken(of_each("control", 20_000_000, 2), of_each("new", 20_000_000, 2, share - 0.002))


def test_an_arm_that_drives_people_away_is_harmful_not_broken() -> None:
    stayed = of_each("new", 9_000, 2)
    answers = Served(n_answers=20_000)
    gone = an_arm("new", 9_000, reports=stayed.reports, measured=answers, n_left=1_000, n_left_reports=2_000)
    assert not is_broken(of_each("control", 10_000, 2), gone)
    assert is_broken(of_each("control", 10_000, 2), an_arm("new", 9_000, reports=stayed.reports, measured=answers))


def test_what_those_who_left_were_shown_is_known_however_much_it_was() -> None:
    stayed = of_each("new", 9_000, 2)
    for each in (1, 20):
        measured = Served(n_answers=18_000 + each * 1_000)
        gone = an_arm("new", 9_000, reports=stayed.reports, measured=measured, n_left_reports=each * 1_000)
        *_, ratio = sample_ratios_of(a_test(), counted(of_each("control", 10_000, 2), gone))
        assert (ratio.observed["new"], ratio.is_broken) == (18_000 + each * 1_000, False)


def test_a_loss_is_found_though_many_left() -> None:
    stayed = of_each("new", 18_000, 2, 0.97)
    measured = Served(n_answers=40_000)
    gone = an_arm("new", 18_000, reports=stayed.reports, measured=measured, n_left=2_000, n_left_reports=3_880)
    assert is_broken(of_each("control", 20_000, 2), gone)


def test_squares_of_those_who_left_are_in_proportion() -> None:
    all_there = of_each("new", 10_000, 2, 0.9)
    half = Reports(5_000, 9_000, all_there.reports.n_squared / 2)
    gone = an_arm("new", 5_000, reports=half, measured=all_there.measured, n_left_reports=9_000)
    control = of_each("control", 10_000, 2)
    assert errors_apart(control, gone) == pytest.approx(errors_apart(control, all_there), rel=1e-12)


def test_without_what_servers_counted_nothing_is_compared() -> None:
    arms = of_each("control", 1_000, 2), an_arm("new", 1_000, reports=Reports(1_000, 2_000, 4_000.0))
    assert not can_compare(arms)
    assert [ratio.of for ratio in sample_ratios_of(a_test(), counted(*arms))] == ["units"]


def test_fewer_than_a_hundred_people_say_nothing() -> None:
    assert not can_compare([of_each("control", 1_000, 2), of_each("new", 99, 2)])
    assert can_compare([of_each("control", 100, 2), of_each("new", 100, 2)])


def test_an_arm_of_which_nothing_is_reported_is_broken() -> None:
    silent = an_arm("new", 5_000, reports=Reports(5_000, 0, 0.0), measured=Served(n_answers=10_000))
    assert is_broken(of_each("control", 5_000, 2), silent)


def _all(rng: np.random.Generator, answers: Whole) -> Whole:
    return answers


def _blocked(rng: np.random.Generator, answers: Whole) -> Whole:
    """One in five lets nothing be reported at all, of others one page in twenty is not."""
    return np.where(rng.random(answers.size) < 0.8, rng.binomial(answers, 0.95), 0)


def _scrolled(rng: np.random.Generator, answers: Whole) -> Whole:
    """Some people see the place on most pages, some on hardly any."""
    return rng.binomial(answers, rng.beta(3, 2, answers.size))


def _told_twice(rng: np.random.Generator, answers: Whole) -> Whole:
    """One page in twenty is lost, one in twenty is told twice."""
    seen = rng.binomial(answers, 0.95)
    return seen + rng.binomial(seen, 0.05)


def _reused(rng: np.random.Generator, answers: Whole) -> Whole:
    """A storefront shows an answer on several pages."""
    return rng.poisson(3 * answers)


WORLDS = [_all, _blocked, _scrolled, _told_twice, _reused]


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("spread", [0.3, 1.3])
def test_a_sound_test_looked_at_every_day_is_hardly_ever_called_broken(world: World, spread: float) -> None:
    found = [_alarm(np.random.default_rng([5, seed]), world, spread) for seed in range(100)]
    assert sum(found) / len(found) <= ALPHA


def test_were_a_persons_answers_taken_to_be_unlike_sound_tests_would_be_called_broken() -> None:
    found = [_alarm(np.random.default_rng([6, seed]), _blocked, 1.3, are_alike=False) for seed in range(100)]
    assert sum(found) / len(found) > 2 * ALPHA


def _alarm(rng: np.random.Generator, world: World, spread: float, *, are_alike: bool = True) -> bool:
    """Whether a sound test is called broken on any day."""
    days = []
    for _ in range(2):
        answers = 1 + np.floor(rng.lognormal(0.0, spread, (N_DAYS, N_PEOPLE))).astype(np.int64)
        days.append((answers, world(rng, answers.ravel()).reshape(answers.shape)))
    for day in range(1, N_DAYS + 1):
        arms = [reported(f"{n}", answers[:day], reports[:day]) for n, (answers, reports) in enumerate(days)]
        if not are_alike:
            arms = [replace(arm, reports=replace(arm.reports, n_squared=float(arm.reports.n))) for arm in arms]
        if reporting_p_values(arms, ALPHA)[1] < ALPHA:
            return True
    return False
