import numpy as np
import pytest
from scipy.sparse import csr_array

from models.association import Associated, Association, chance_of_uneven, lift
from models.histories import Histories
from tests.models.features.named import counted
from tests.models.worlds import build, pairs_of


def found_in(histories: Histories, *pairs: tuple[int, int]) -> Associated:
    """What is known of the pairs."""
    wanted = pairs_of(*pairs)
    return Association(histories).of(wanted, counted(histories, wanted))


def test_independent_items_have_a_lift_of_one() -> None:
    assert lift(np.array([25.0]), np.array([50.0]), np.array([500.0]), 1 / 1_000)[0] == 1


def test_a_lift_counts_how_many_times_more_often_than_chance() -> None:
    found = lift(np.array([20_000.0]), np.array([100_000.0]), np.array([50_000.0]), 1 / 1_000_000)
    assert found[0] == pytest.approx(4, rel=1e-3)


def test_a_pair_of_two_rare_items_is_not_lifted_by_chance() -> None:
    assert lift(np.array([1.0]), np.array([1.0]), np.array([1.0]), 1 / 1_000_000)[0] < 2.01


def test_uneven_rows_expect_what_shuffled_ones_hold() -> None:
    rng = np.random.default_rng(5)
    sizes = np.where(rng.random(4_000) < 0.1, 60, 3)
    row = np.repeat(np.arange(4_000), sizes)
    item = np.concatenate([rng.choice(200, size, replace=False) for size in sizes])
    rows_items = csr_array((np.ones(len(row), np.float32), (row, item)), shape=(4_000, 200))
    counts = np.bincount(item, minlength=200).astype(float)
    both = (rows_items.T @ rows_items).toarray()
    off = ~np.eye(200, dtype=bool)
    expected = np.outer(counts, counts) * chance_of_uneven(rows_items)
    assert both[off].sum() == pytest.approx(expected[off].sum(), rel=0.01)


def test_no_rows_have_no_chance() -> None:
    assert chance_of_uneven(csr_array((0, 4), dtype=np.float32)) == 0


def test_a_pair_bought_in_two_orders_of_one_shopper_counts_among_shoppers_alone() -> None:
    found = found_in(build([[0], [1], [0, 1]], n_items=2, shoppers=[7, 7, 8]), (0, 1))
    assert found.n_buyers.tolist() == [2]
    assert found.order_excess.tolist() == pytest.approx([1 / (2 * 2 / 3)])


def test_who_buys_much_buys_anything_together() -> None:
    # One shopper bought all ten items, nine bought one each: two of the ten are together no more than chance has it.
    histories = build([[n] for n in range(10)] * 2, n_items=10, shoppers=[100] * 10 + list(range(10)))
    found = found_in(histories, (0, 1))
    expected = 2 * 2 * (10 * 9) / 20**2
    assert found.buyer_lift.tolist() == pytest.approx([(1 + 1) / (expected + 1)])
    assert found.buyer_excess.tolist() == pytest.approx([1 / expected])


def test_whoever_did_anything_with_both_is_a_shopper_of_both() -> None:
    # Shopper 7 bought one and looked at the other, 8 looked at both, 9 at one of them.
    histories = build([[0]], n_items=2, shoppers=[7], sessions=[[1], [0, 1], [0]], session_shoppers=[7, 8, 9])
    found = found_in(histories, (0, 1))
    assert found.n_shoppers.tolist() == [2]
    assert found.n_buyers.tolist() == [0]
    expected = 3 * 2 * (2 * 1 + 2 * 1) / 5**2
    assert found.shopper_excess.tolist() == pytest.approx([2 / expected])


def test_a_pair_that_nobody_joined_has_no_excess() -> None:
    histories = build([[0], [1], [2]], n_items=4)
    found = found_in(histories, (0, 1), (0, 3))
    for excess in (found.order_excess, found.buyer_excess, found.shopper_excess):
        assert excess.tolist() == [0, 0]


def test_the_excess_of_a_rare_pair_is_not_damped() -> None:
    found = found_in(build([[0, 1]] * 5 + [[2]] * 995, n_items=3), (0, 1))
    assert found.order_excess.tolist() == pytest.approx([5 / (5 * 5 / 1_000)])
    assert found.buyer_lift[0] < 6.01


def test_pairs_of_several_anchors_keep_their_order() -> None:
    histories = build([[0, 1], [0, 1], [1, 2], [0, 3]], n_items=4)
    assert found_in(histories, (0, 3), (0, 1), (1, 2), (3, 1)).n_buyers.tolist() == [1, 2, 1, 0]
