"""Calibration error: known answers by hand, and an interval that holds the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.lists import shown
from training.reliability import reliability
from training.shown import Shown


def test_known_answer_of_two_bins() -> None:
    # At 0.25 one of four was bought, at 0.75 two of four: half of what was shown is a quarter off.
    score = np.array([[0.75, 0.25]] * 4)
    hit = np.array([[1, 1], [1, 0], [0, 0], [0, 0]])
    measured = reliability(shown(score, hit), n_bootstrap=100, seed=0, n_bins=2)
    assert [(one.n_shown, one.stated, one.bought.value) for one in measured.bins] == [(4, 0.25, 0.25), (4, 0.75, 0.5)]
    assert measured.error.value == pytest.approx(0.125)


def test_the_error_weighs_a_bin_by_what_it_shows() -> None:
    # Three fifths at 0.5, all bought; two fifths at 0.25, none bought.
    score = np.array([[0.5]] * 6 + [[0.25]] * 4)
    hit = np.array([[1]] * 6 + [[0]] * 4)
    measured = reliability(shown(score, hit), n_bootstrap=100, seed=0, n_bins=2)
    assert measured.error.value == pytest.approx(0.6 * 0.5 + 0.4 * 0.25)


def test_faults_that_cancel_out_overall_are_not_forgiven() -> None:
    score = np.array([[0.25]] * 4 + [[0.75]] * 4)
    hit = np.array([[1], [1], [1], [0], [1], [0], [0], [0]])
    assert reliability(shown(score, hit), n_bootstrap=100, seed=0, n_bins=2).error.value == pytest.approx(0.5)


def test_bins_hold_about_as_many_each() -> None:
    score = np.random.default_rng(0).random((1_000, 3)) ** 4 + 1e-6
    measured = reliability(shown(score, score > 0.5), n_bootstrap=100, seed=0, n_bins=10)
    assert [one.n_shown for one in measured.bins] == [300] * 10


def test_equal_probabilities_share_a_bin() -> None:
    score = np.array([[0.5]] * 90 + [[0.25]] * 10)
    measured = reliability(shown(score, score > 1), n_bootstrap=100, seed=0, n_bins=10)
    assert [(one.n_shown, one.stated) for one in measured.bins] == [(10, 0.25), (90, 0.5)]


def test_what_is_not_shown_is_not_asked_about() -> None:
    score = np.array([[0.5, 0], [0.5, 0]])
    measured = reliability(shown(score, np.array([[1, 0], [0, 0]])), n_bootstrap=100, seed=0)
    assert (measured.n_shown, measured.error.value) == (2, 0)


def test_nothing_shown_has_no_bins() -> None:
    assert reliability(shown(np.zeros((3, 2)), np.zeros((3, 2))), n_bootstrap=100, seed=0).bins == ()


def many(seed: int, truth: float = 1.0, n_pages: int = 300) -> Shown:
    """Pages in orders of three that share their luck; an item of probability p is bought with truth * p."""
    rng = np.random.default_rng(seed)
    score = rng.uniform(0.05, 0.45, (n_pages, 4)).astype(np.float32)
    luck = np.repeat(rng.random((n_pages // 3, 4)), 3, axis=0)
    return shown(score, luck < truth * score, np.repeat(np.arange(n_pages // 3), 3))


@pytest.mark.parametrize("truth", [1.0, 0.6])
def test_the_interval_holds_the_true_error_at_least_as_often_as_it_says(truth: float) -> None:
    true_error = (1 - truth) * 0.25
    intervals = [reliability(many(seed, truth), n_bootstrap=200, seed=seed, n_bins=8).error for seed in range(200)]
    held = np.mean([interval.low <= true_error <= interval.high for interval in intervals])
    assert held >= 0.9  # 0.95 less three standard errors of 200 tries
    assert np.mean([interval.low > 0 for interval in intervals]) == pytest.approx(1.0 if truth < 1 else 0.0, abs=0.1)


def test_true_probabilities_err_as_chance_says() -> None:
    measured = [reliability(many(seed), n_bootstrap=200, seed=seed) for seed in range(100)]
    by_chance = np.mean([one.error_by_chance for one in measured])
    assert np.mean([one.error.value for one in measured]) == pytest.approx(by_chance, rel=0.1)


@settings(max_examples=20)
@given(st.permutations(range(40)))
def test_the_order_of_the_pages_changes_nothing(order: list[int]) -> None:
    rng = np.random.default_rng(0)
    score, hit = np.round(rng.random((40, 2)), 1), rng.random((40, 2)) < 0.3
    one, other = (
        reliability(shown(score[rows], hit[rows]), n_bootstrap=100, seed=0) for rows in (np.arange(40), order)
    )
    assert one.error.value == pytest.approx(other.error.value)
    assert [each.n_shown for each in one.bins] == [each.n_shown for each in other.bins]
