"""How much one shopper may say."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from models.histories import Histories
from tests.models.worlds import build
from training.contribution import Capped, cap_contributions


def rows_of(matrix: csr_array) -> list[list[int]]:
    return [matrix.indices[begin:end].tolist() for begin, end in zip(matrix.indptr, matrix.indptr[1:], strict=False)]


def test_the_items_bought_last_stay_and_an_order_of_none_of_them_goes() -> None:
    histories = build([[0, 1], [2, 3], [3, 4]], n_items=5, shoppers=[0, 0, 0])
    capped, left_out = cap_contributions(histories, 3)
    assert rows_of(capped.orders_items) == [[2, 3], [3, 4]]
    assert capped.order_time_s.tolist() == histories.order_time_s[1:].tolist()
    assert capped.order_shopper.tolist() == [0, 0]
    assert left_out == Capped(order_lines=2, session_items=0, shoppers=1)


def test_an_item_that_stays_does_so_in_older_orders_too() -> None:
    histories = build([[0, 1], [1, 2], [0]], n_items=3, shoppers=[0, 0, 0])
    assert rows_of(cap_contributions(histories, 2)[0].orders_items) == [[0, 1], [1], [0]]


def test_of_items_last_in_one_order_the_smaller_indices_stay() -> None:
    histories = build([[5], [1, 2, 3, 4]], n_items=6, shoppers=[0, 0])
    assert rows_of(cap_contributions(histories, 2)[0].orders_items) == [[1, 2]]


def test_an_order_of_nobody_known_is_capped_as_a_shopper_of_its_own() -> None:
    histories = build([[0, 1, 2], [0, 1], [2]], n_items=3)
    capped, left_out = cap_contributions(histories, 2)
    assert rows_of(capped.orders_items) == [[0, 1], [0, 1], [2]]
    assert (left_out.order_lines, left_out.shoppers) == (1, 1)


def test_sessions_are_capped_apart_from_orders_and_keep_how_often_an_item_was_looked_at() -> None:
    looks = build([[0, 1]], n_items=4, sessions=[[0, 1], [1, 2, 3]], shoppers=[0], favourites=[[0], [2, 3]])
    looks.sessions_items.data[:] = [5, 4, 3, 2, 1]
    histories = replace(looks, session_shopper=np.zeros(2, np.int32), session_end_s=looks.session_time_s + 7)
    capped, left_out = cap_contributions(histories, 2)
    assert capped.sessions_items.toarray().tolist() == [[0, 4, 0, 0], [0, 3, 2, 0]]
    assert capped.favourites_items.toarray().tolist() == [[0, 0, 0, 0], [0, 0, 1, 0]]
    assert rows_of(capped.orders_items) == [[0, 1]]
    assert left_out == Capped(order_lines=0, session_items=2, shoppers=1)


def test_a_session_of_which_nothing_is_left_takes_its_times_along() -> None:
    looks = build([[0]], n_items=3, sessions=[[0], [1], [2]])
    histories = replace(looks, session_shopper=np.array([1, 1, 1], np.int32), session_end_s=looks.session_time_s + 7)
    capped, _ = cap_contributions(histories, 1)
    assert capped.session_time_s.tolist() == histories.session_time_s[2:].tolist()
    assert capped.session_end_s.tolist() == histories.session_end_s[2:].tolist()
    assert capped.session_shopper.tolist() == [1]


def test_histories_within_the_cap_are_left_as_they_are() -> None:
    histories = build([[0, 1], [0, 1]], n_items=2, sessions=[[0, 1]], shoppers=[0, 0])
    assert cap_contributions(histories, 2) == (histories, Capped(0, 0, 0))


def test_a_shop_without_history_has_nothing_to_cap() -> None:
    assert cap_contributions(build([], n_items=2), 1)[1] == Capped(0, 0, 0)


baskets = st.lists(
    st.tuples(st.integers(0, 2), st.sets(st.integers(0, 7), min_size=1, max_size=6).map(sorted)), max_size=12
)


@given(baskets, st.integers(1, 5))
def test_the_matrices_say_what_plain_lists_say(orders: list[tuple[int, list[int]]], max_items: int) -> None:
    histories: Histories = build([items for _, items in orders], n_items=8, shoppers=[shopper for shopper, _ in orders])
    latest: dict[int, dict[int, int]] = defaultdict(dict)
    for row, (shopper, items) in enumerate(orders):
        latest[shopper].update(dict.fromkeys(items, row))
    stay = {
        shopper: sorted(rows, key=lambda item, rows=rows: (-rows[item], item))[:max_items]
        for shopper, rows in latest.items()
    }
    expected = [[item for item in items if item in stay[shopper]] for shopper, items in orders]
    capped, left_out = cap_contributions(histories, max_items)
    assert rows_of(capped.orders_items) == [items for items in expected if items]
    assert left_out.order_lines == sum(map(len, (items for _, items in orders))) - sum(map(len, expected))
    assert capped.order_shopper.tolist() == [
        shopper for (shopper, _), items in zip(orders, expected, strict=True) if items
    ]
    assert capped.orders_items.has_sorted_indices
    assert cap_contributions(capped, max_items)[1] == Capped(0, 0, 0)


def test_a_bot_costs_no_more_than_a_shopper_at_the_cap() -> None:
    n_items = 4_000
    histories = build([list(range(n_items)), [0, 1]], n_items=n_items, sessions=[list(range(n_items))])
    capped, left_out = cap_contributions(histories, 100)
    for matrix in (capped.orders_items, capped.sessions_items):
        assert np.square(np.diff(matrix.indptr)).max() == 100**2
    assert left_out == Capped(n_items - 100, n_items - 100, 2)
