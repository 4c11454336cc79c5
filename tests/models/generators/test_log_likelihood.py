import numpy as np
import pytest
from scipy.stats import chi2_contingency

from models.generators.log_likelihood import LogLikelihood, log_likelihood_ratio
from tests.models.worlds import build


def test_the_ratio_is_scipys_g_statistic() -> None:
    both, left, right, n = 30, 50, 80, 1_000
    table = [[both, left - both], [right - both, n - left - right + both]]
    expected = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    assert log_likelihood_ratio(np.array([both]), np.array([[left, right]]), n)[0] == pytest.approx(expected)


def test_items_that_avoid_each_other_are_negative() -> None:
    assert log_likelihood_ratio(np.array([1]), np.array([[500, 500]]), 1_000)[0] < 0


def test_independent_items_are_at_zero() -> None:
    assert log_likelihood_ratio(np.array([25]), np.array([[50, 500]]), 1_000)[0] == pytest.approx(0, abs=1e-9)


def test_a_rare_sure_pair_beats_a_popular_chance_one() -> None:
    orders = [[0, 1]] * 3 + [[0, 2]] * 4 + [[2]] * 200 + [[3]] * 50
    assert LogLikelihood().generate(build(orders, n_items=4), 2).of(0)[0] == 1


def test_pairs_that_avoid_each_other_are_not_proposed() -> None:
    orders = [[0, 1]] + [[0, 2]] * 60 + [[1]] * 60
    assert 1 not in LogLikelihood().generate(build(orders, n_items=3), 3).of(0)
