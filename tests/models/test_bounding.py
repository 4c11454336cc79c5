"""What one shopper changes in bounded counts: at most so many of them, each by one."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import models.bounding
from models.bounding import BoundedCounts, bounded_counts
from models.histories import Histories
from tests.models.bought import Order, bought

IDS = "abcdefghij"
ORDERS = st.lists(
    st.tuples(st.integers(0, 5), st.lists(st.sampled_from(IDS), min_size=1, max_size=7, unique=True)),
    min_size=1,
    max_size=25,
)
BOUND = st.integers(1, 12)


def items_of(histories: Histories, counts: BoundedCounts) -> Counter[str]:
    return Counter({histories.items.ids[place]: int(n) for place, n in enumerate(counts.item_counts) if n})


def pairs_of(histories: Histories, counts: BoundedCounts) -> Counter[str]:
    ids = histories.items.ids
    held = zip(counts.left.tolist(), counts.right.tolist(), counts.pair_counts.tolist(), strict=True)
    return Counter({ids[left] + ids[right]: n for left, right, n in held})


def counted(orders: Sequence[Order], max_items: int, max_pairs: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    histories = bought(orders)
    counts = bounded_counts(histories, max_items=max_items, max_pairs=max_pairs, seed=seed)
    return items_of(histories, counts), pairs_of(histories, counts)


def changes(of: Mapping[str, int], other: Mapping[str, int]) -> list[int]:
    """By how much each count that differs is higher."""
    return [of.get(key, 0) - other.get(key, 0) for key in of.keys() | other.keys() if of.get(key) != other.get(key)]


@settings(max_examples=400, deadline=None)
@given(orders=ORDERS, max_items=BOUND, max_pairs=BOUND, seed=st.integers(0, 3), who=st.integers(0, 5))
def test_a_shopper_changes_no_more_counts_than_the_bounds_and_each_by_one(
    orders: list[Order], max_items: int, max_pairs: int, seed: int, who: int
) -> None:
    without = [order for order in orders if order[0] != who]
    assume(without)
    items, pairs = counted(orders, max_items, max_pairs, seed)
    items_without, pairs_without = counted(without, max_items, max_pairs, seed)
    of_items, of_pairs = changes(items, items_without), changes(pairs, pairs_without)
    assert len(of_items) <= max_items
    assert len(of_pairs) <= max_pairs
    assert set(of_items) | set(of_pairs) <= {1}


@settings(max_examples=200, deadline=None)
@given(orders=ORDERS, max_items=BOUND, max_pairs=BOUND, seed=st.integers(0, 3))
def test_what_counts_of_everybody_is_what_counts_of_each_alone(
    orders: list[Order], max_items: int, max_pairs: int, seed: int
) -> None:
    alone = [
        counted([order for order in orders if order[0] == who], max_items, max_pairs, seed)
        for who in {shopper for shopper, _ in orders}
    ]
    expected = sum((own[0] for own in alone), Counter()), sum((own[1] for own in alone), Counter())
    assert counted(orders, max_items, max_pairs, seed) == expected


@settings(max_examples=100, deadline=None)
@given(orders=ORDERS)
def test_with_bounds_that_hold_nobody_back_every_shopper_of_a_pair_counts(orders: list[Order]) -> None:
    items, pairs = counted(orders, 10, 100, 0)
    of_each: dict[int, set[str]] = {}
    for shopper, ids in orders:
        of_each.setdefault(shopper, set()).update(ids)
    assert items == Counter(item_id for ids in of_each.values() for item_id in ids)
    assert pairs == Counter(one + two for ids in of_each.values() for one in ids for two in ids if one < two)


def test_the_pairs_of_most_own_orders_count_first() -> None:
    orders = [(0, "abc"), (0, "bc"), (0, "ad"), (0, "ad"), (0, "ad")]
    assert [counted(orders, 10, n, 0)[1].keys() for n in (1, 2)] == [{"ad"}, {"ad", "bc"}]


def test_the_items_of_most_own_orders_count_first() -> None:
    assert counted([(0, "abc"), (0, "bc"), (0, "c")], 2, 100, 0) == (Counter("bc"), Counter(["bc"]))


def test_shoppers_who_bought_the_same_speak_for_the_same_pairs() -> None:
    _, pairs = counted([(who, IDS) for who in range(9)], 10, 4, 0)
    assert list(pairs.values()) == [9] * 4


def test_the_seed_decides_among_equals() -> None:
    assert len({tuple(sorted(counted([(0, IDS)], 10, 4, seed)[1])) for seed in range(8)}) > 1


def test_items_that_may_not_count_take_no_room() -> None:
    histories = bought([(0, "ab"), (0, "ab"), (0, "cd")])
    may_count = np.array([False, False, True, True])
    counts = bounded_counts(histories, max_items=2, max_pairs=1, seed=0, may_count=may_count)
    assert (items_of(histories, counts), pairs_of(histories, counts)) == (Counter("cd"), Counter(["cd"]))


@pytest.mark.parametrize("n_pairs", [1, 7, 40])
def test_small_runs_count_the_same_as_one_large(n_pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [(number % 7, IDS[number % 5 : 3 + number % 8]) for number in range(30)]
    orders = [order for order in orders if order[1]]
    whole = counted(orders, 6, 5, 0)
    monkeypatch.setattr(models.bounding, "RUN_PAIRS", n_pairs)
    assert counted(orders, 6, 5, 0) == whole


def test_nobody_has_no_counts() -> None:
    counts = bounded_counts(bought([(0, "ab")]).before(0), max_items=5, max_pairs=5, seed=0)
    assert (counts.item_counts.tolist(), len(counts.left)) == ([0, 0], 0)
