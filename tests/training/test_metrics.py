"""Known answers of every metric, worked out by hand."""

import numpy as np
import pytest

from training.metrics.coverage import coverage, lost_coverage
from training.metrics.hit_rate import hit_rate
from training.metrics.mrr import reciprocal_rank
from training.metrics.ndcg import ndcg
from training.metrics.novelty import self_information
from training.metrics.recall import recall

HITS = np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]], dtype=bool)
N_RELEVANT = np.array([2, 1, 7])
SHOWN = np.array([[0, 1, -1], [0, 2, 3], [-1, -1, -1]], dtype=np.int32)


def test_hit_rate_asks_for_any_hit() -> None:
    assert hit_rate(HITS).tolist() == [1, 0, 1]


def test_recall_divides_by_what_the_list_had_room_for() -> None:
    np.testing.assert_allclose(recall(HITS, N_RELEVANT), [2 / 2, 0, 1 / 3])


def test_ndcg_divides_by_the_perfect_lists_gain() -> None:
    perfect_of_two = 1 + 1 / np.log2(3)
    perfect_of_three = perfect_of_two + 1 / 2
    expected = [(1 / np.log2(3) + 1 / 2) / perfect_of_two, 0, 1 / perfect_of_three]
    np.testing.assert_allclose(ndcg(HITS, N_RELEVANT), expected)


def test_a_perfect_list_has_ndcg_and_recall_one() -> None:
    hits = np.array([[1, 1, 0], [1, 1, 1]], dtype=bool)
    n_relevant = np.array([2, 5])
    np.testing.assert_allclose(ndcg(hits, n_relevant), 1)
    np.testing.assert_allclose(recall(hits, n_relevant), 1)


def test_reciprocal_rank_is_of_the_first_hit() -> None:
    np.testing.assert_allclose(reciprocal_rank(HITS), [1 / 2, 0, 1])


def test_coverage_counts_each_item_once_and_no_empty_places() -> None:
    assert coverage(SHOWN, 8) == 4 / 8


def test_lost_coverage_counts_the_items_that_one_cluster_alone_shows() -> None:
    # Item 0 is on two clusters' lists, 1 on the first's alone, 2 and 3 on the second's.
    lost = lost_coverage(SHOWN, 8, np.array([0, 1, 2]), 3)
    assert lost.tolist() == [1 / 8, 2 / 8, 0]


def test_an_item_of_an_eighth_of_the_sales_is_three_bits() -> None:
    popularity = np.array([1, 1, 2, 4])
    np.testing.assert_allclose(self_information(SHOWN, popularity), [3 + 3, 3 + 2 + 1, 0])


def test_an_item_that_never_sold_counts_as_sold_once() -> None:
    shown = np.array([[0]], dtype=np.int32)
    assert self_information(shown, np.array([0, 4])).item() == pytest.approx(2)
