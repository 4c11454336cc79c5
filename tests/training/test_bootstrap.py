"""Intervals cover what they should, and draws are of whole clusters."""

import numpy as np
import pytest

from training.bootstrap import jackknife_half_width, percentile_interval, resampled_ratios


def mean_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    drawn = resampled_ratios(values[:, None], np.ones((len(values), 1)), n_bootstrap=400, seed=seed)
    return percentile_interval(drawn[:, 0])


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    intervals = [mean_interval(rng.normal(5, 2, 100), seed=seed) for seed in range(1_000)]
    covered = sum(low <= 5 <= high for low, high in intervals) / len(intervals)
    assert 0.925 <= covered <= 0.975  # 0.95 give or take 3.6 standard errors of 1,000 tries


def test_cases_of_one_cluster_are_no_independent_evidence() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=50)
    ones = np.ones((50, 1))
    once = resampled_ratios(values[:, None], ones, n_bootstrap=300, seed=1)
    four_times = resampled_ratios(4 * values[:, None], 4 * ones, n_bootstrap=300, seed=1)
    np.testing.assert_allclose(once, four_times)


def test_all_figures_see_the_same_draws() -> None:
    values = np.random.default_rng(0).normal(size=(50, 1))
    drawn = resampled_ratios(np.hstack([values, values + 1]), np.ones((50, 2)), n_bootstrap=200, seed=0)
    np.testing.assert_allclose(drawn[:, 1] - drawn[:, 0], 1)


def test_the_seed_decides_the_draws() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1)
    assert mean_interval(values, seed=1) != mean_interval(values, seed=2)


def test_draws_in_many_chunks_are_as_many_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.bootstrap.CHUNK_CELLS", 70)
    values = np.ones((10, 1))
    assert resampled_ratios(values, values, n_bootstrap=101, seed=0).shape == (101, 1)


def test_a_figure_with_nothing_under_it_is_zero() -> None:
    drawn = resampled_ratios(np.zeros((5, 1)), np.zeros((5, 1)), n_bootstrap=100, seed=0)
    assert (drawn == 0).all()


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=200)
    # Without one value, the mean of the others is lower by so much.
    lost = values.mean() - (values.sum() - values) / (len(values) - 1)
    standard_error = values.std(ddof=1) / np.sqrt(len(values))
    np.testing.assert_allclose(jackknife_half_width(lost), 1.96 * standard_error, rtol=1e-4)
