import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from experiments.analysis.estimates import Estimate, Pair, pair_of_sums
from experiments.analysis.power import TIGHTEST_AT
from experiments.analysis.sequential import (
    MIN_UNITS,
    bound,
    cautious_variance,
    difference_interval,
    fieller,
    p_value,
    relative_interval,
)
from tests.experiments.analysis.summed import shares

PAIR = pair_of_sums(shares(4_000, 480), shares(4_000, 560))


def test_the_bound_by_hand() -> None:
    # alpha 0.025: -2 ln 0.05 = 5.99146, ln 6.99146 = 1.94469, so the growth at the planned size is 8.93615;
    # 2 * 8.93615 / 7.93615 * ln(1 + sqrt(8.93615) / 0.05) = 2.252011 * 4.107373 = 9.249849.
    assert bound(1_000, 1_000, 0.025) == pytest.approx(math.sqrt(9.249849), abs=1e-5)


@pytest.mark.parametrize("n", [10, 1_000, 100_000])
@pytest.mark.parametrize("alpha", [0.001, 0.025])
def test_at_the_bound_the_martingale_has_reached_one_by_alpha_and_not_much_more(n: int, alpha: float) -> None:
    two_sided = -2 * math.log(2 * alpha)
    spread = math.sqrt((two_sided + math.log1p(two_sided)) / 1_000)
    total = bound(n, 1_000, alpha) * math.sqrt(n)

    def mixed(x: float) -> float:
        return math.exp(x * total - x * x * n / 2) * 2 * float(norm.pdf(x, scale=spread))

    peak = total / (n + 1 / spread**2)
    reached, _ = quad(mixed, 0, 10 * spread + peak, points=[peak], limit=500)
    assert 1 / alpha <= reached <= 1.1 / alpha


def test_the_bound_is_wider_than_that_of_a_test_read_once_but_not_by_two() -> None:
    assert norm.isf(0.025) < bound(1_000, 1_000, 0.025) < 2 * norm.isf(0.025)


@pytest.mark.parametrize("n", [10, 1_000, 100_000])
@pytest.mark.parametrize("alpha", [0.0001, 0.001, 0.2])
def test_at_the_bound_the_p_value_is_alpha(n: int, alpha: float) -> None:
    assert p_value(bound(n, 1_000, alpha), n, 1_000, alpha) == pytest.approx(alpha, rel=1e-9)


def test_no_error_and_every_error_have_p_values() -> None:
    assert (p_value(0.0, 100, 1_000, 0.05), p_value(math.inf, 100, 1_000, 0.05)) == (1.0, 0.0)


def test_the_interval_is_tightest_around_the_size_planned() -> None:
    sizes = [1_000, 10_000, 100_000]
    assert min(sizes, key=lambda n: bound(n, 10_000, 0.025)) == 10_000


def test_two_arms_are_one_mean_of_all_their_units() -> None:
    found = difference_interval(PAIR, 8_000, 0.025, 0.025)
    half = bound(8_000, 8_000, 0.025) * math.sqrt((0.12 * 0.88 + 0.14 * 0.86) / 3_999)
    assert found == pytest.approx((0.02 - half, 0.02 + half), abs=1e-12)


def test_each_end_has_an_alpha_of_its_own() -> None:
    even, uneven = difference_interval(PAIR, 8_000, 0.025, 0.025), difference_interval(PAIR, 8_000, 0.025, 0.001)
    assert even
    assert uneven
    assert even.low == uneven.low
    assert even.high < uneven.high


def test_too_few_units_bound_nothing() -> None:
    few, enough = (pair_of_sums(shares(5_000, 500), shares(n, n // 10)) for n in (MIN_UNITS - 1, MIN_UNITS))
    assert difference_interval(few, 8_000, 0.025, 0.025) is None
    assert relative_interval(few, 8_000, 0.025, 0.025) is None
    assert difference_interval(enough, 8_000, 0.025, 0.025) is not None


@pytest.mark.parametrize("n_errors", [-3.0, 2.0])
def test_an_end_of_the_relative_interval_is_so_many_errors_from_what_was_seen(n_errors: float) -> None:
    relative = fieller(PAIR, n_errors)
    assert relative is not None
    contrast = PAIR.arm.value - (1 + relative) * PAIR.control.value
    error = math.sqrt(PAIR.arm.variance / 4_000 + (1 + relative) ** 2 * PAIR.control.variance / 4_000)
    assert contrast / error == pytest.approx(-n_errors, abs=1e-9)


@pytest.mark.parametrize("n_of_them", range(440, 640, 20))
def test_the_relative_interval_holds_nothing_where_the_other_does(n_of_them: int) -> None:
    pair = pair_of_sums(shares(4_000, 480), shares(4_000, n_of_them))
    relative, difference = relative_interval(pair, 8_000, 0.025, 0.01), difference_interval(pair, 8_000, 0.025, 0.01)
    assert relative
    assert difference
    assert np.sign(relative) == pytest.approx(np.sign(difference))


def test_a_control_that_may_be_nothing_bounds_no_share_of_it() -> None:
    assert relative_interval(pair_of_sums(shares(4_000, 2), shares(4_000, 20)), 8_000, 0.025, 0.025) is None


def test_a_small_arm_that_saw_nobody_leave_is_no_surer_than_the_large_one() -> None:
    pair = pair_of_sums(shares(9_000, 18), shares(1_000, 0))
    assert pair.variance < cautious_variance(pair) / 4
    assert cautious_variance(pair) == pytest.approx((0.9 * pair.control.variance) * (1 / 9_000 + 1 / 1_000), rel=1e-12)


def test_with_equal_weights_caution_costs_nothing() -> None:
    pair = Pair(Estimate(1_000, 0.1, 0.09), Estimate(1_000, 0.2, 0.16))
    assert cautious_variance(pair) == pytest.approx(pair.variance, rel=1e-12)


@pytest.mark.parametrize("n_days_in", [1, 15, 28])
def test_what_units_do_days_after_they_came_is_no_more_often_a_false_alarm(n_days_in: int) -> None:
    n_days, n_planned = 28, 28_000
    n_ripening = n_days - n_days_in + 1
    came = np.repeat([1.0, 0.0], [n_days_in, n_days - n_days_in])
    done = np.convolve(came, np.full(n_ripening, 1 / n_ripening))[:n_days]
    steps = np.random.default_rng(2).normal(size=(10_000, n_days)) * np.sqrt(done)
    errors = steps.cumsum(axis=1) / np.sqrt(done.cumsum())
    n = n_planned / n_days_in * came.cumsum()
    bounds = [bound(round(units), TIGHTEST_AT * n_planned, 0.025) for units in n]
    assert (errors > bounds).any(axis=1).mean() < 0.025
    assert (errors > 1.96).any(axis=1).mean() > 0.1
