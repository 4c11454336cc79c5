"""Parts of the shop: who belongs where, and that figures are of the right pages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.lists import lists_of, score
from tests.training.orders import all_known, orders, pages
from training.cases import sample_cases
from training.segments import Segments, by_category, by_popularity, evaluate_segments, kept


def bands(*popularity: int) -> list[str]:
    parts = by_popularity(np.array(popularity))
    return [parts.labels[place] for place in parts.of_item]


def test_the_head_makes_the_first_half_and_the_torso_the_next_three_tenths() -> None:
    assert bands(10, 30, 10, 20, 10, 20) == ["torso", "head", "tail", "head", "tail", "torso"]


def test_an_item_that_makes_most_lines_is_the_head_alone() -> None:
    assert bands(1, 60, 39) == ["tail", "head", "torso"]


def test_what_never_sold_is_of_the_tail() -> None:
    assert bands(0, 5, 0) == ["tail", "head", "tail"]
    assert bands(0, 0) == ["tail", "tail"]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_no_item_of_a_lower_band_sold_better(popularity: list[int]) -> None:
    of_item = by_popularity(np.array(popularity)).of_item
    order = np.argsort(of_item, kind="stable")
    sold = np.array(popularity)[order]
    for band in (0, 1):
        better, worse = sold[of_item[order] <= band], sold[of_item[order] > band]
        assert better.min(initial=99) >= worse.max(initial=0)


def test_categories_go_by_their_top_level_and_the_most_lines_first() -> None:
    parts = by_category(["a/x", "b", "a/y", "c/z"], np.array([2, 3, 2, 1]))
    assert parts is not None
    assert parts.labels == ("a", "b", "c")
    assert parts.of_item.tolist() == [0, 1, 0, 2]


def test_categories_past_the_most_are_told_together_and_those_without_one_apart() -> None:
    parts = by_category(["a", "b", "c", "d", ""], np.array([4, 3, 2, 1, 9]), max_categories=2)
    assert parts is not None
    assert parts.labels == ("a", "b", "all other categories", "without a category")
    assert parts.of_item.tolist() == [0, 1, 2, 2, 3]


def test_a_shop_without_categories_has_no_such_parts() -> None:
    assert by_category(["", ""], np.array([1, 2])) is None


def test_cases_keep_what_is_theirs() -> None:
    cases = sample_cases(orders("abc", "de"), 0, all_known(), max_cases=99, seed=0)
    assert pages(kept(cases, np.isin(cases.anchor, [1, 4]))) == [(0, 1, [0, 2]), (1, 4, [3])]


def test_each_part_has_the_figures_of_its_own_pages() -> None:
    cases = sample_cases(orders(*["ab"] * 5, *["cd"] * 5), 0, all_known(), max_cases=99, seed=0)
    own = {"ranker": lists_of(a=[1], b=[0], c=[0], d=[0])}
    parts = Segments(("right", "wrong", "absent"), np.array([0, 0, 1, 1, 2, 2]))
    figures = evaluate_segments(cases, own, np.ones(6, np.int64), all_known(), parts, k=2, n_bootstrap=100, seed=0)
    assert {label: one.figures["ranker"]["HR"].value for label, one in figures.items()} == {"right": 1, "wrong": 0}
    assert (figures["right"].n_cases, figures["right"].n_orders) == (10, 5)


def test_parts_weighted_by_their_pages_are_the_whole() -> None:
    cases = sample_cases(orders(*["abc", "bcd", "ade", "ab"] * 9), 0, all_known(), max_cases=99, seed=0)
    own = {"ranker": lists_of(a=[1, 2], b=[2, 3], c=[3, 5], d=[4, 0], e=[0])}
    parts = by_popularity(np.array([9, 8, 7, 3, 2, 1]))
    figures = evaluate_segments(cases, own, np.ones(6, np.int64), all_known(), parts, k=2, n_bootstrap=100, seed=0)
    weighted = sum(one.figures["ranker"]["NDCG"].value * one.n_cases for one in figures.values()) / len(cases)
    assert weighted == pytest.approx(score(cases, **own).figures["ranker"]["NDCG"].value)
