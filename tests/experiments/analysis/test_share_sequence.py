import math

import numpy as np
import pytest

from experiments.analysis import sample_ratio, share_sequence
from experiments.analysis.share_sequence import share_interval, share_p_value


def test_the_p_value_is_that_of_the_sample_ratio_of_two_even_arms_but_for_the_prior(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(share_sequence, "CONCENTRATION", sample_ratio.CONCENTRATION)
    expected = sample_ratio.always_valid_p_value((230, 170), (0.5, 0.5))
    assert share_p_value(230, 170) == pytest.approx(expected, abs=1e-9)


def test_a_share_is_in_the_interval_exactly_while_its_own_p_value_is_not_below_alpha() -> None:
    interval = share_interval(320, 200, 0.05)
    assert interval is not None
    assert interval.low < 320 / 520 < interval.high
    for n_first in range(240, 281):
        of_half = share_interval(n_first, 520 - n_first, 0.05)
        assert of_half is not None
        assert (of_half.low <= 0.5 <= of_half.high) == (share_p_value(n_first, 520 - n_first) >= 0.05)


def test_the_ends_are_as_likely_as_alpha_says() -> None:
    low, high = share_interval(70, 30, 0.05) or (math.nan, math.nan)
    for end in (low, high):
        # By the definition: posterior over prior density at the end is alpha, Beta(82, 42) over Beta(12, 12).
        log_ratio = 70 * math.log(end) + 30 * math.log(1 - end) + math.lgamma(124) - math.lgamma(82) - math.lgamma(42)
        log_ratio -= math.lgamma(24) - 2 * math.lgamma(12)
        assert math.exp(log_ratio) == pytest.approx(0.05, rel=1e-6)


def test_of_no_units_nothing_is_known_and_of_few_hardly_anything() -> None:
    assert share_interval(0, 0, 0.05) is None
    assert share_p_value(0, 0) == 1
    assert share_interval(1, 0, 0.05) == pytest.approx((0.0, 1.0), abs=0.03)


def test_looked_at_after_every_unit_an_even_share_is_called_uneven_in_fewer_than_alpha_of_all_tests() -> None:
    random = np.random.default_rng(4)
    ever = 0
    for _ in range(400):
        firsts = np.cumsum(random.random(1_500) < 0.5)
        ever += any(share_p_value(int(firsts[n - 1]), n - int(firsts[n - 1])) < 0.05 for n in range(25, 1_501, 25))
    # 20 expected at the most; more than 33 would be so once in 500 times at a rate of 5 %.
    assert ever <= 33
