import math

import numpy as np
import pytest
from scipy.stats import quantile_test

from experiments.analysis.quantiles import fixed_slow_difference, slow_difference, slow_ms
from experiments.analysis.sums import ArmCounts, Served
from tests.experiments.analysis.summed import an_arm

BOUNDS = (1.0, 2.0, 4.0, 8.0)


def timed(*buckets: int, n_units: int = 10_000) -> ArmCounts:
    served = Served(n_answers=sum(buckets), latency_buckets=buckets, latency_bounds_ms=BOUNDS)
    return an_arm("any", n_units, measured=served)


def in_milliseconds(times: np.ndarray, n_ms: int = 4_000) -> ArmCounts:
    """One bucket to each millisecond."""
    buckets = np.bincount(np.minimum(np.ceil(times).astype(int) - 1, n_ms), minlength=n_ms + 1)
    served = Served(
        n_answers=len(times),
        latency_buckets=tuple(buckets.tolist()),
        latency_bounds_ms=tuple(float(ms + 1) for ms in range(n_ms)),
    )
    return an_arm("any", len(times), measured=served)


def test_the_time_is_evenly_spread_within_its_bucket() -> None:
    # 90 of 100 lie 40 of 50 into the bucket of 2 to 4 milliseconds.
    assert slow_ms(timed(20, 30, 50, 0, 0).measured) == pytest.approx(2 + 2 * 40 / 50)


def test_beyond_the_last_bound_it_is_that_bound() -> None:
    assert slow_ms(timed(0, 0, 0, 50, 50).measured) == 8.0


def test_without_answers_there_is_none() -> None:
    assert slow_ms(Served()) is None


def test_the_interval_is_that_of_order_statistics() -> None:
    rng = np.random.default_rng(5)
    quick, slow = np.ceil(rng.gamma(4, 50, 3_000)), np.ceil(rng.gamma(4, 60, 2_000))
    found = fixed_slow_difference(in_milliseconds(quick), in_milliseconds(slow), 0.05)
    of_quick, of_slow = (
        quantile_test(times, p=0.9).confidence_interval(confidence_level=0.975) for times in (quick, slow)
    )
    assert found
    # A bucket says one millisecond too little at its low end, and order statistics next to each other may tie.
    assert found.low == pytest.approx(of_slow.low - of_quick.high, abs=3)
    assert found.high == pytest.approx(of_slow.high - of_quick.low, abs=3)


def test_slower_answers_are_found_at_every_look() -> None:
    quick, slow = timed(20_000, 50_000, 25_000, 5_000, 0), timed(20_000, 30_000, 30_000, 15_000, 5_000)
    found = slow_difference(quick, slow, 20_000, 0.01, 0.01)
    assert found
    assert found.low == 0.0
    slower = slow_difference(quick, timed(10_000, 10_000, 10_000, 30_000, 40_000), 20_000, 0.01, 0.01)
    assert slower
    assert (slower.low, slower.high) == (4.0, math.inf)


def test_the_interval_of_every_look_holds_that_of_one() -> None:
    rng = np.random.default_rng(6)
    arms = [in_milliseconds(rng.gamma(4, 50, 3_000)) for _ in range(2)]
    once, always = fixed_slow_difference(*arms, 0.05), slow_difference(*arms, 6_000, 0.025, 0.025)
    assert once
    assert always
    assert always.low < once.low < 0 < once.high < always.high


def test_answers_to_the_same_unit_make_nothing_surer() -> None:
    few = timed(2_000, 5_000, 2_500, 500, 0, n_units=200)
    many = timed(200_000, 500_000, 250_000, 50_000, 0, n_units=200)
    assert slow_difference(few, few, 400, 0.025, 0.025) == slow_difference(many, many, 400, 0.025, 0.025)


def test_too_few_units_bound_nothing() -> None:
    few = timed(10, 10, 10, 10, 0, n_units=99)
    assert slow_difference(few, timed(100, 100, 100, 100, 0), 1_000, 0.025, 0.025) is None
    assert fixed_slow_difference(few, timed(100, 100, 100, 100, 0), 0.05) is None
