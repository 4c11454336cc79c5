"""Pages with known outcomes: which orders give some, and what counts as relevant."""

import numpy as np

from tests.training.orders import all_known, orders, pages
from training.cases import sample_cases


def test_every_item_of_a_small_order_is_an_anchor_and_the_others_are_relevant() -> None:
    cases = sample_cases(orders("bdf"), 0, all_known(), max_cases=99, seed=0)
    assert pages(cases) == [(0, 1, [3, 5]), (0, 3, [1, 5]), (0, 5, [1, 3])]


def test_orders_before_the_first_give_no_case() -> None:
    cases = sample_cases(orders("ab", "cd"), 1, all_known(), max_cases=99, seed=0)
    assert pages(cases) == [(1, 2, [3]), (1, 3, [2])]


def test_unknown_items_are_neither_anchors_nor_relevant() -> None:
    known = all_known()
    known[0] = False
    cases = sample_cases(orders("abc"), 0, known, max_cases=99, seed=0)
    assert pages(cases) == [(0, 1, [2]), (0, 2, [1])]


def test_an_order_with_one_known_item_gives_no_case() -> None:
    known = all_known()
    known[0] = False
    assert len(sample_cases(orders("a", "ab", "c"), 0, known, max_cases=99, seed=0)) == 0


def test_a_large_order_gives_three_different_anchors() -> None:
    cases = sample_cases(orders("abcdef"), 0, all_known(), max_cases=99, seed=0)
    assert len(set(cases.anchor.tolist())) == len(cases) == 3
    assert cases.n_relevant.tolist() == [5, 5, 5]


def test_every_item_of_a_large_order_is_as_likely_an_anchor() -> None:
    many = sample_cases(orders(*["abcdef"] * 4_000), 0, all_known(), max_cases=10**9, seed=1)
    share = np.bincount(many.anchor) / len(many)
    np.testing.assert_allclose(share, 1 / 6, atol=0.01)


def test_too_many_cases_become_a_random_choice_in_time_order() -> None:
    cases = sample_cases(orders(*["ab"] * 500), 0, all_known(), max_cases=100, seed=0)
    assert len(cases) == 100
    assert (np.diff(cases.order) >= 0).all()
    assert cases.order.min() < 100
    assert cases.order.max() >= 400


def test_the_seed_decides_the_choice() -> None:
    shop = orders(*["abcdef"] * 50)

    def anchors(seed: int) -> list[int]:
        return sample_cases(shop, 0, all_known(), max_cases=40, seed=seed).anchor.tolist()

    assert anchors(0) == anchors(0)
    assert anchors(0) != anchors(1)
