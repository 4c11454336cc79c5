"""Risk-coverage curves: hand-made ones, and what cannot be otherwise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.training.lists import shown
from training.risk_coverage import RiskCoverage, risk_coverage


def curve(score: NDArray[np.floating], hit: NDArray[np.bool_], seed: int = 0) -> RiskCoverage:
    return risk_coverage(shown(score, hit), n_bootstrap=200, seed=seed)


@pytest.fixture
def four_pages() -> RiskCoverage:
    """From the surest: a hit, nothing, a hit, nothing; the surest page shows two items, both bought."""
    score = np.array([[0.25, 0], [0.5, 0], [1, 0.125], [0.75, 0]])
    hit = np.array([[0, 0], [1, 0], [1, 1], [0, 0]])
    return curve(score, hit)


def at(measured: RiskCoverage, coverage: float, name: str = "hit_rate") -> float:
    place = int(np.argmin(np.abs(measured.coverage - coverage)))
    return float(getattr(measured, name)[place, 0])


def test_the_hit_rate_is_of_the_surest_pages(four_pages: RiskCoverage) -> None:
    rates = [at(four_pages, coverage) for coverage in (0.25, 0.5, 0.75, 1.0)]
    assert rates == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])


def test_precision_is_of_the_items_shown(four_pages: RiskCoverage) -> None:
    rates = [at(four_pages, coverage, "precision") for coverage in (0.25, 0.5, 0.75, 1.0)]
    assert rates == pytest.approx([1, 2 / 3, 3 / 4, 3 / 5])


def test_a_page_in_part_counts_in_part(four_pages: RiskCoverage) -> None:
    # 40 % of four pages are the surest one and six tenths of the next.
    assert at(four_pages, 0.4) == pytest.approx(1 / 1.6)


def test_the_gain_is_of_the_surer_half_over_all() -> None:
    score = np.array([[0.9], [0.8], [0.2], [0.1]])
    measured = curve(score, np.array([[1], [1], [1], [0]]))
    assert (measured.at_half.value, measured.overall.value) == (1, 0.75)
    assert measured.gain_at_half.value == pytest.approx(4 / 3)


def test_the_gain_of_items_is_of_the_surer_half_of_all_that_is_shown() -> None:
    # Both pages hold one of the two surest items: half of the items are shown on all of the pages.
    measured = curve(np.array([[0.9, 0.2], [0.8, 0.1]]), np.array([[1, 0], [1, 1]]))
    assert measured.item_gain_at_half.value == pytest.approx(1 / 0.75)
    assert measured.gain_at_half.value == 1


def test_the_area_is_the_mean_of_the_curve() -> None:
    measured = curve(np.array([[0.9], [0.1]]), np.array([[1], [0]]))
    # 1 up to half the pages, then 1/2 over the coverage.
    coverage = np.arange(1, 101) / 100
    assert measured.area.value == pytest.approx(np.minimum(1, 0.5 / coverage).mean())


def test_equally_sure_pages_are_answered_in_equal_parts() -> None:
    measured = curve(np.array([[0.5]] * 10), np.array([[1]] * 3 + [[0]] * 7))
    np.testing.assert_allclose(measured.hit_rate[:, 0], 0.3)
    assert measured.gain_at_half.value == pytest.approx(1)


def test_an_empty_list_is_the_least_sure() -> None:
    measured = curve(np.array([[0], [0.01]]), np.array([[0], [1]]))
    assert (measured.at_half.value, measured.overall.value) == (1, 0.5)


def test_without_a_hit_there_is_no_gain() -> None:
    assert curve(np.array([[0.5], [0.25]]), np.zeros((2, 1))).gain_at_half.value == 0


def test_confidence_that_means_nothing_gains_nothing_within_the_interval() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for seed in range(100):
        gain = curve(rng.random((200, 1)), rng.random((200, 1)) < 0.4, seed).gain_at_half
        inside += gain.low <= 1 <= gain.high
    assert inside >= 88  # 95 less three standard errors of 100 tries


@settings(max_examples=20)
@given(st.integers(0, 1_000))
def test_pages_in_any_order_give_the_same_curve(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score, hit = np.round(rng.random((30, 3)), 1), rng.random((30, 3)) < 0.3
    order = rng.permutation(30)
    np.testing.assert_allclose(
        curve(score, hit).hit_rate[:, 0], curve(score[order], hit[order]).hit_rate[:, 0], atol=1e-12
    )


def test_every_interval_holds_its_figure() -> None:
    rng = np.random.default_rng(0)
    measured = curve(rng.random((300, 2)) + 0.01, rng.random((300, 2)) < 0.3)
    for curve_of in (measured.hit_rate[20:], measured.precision[20:]):
        assert (curve_of[:, 1] <= curve_of[:, 0]).all()
        assert (curve_of[:, 0] <= curve_of[:, 2]).all()
