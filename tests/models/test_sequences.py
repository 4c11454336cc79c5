"""What is bought first and what follows it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.histories import Histories
from models.sequences import MAX_ORDERS_BACK, SequenceCounts, earlier_items, first_purchases, looked_at_before
from tests.models.worlds import build, pairs_of


def counted(histories: Histories, anchor: int, item: int) -> tuple[float, float]:
    """Shoppers who bought the item later than the anchor, and sooner."""
    later, sooner = SequenceCounts(histories).of(pairs_of((anchor, item)))
    return float(later[0]), float(sooner[0])


def test_who_bought_the_item_later_and_who_sooner_are_told_apart() -> None:
    # Shopper 0: anchor, then item. 1: item, then anchor. 2 and 3: as 0. 4: both at once.
    histories = build([[0], [1], [1], [0], [0], [1], [0], [1], [0, 1]], n_items=2, shoppers=[0, 0, 1, 1, 2, 2, 3, 3, 4])
    assert counted(histories, 0, 1) == (3, 1)
    assert counted(histories, 1, 0) == (1, 3)


def test_a_shopper_counts_once_however_often_the_items_are_bought() -> None:
    histories = build([[0], [1], [0], [1], [1]], n_items=2, shoppers=[7] * 5)
    assert counted(histories, 0, 1) == (1, 0)


def test_orders_at_the_same_moment_follow_nothing() -> None:
    histories = build([[0], [1]], n_items=2, shoppers=[7, 7], step_s=0)
    assert counted(histories, 0, 1) == (0, 0)


@pytest.mark.parametrize(("n_between", "followers"), [(MAX_ORDERS_BACK - 1, 1), (MAX_ORDERS_BACK, 0)])
def test_a_shopper_is_looked_back_on_so_many_orders(n_between: int, followers: int) -> None:
    histories = build([[0], *[[2]] * n_between, [1]], n_items=3, shoppers=[7] * (n_between + 2))
    assert counted(histories, 0, 1) == (followers, 0)


def test_no_orders_have_no_sequences() -> None:
    assert counted(build([], n_items=2), 0, 1) == (0, 0)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sets(st.integers(0, 4), min_size=1)), max_size=12),
)
def test_earlier_and_first_are_what_going_through_the_orders_finds(orders: list[tuple[int, set[int]]]) -> None:
    histories = build([sorted(items) for _, items in orders], n_items=5, shoppers=[shopper for shopper, _ in orders])
    held: dict[int, list[set[int]]] = {}
    earlier, new = [], []
    for shopper, items in orders:
        before = held.setdefault(shopper, [])
        earlier.append(set().union(*before[-2:]))
        new.append(items - set().union(*before))
        before.append(items)
    for matrix, expected in ((earlier_items(histories, 2), earlier), (first_purchases(histories), new)):
        assert [set(np.flatnonzero(row)) for row in matrix.toarray()] == expected
        assert set(matrix.data) <= {1}


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sets(st.integers(0, 4), min_size=1)), max_size=8),
    st.lists(st.tuples(st.integers(0, 2), st.sets(st.integers(0, 4), min_size=1)), max_size=8),
)
def test_what_was_looked_at_before_is_what_going_through_the_sessions_finds(
    orders: list[tuple[int, set[int]]], sessions: list[tuple[int, set[int]]]
) -> None:
    histories = build(
        [sorted(items) for _, items in orders],
        n_items=5,
        shoppers=[shopper for shopper, _ in orders],
        sessions=[sorted(items) for _, items in sessions],
        session_shoppers=[shopper for shopper, _ in sessions],
    )
    expected: list[set[int]] = []
    for hour, (shopper, _) in enumerate(orders):
        begun = [items for who, items in sessions[:hour] if who == shopper]
        expected.append(set().union(*begun[-2:]))
    looked = looked_at_before(histories, 2)
    assert [set(np.flatnonzero(row)) for row in looked.toarray()] == expected
    assert set(looked.data) <= {1}
