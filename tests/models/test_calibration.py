import numpy as np
import pytest
from numpy.typing import NDArray

from models.calibration import IDENTITY, Calibration, fit_calibration

N_PAIRS = 60_000


def calibration_error(
    probability: NDArray[np.floating], outcome: NDArray[np.floating], weight: NDArray[np.floating]
) -> float:
    """Mean distance of said and found, over ten bins of equal pages."""
    bins = np.array_split(np.argsort(probability), 10)
    gaps = [abs(np.average(probability[held] - outcome[held], weights=weight[held])) for held in bins]
    return float(np.mean(gaps))


@pytest.fixture(scope="module")
def planted() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Scores that claim twice the square root of what comes true, hits and pages."""
    rng = np.random.default_rng(4)
    score = rng.random(N_PAIRS)
    return score, (rng.random(N_PAIRS) < (score / 2) ** 2).astype(float), rng.integers(1, 4, N_PAIRS).astype(float)


@pytest.fixture(scope="module")
def fitted(planted: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]) -> Calibration:
    return fit_calibration(*planted)


def test_it_finds_what_was_planted(fitted: Calibration) -> None:
    score = np.array([0.3, 0.5, 0.7, 0.9])
    np.testing.assert_allclose(fitted(score), (score / 2) ** 2, atol=0.02)


def test_it_rises(fitted: Calibration) -> None:
    assert np.all(np.diff(fitted(np.linspace(0, 1, 1_001))) >= 0)
    assert np.all(np.diff(fitted(np.linspace(0.2, 0.95, 101))) > 0)


def test_it_keeps_the_mean(
    fitted: Calibration, planted: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
) -> None:
    score, outcome, weight = planted
    assert np.average(fitted(score), weights=weight) == pytest.approx(np.average(outcome, weights=weight), rel=0.02)


def test_it_makes_the_calibration_error_small(
    fitted: Calibration, planted: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
) -> None:
    score, outcome, weight = planted
    assert calibration_error(score, outcome, weight) > 0.3
    assert calibration_error(fitted(score), outcome, weight) < 0.01


def test_two_levels_are_given_the_shares_that_came_true() -> None:
    score, outcome = np.repeat([0.2, 0.8], 1_000), np.tile([1.0, 0, 0, 0], 500)
    outcome[1_000:] = np.tile([1.0, 1, 0, 0], 250)
    assert fit_calibration(score, outcome, np.ones(2_000))(np.array([0.2, 0.8])).tolist() == pytest.approx([0.25, 0.5])


def test_a_page_of_weight_two_counts_as_two() -> None:
    score = np.full(100, 0.5)
    outcome, weight = np.repeat([1.0, 0.0], 50), np.repeat([2.0, 1.0], 50)
    assert fit_calibration(score, outcome, weight)(np.array([0.5])).tolist() == pytest.approx([2 / 3])


def test_where_nothing_came_true_scores_stay_as_they_are() -> None:
    assert fit_calibration(np.array([0.1, 0.9]), np.zeros(2), np.ones(2)) is IDENTITY
    assert IDENTITY(np.array([0.25, 0.5])).tolist() == [0.25, 0.5]
