import numpy as np
import pytest
from scipy.stats import betabinom, binom
from statsmodels.stats.gof import chisquare

from experiments.analysis.sample_ratio import (
    CONCENTRATION,
    THRESHOLD,
    always_valid_p_value,
    fixed_p_value,
    kept_shares,
    sample_ratios_of,
)
from experiments.analysis.sums import Served
from experiments.definition import Arm, Unit
from tests.experiments.analysis.summed import an_arm, counted
from tests.experiments.definitions import CONTROL, NEW, a_test


def test_chi_square_by_hand_and_by_statsmodels() -> None:
    # (480 - 500)^2 / 500 + (520 - 500)^2 / 500 = 1.6, with one degree of freedom.
    assert fixed_p_value((480, 520), (0.5, 0.5)) == pytest.approx(0.2059032, abs=1e-7)
    _, p_value = chisquare(np.array([480, 350, 210]), np.array([520.0, 312.0, 208.0]))
    assert fixed_p_value((480, 350, 210), (0.5, 0.3, 0.2)) == pytest.approx(p_value, rel=1e-9)


@pytest.mark.parametrize(
    ("n", "n_first", "share"), [(10_000, 5_300, 0.5), (20_000, 10_000, 0.5), (3_000, 400, 0.1), (20_000, 2_200, 0.1)]
)
def test_of_two_arms_the_always_valid_p_value_is_that_of_a_beta_prior(n: int, n_first: int, share: float) -> None:
    prior = CONCENTRATION * share, CONCENTRATION * (1 - share)
    factor = np.exp(betabinom.logpmf(n_first, n, *prior) - binom.logpmf(n_first, n, share))
    p_value = always_valid_p_value((n_first, n - n_first), (share, 1 - share))
    assert p_value == pytest.approx(min(1.0, 1 / factor), rel=1e-9)


@pytest.mark.parametrize(("n", "is_found"), [(2_000, False), (200_000, True)])
def test_three_of_a_hundred_units_lost_are_found_when_there_are_enough(n: int, is_found: bool) -> None:
    arms = an_arm("control", n // 2), an_arm("new", round(n / 2 * 0.97))
    (ratio,) = sample_ratios_of(a_test(), counted(*arms))
    assert ratio.is_broken is is_found


def test_a_hundred_looks_at_a_sound_test_call_it_broken_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(7)
    n_broken, n_by_chi_square = 0, 0
    for first in rng.binomial(500, 0.5, (300, 100)).cumsum(axis=1):
        splits = [(int(n), 500 * (day + 1) - int(n)) for day, n in enumerate(first)]
        n_broken += any(always_valid_p_value(split, (0.5, 0.5)) < 0.05 for split in splits)
        n_by_chi_square += any(fixed_p_value(split, (0.5, 0.5)) < 0.05 for split in splits[::10])
    assert n_broken / 300 < 0.05 < n_by_chi_square / 300


def test_shares_follow_weights() -> None:
    uneven = a_test(arms=(Arm("control", 90, "alias:champion"), Arm("new", 10, "alias:challenger")))
    (ratio,) = sample_ratios_of(uneven, counted(an_arm("control", 9_000), an_arm("new", 1_000)))
    assert ratio.expected == {"control": 0.9, "new": 0.1}
    assert (ratio.p_value, ratio.is_broken) == (1.0, False)


def test_who_left_was_given_an_arm_too() -> None:
    arms = an_arm("control", 100_000), an_arm("new", 97_000, n_left=3_000)
    (ratio,) = sample_ratios_of(a_test(), counted(*arms))
    assert ratio.observed == {"control": 100_000, "new": 100_000}


def test_a_loss_in_one_stratum_is_found_where_another_hides_it() -> None:
    arms = (
        an_arm("control", 200_000, n_units_by_tier={"history": 100_000, "none": 100_000}),
        an_arm("new", 200_000, n_units_by_tier={"history": 97_000, "none": 103_000}),
    )
    units, history, none = sample_ratios_of(a_test(), counted(*arms))
    assert [units.is_broken, history.is_broken, none.is_broken] == [False, True, True]
    assert history.threshold == none.threshold == THRESHOLD / 2


def test_answers_drawn_by_request_are_a_stratum() -> None:
    arms = [
        an_arm(name, 1_000, unmeasured=Served(n_answers=n), measured=Served(n_answers=n))
        for name, n in (("control", 100_000), ("new", 90_000))
    ]
    units, unmeasured = sample_ratios_of(a_test(), counted(*arms))
    assert [units.is_broken, unmeasured.is_broken] == [False, True]


def test_answers_that_may_be_measured_are_one_where_the_request_is_the_unit() -> None:
    arms = [an_arm(name, n, measured=Served(n_answers=n)) for name, n in (("control", 100_000), ("new", 90_000))]
    assert len(sample_ratios_of(a_test(unit=Unit.REQUEST), counted(*arms))) == 2
    assert len(sample_ratios_of(a_test(), counted(*arms))) == 1


def test_units_that_met_two_arms_leave_fewer_of_a_small_one() -> None:
    rng = np.random.default_rng(11)
    n_twice = 60_000
    once, twice = rng.random(100_000) < 0.1, rng.random((n_twice, 2)) < 0.1
    n_new = int(once.sum() + twice.all(axis=1).sum())
    n_crossed = int((twice.sum(axis=1) == 1).sum())
    arms = an_arm("control", 100_000 + n_twice - n_crossed - n_new), an_arm("new", n_new)
    uneven = a_test(arms=(Arm("control", 90, "alias:champion"), Arm("new", 10, "alias:challenger")))
    (blind,), (ratio,) = (sample_ratios_of(uneven, counted(*arms, n_crossed=n)) for n in (0, n_crossed))
    assert (blind.is_broken, ratio.is_broken) == (True, False)
    assert ratio.p_value > 0.01


def test_with_equal_weights_they_change_nothing() -> None:
    assert kept_shares((0.5, 0.5), 1_000, 200) == pytest.approx([0.5, 0.5])


def test_of_nothing_nothing_is_broken() -> None:
    (ratio,) = sample_ratios_of(a_test(arms=(CONTROL, NEW)), counted(an_arm("control", 0), an_arm("new", 0)))
    assert (ratio.p_value, ratio.is_broken) == (1.0, False)
