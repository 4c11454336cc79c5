"""What lists show on pages with known outcomes."""

import numpy as np
import pytest

from models.candidates import Candidates
from tests.training.orders import all_known, orders
from training.cases import Cases, sample_cases
from training.shown import shown_lists

LISTS = Candidates(
    np.array([0, 3, 3, 5, 5, 5, 5]), np.array([1, 3, 2, 0, 3], np.int32), np.array([0.9, 0.5, 0.25, 0.75, 0.125], "f4")
)
"""Items 0 to 5; the page of 0 shows 1, 3, 2 and the page of 2 shows 0, 3."""


@pytest.fixture
def cases() -> Cases:
    """Two orders: 0 with 2 and 3, its pages those of 0 and 2; then 1 with 2, its page that of 1."""
    return Cases(
        np.array([0, 2, 1], np.int32),
        np.array([0, 2, 4, 5]),
        np.array([2, 3, 0, 3, 2], np.int32),
        np.array([7, 7, 9], np.int32),
    )


def test_known_answer(cases: Cases) -> None:
    shown = shown_lists(cases, LISTS, all_known(), k=2)
    assert shown.item.tolist() == [[1, 3], [0, 3], [-1, -1]]
    assert shown.hit.tolist() == [[False, True], [True, True], [False, False]]
    np.testing.assert_array_equal(shown.score, np.array([[0.9, 0.5], [0.75, 0.125], [0, 0]], "f4"))
    assert shown.cluster.tolist() == [0, 0, 1]


def test_an_unknown_item_makes_room_for_the_next(cases: Cases) -> None:
    known = all_known()
    known[3] = False
    shown = shown_lists(cases, LISTS, known, k=2)
    assert shown.item.tolist() == [[1, 2], [0, -1], [-1, -1]]
    np.testing.assert_array_equal(shown.score, np.array([[0.9, 0.25], [0.75, 0], [0, 0]], "f4"))


def test_no_case_shows_nothing() -> None:
    none = sample_cases(orders("a"), 0, all_known(), max_cases=9, seed=0)
    assert shown_lists(none, LISTS, all_known(), k=2).hit.shape == (0, 2)


def test_sums_are_of_each_order(cases: Cases) -> None:
    shown = shown_lists(cases, LISTS, all_known(), k=2)
    assert shown.by_order(np.ones(3), np.array([1.0, 2, 4])).tolist() == [[2, 3], [1, 4]]
