import numpy as np
import pytest

from models.generators.pair_counts import PairCounts, recency
from tests.models.worlds import build

DAY_S = 86_400


def test_the_score_is_the_documented_formula() -> None:
    histories = build([[0, 1], [0, 1, 2], [1, 3]], n_items=4, step_s=10 * DAY_S)
    candidates = PairCounts(half_life_days=10, order_size_exponent=1, popularity_exponent=0.5, smoothing=2).generate(
        histories, 4
    )
    weight = np.array([0.25, 0.5 / 2, 1.0])
    own_of_1 = weight.sum()
    expected = (weight[0] + weight[1]) / (own_of_1 + 2) ** 0.5
    assert candidates.of(0)[0] == 1
    assert candidates.score[candidates.indptr[0]] == pytest.approx(expected, rel=1e-6)


def test_a_recent_order_outweighs_an_old_one() -> None:
    histories = build([[0, 1], [0, 2]], n_items=3, step_s=300 * DAY_S)
    assert PairCounts().generate(histories, 2).of(0).tolist() == [2, 1]


def test_a_small_order_outweighs_a_large_one() -> None:
    histories = build([[0, 1], [0, 2, 3, 4, 5]], n_items=6, step_s=1)
    assert PairCounts().generate(histories, 1).of(0).tolist() == [1]


def test_recency_halves_with_each_half_life() -> None:
    times = np.array([0, 30, 60], np.int64) * DAY_S
    assert recency(times, 30).tolist() == [0.25, 0.5, 1.0]
