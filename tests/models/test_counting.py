import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import models.counting
from models.counting import PairCounter, column_sums, distinct_by, runs_of, top_of_rows, values_at

MATRICES = st.lists(st.lists(st.integers(0, 6), max_size=5, unique=True), min_size=1, max_size=12)


def matrix(rows: list[list[int]]) -> csr_array:
    dense = np.zeros((len(rows), 7), np.float32)
    for number, row in enumerate(rows):
        dense[number, row] = 1
    return csr_array(dense)


@settings(max_examples=60, deadline=None)
@given(MATRICES)
def test_counts_are_the_product_of_the_matrix_with_itself(rows: list[list[int]]) -> None:
    held = matrix(rows)
    weight = np.linspace(0.5, 2, len(rows))
    factor = np.linspace(1, 3, 7)
    dense = held.toarray()
    expected = dense.T @ (weight[:, None] * dense) * factor
    counted = PairCounter(held, row_weight=weight, item_weight=factor).count(0, 7).toarray()
    np.testing.assert_allclose(counted, expected, rtol=1e-5)


@pytest.mark.parametrize("products", [1, 3, 10, 10_000])
def test_runs_cover_all_anchors_once(products: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.counting, "RUN_PRODUCTS", products)
    counter = PairCounter(matrix([[0, 1, 2], [2, 3], [], [5]]))
    runs = runs_of(counter.n_products)
    assert [anchor for first, end in runs for anchor in range(first, end)] == list(range(7))


@pytest.mark.parametrize("products", [1, 4])
def test_small_runs_count_the_same_as_one_large(products: int, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = PairCounter(matrix([[0, 1, 2], [2, 3], [0, 3, 6], [5]]))
    whole = counter.count(0, 7).toarray()
    monkeypatch.setattr(models.counting, "RUN_PRODUCTS", products)
    np.testing.assert_array_equal(np.vstack([block.toarray() for _, block in counter.blocks()]), whole)


def test_rows_of_a_group_are_joined_without_counting_twice() -> None:
    joined = distinct_by(matrix([[0, 1], [1, 2], [4]]), np.array([9, 9, 3], np.int32))
    assert joined.toarray().tolist() == [[0, 0, 0, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0, 0]]


def test_column_sums_are_the_values_added_up() -> None:
    assert column_sums(matrix([[0, 1], [1]])).tolist() == [1, 2, 0, 0, 0, 0, 0]


def test_the_top_of_a_row_leaves_out_zero_and_less() -> None:
    scores = csr_array(np.array([[3.0, -1.0, 2.0, 0.5], [0.0, 0.0, 0.0, 1.0]], np.float32))
    top = top_of_rows(scores, 2).toarray()
    assert top.tolist() == [[3.0, 0, 2.0, 0], [0, 0, 0, 1.0]]


def test_values_are_looked_up_and_zero_where_there_are_none() -> None:
    block = csr_array(np.array([[0, 5, 0], [7, 0, 0]], np.float32))
    found = values_at(block, np.array([0, 0, 1, 1]), np.array([1, 2, 0, 1]))
    assert found.tolist() == [5, 0, 7, 0]


def test_products_are_the_sizes_of_the_rows_that_hold_the_anchor() -> None:
    assert PairCounter(matrix([[0, 1, 2], [2, 3], [], [5]])).n_products.tolist() == [3, 3, 5, 2, 0, 1, 0]


def test_a_run_holds_no_more_products_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.counting, "RUN_PRODUCTS", 6)
    assert list(runs_of(np.array([3, 3, 5, 2, 0, 9, 1]))) == [(0, 2), (2, 3), (3, 5), (5, 6), (6, 7)]


def test_anchors_may_be_counted_one_by_one() -> None:
    counter = PairCounter(matrix([[0, 1, 2], [2, 3], [0, 3, 6], [5]]))
    picked = counter.count_of(np.array([6, 2])).toarray()
    assert picked.tolist() == counter.count(0, 7).toarray()[[6, 2]].tolist()
