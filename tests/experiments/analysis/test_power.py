import math
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.power import NormalIndPower

from experiments.analysis.estimates import Estimate, Pair, pair_of_sums
from experiments.analysis.power import TIGHTEST_AT, n_always_valid, n_fixed, n_planned, plans_of
from experiments.analysis.sequential import bound
from experiments.definition import Arm, Metric
from tests.experiments.analysis.summed import an_arm, buyers, counted, shares, summed
from tests.experiments.definitions import CONTROL, NEW, a_test

PAIR = Pair(Estimate(1, 0.1, 0.09), Estimate(1, 0.1, 0.09))
LAST = date(2026, 12, 10)


def test_units_by_hand() -> None:
    # (1.959964 + 0.841621)^2 * 0.09 * (2 + 2 * 1.05) / (0.1 * 0.05)^2
    assert n_fixed(PAIR, a_test(smallest_effect=0.05), 0.5) == pytest.approx(115_849.4, abs=1)


@pytest.mark.parametrize(("share", "power", "alpha"), [(0.5, 0.8, 0.05), (0.1, 0.9, 0.01), (0.75, 0.5, 0.1)])
def test_units_agree_with_statsmodels(share: float, power: float, alpha: float) -> None:
    experiment = a_test(smallest_effect=0.05, alpha=alpha, power=power)
    # An arm that scatters 1.05 times as much tells as much as one with so many units less.
    ratio = share / (1 - share) / 1.05
    n_control = NormalIndPower().solve_power(
        effect_size=0.1 * 0.05 / 0.3, alpha=alpha / 2, power=power, ratio=ratio, alternative="larger"
    )
    assert n_fixed(PAIR, experiment, share) == pytest.approx(n_control / (1 - share), rel=1e-9)


def test_looking_every_day_takes_up_to_twice_the_units() -> None:
    experiment = a_test(smallest_effect=0.05)
    assert 1.5 < n_always_valid(PAIR, experiment, 0.5) / n_fixed(PAIR, experiment, 0.5) < 2.0


def test_what_units_did_before_makes_the_test_shorter() -> None:
    x, c = [0.0, 1.0, 2.0, 3.0] * 300, [0.1, 0.9, 2.2, 2.8] * 300
    plain, adjusted = (pair_of_sums(sums, sums) for sums in (summed(x), summed(x, 1.0, c)))
    assert n_fixed(adjusted, a_test(), 0.5) < 0.1 * n_fixed(plain, a_test(), 0.5)


def test_the_size_that_intervals_are_made_for_stays_the_same_from_day_to_day() -> None:
    days = [pair_of_sums(shares(n, round(0.1 * n)), shares(n, round(0.1 * n))) for n in (2_010, 4_020, 6_030)]
    planned = {n_planned(pair, a_test(), 0.5) for pair in days}
    assert len(planned) == 1
    assert math.log2(planned.pop()).is_integer()


def test_the_bound_is_tightest_at_half_of_the_planned_size() -> None:
    experiment = a_test()
    planned = n_always_valid(PAIR, experiment, 0.5)
    sizes = planned * np.linspace(0.1, 1.5, 141)
    tightest = n_planned(PAIR, experiment, 0.5)
    bounds = [bound(round(n), tightest, 0.025) for n in sizes]
    # A power of 2 is off by a factor of the root of 2 at most.
    assert sizes[np.argmin(bounds)] / planned == pytest.approx(0.5, rel=0.45)


@pytest.mark.parametrize("off", [2**-0.5, 1, 2**0.5])
def test_at_the_planned_size_the_power_is_what_was_wanted_wherever_the_power_of_2_is(off: float) -> None:
    experiment = a_test()
    planned = n_always_valid(PAIR, experiment, 0.5)
    wanted = experiment.smallest_effect * PAIR.control.value
    variance = PAIR.control.variance * (2 + 2 * (1 + experiment.smallest_effect))
    errors = wanted / math.sqrt(variance / planned)
    power = norm.cdf(errors - bound(round(planned), TIGHTEST_AT * off * planned, 0.025))
    assert power == pytest.approx(experiment.power, abs=0.01)


def test_an_effect_four_times_the_smallest_is_certain_with_fewer_units_than_where_the_bound_waits() -> None:
    planned = n_always_valid(PAIR, a_test(), 0.5)
    early = round(planned / 16)
    assert bound(early, TIGHTEST_AT * planned, 0.025) < 0.93 * bound(early, planned, 0.025)


def test_a_plan_counts_the_units_and_the_days_to_go() -> None:
    by_day = {LAST - timedelta(days=day): {Metric.BUYERS: shares(1_000, 100)} for day in range(9)}
    arms = [
        an_arm(name, 9_000, {Metric.BUYERS: shares(9_000, 900)}, metrics_by_day=by_day) for name in ("control", "new")
    ]
    (plan,) = plans_of(a_test(), counted(*arms, first_day=LAST - timedelta(days=8), last_day=LAST))
    assert (plan.n_so_far, plan.n_fixed, plan.units_per_day) == (18_000, 115_863, 2_000)
    assert plan.days_to_go_fixed == math.ceil((115_863 - 18_000) / 2_000)
    assert plan.days_to_go
    assert plan.n_always_valid
    assert plan.days_to_go == math.ceil((plan.n_always_valid - 18_000) / 2_000)


def test_days_of_a_week_ago_say_nothing_of_the_rate() -> None:
    by_day = {LAST - timedelta(days=day): {Metric.BUYERS: shares(70, 7)} for day in range(7)}
    by_day[LAST - timedelta(days=7)] = {Metric.BUYERS: shares(100_000, 10_000)}
    arms = [an_arm(name, 100_490, metrics_by_day=by_day) for name in ("control", "new")]
    (plan,) = plans_of(a_test(), counted(*arms, first_day=LAST - timedelta(days=7), last_day=LAST))
    assert plan.units_per_day == 140


def test_a_test_that_has_its_units_has_no_days_to_go() -> None:
    (plan,) = plans_of(a_test(smallest_effect=0.5), buyers((10_000, 1_000), (10_000, 1_000)))
    assert (plan.days_to_go, plan.days_to_go_fixed) == (0, 0)


def test_where_nobody_bought_yet_nobody_knows() -> None:
    (plan,) = plans_of(a_test(), buyers((1_000, 0), (1_000, 0)))
    assert (plan.n_fixed, plan.days_to_go) == (None, None)


def test_a_small_arm_takes_more_units() -> None:
    uneven = a_test(arms=(CONTROL, Arm("new", 5, NEW.reference)))
    (plan,), (even,) = (plans_of(test, buyers((1_000, 100), (1_000, 100))) for test in (uneven, a_test()))
    assert plan.n_fixed
    assert even.n_fixed
    assert plan.arm_share == pytest.approx(1 / 11)
    assert plan.n_fixed > 3 * even.n_fixed
