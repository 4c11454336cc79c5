import numpy as np
import pytest
from scipy.sparse import csr_array

from models.association import Association, chance_of_uneven, lift
from models.pair_features import PairFeatures


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
    orders = csr_array(np.array([[1, 0], [0, 1], [1, 1]], np.float32))
    shoppers = csr_array(np.array([[1, 1], [1, 1]], np.float32))
    pair = Association(orders, shoppers).of(PairFeatures(np.array([0]), np.array([1]), np.zeros((1, 0))), 0, 2)
    assert pair.n_shoppers.tolist() == [2]
    assert pair.order_lift.tolist() == pytest.approx([(1 + 1) / (2 * 2 / 3 + 1)])


def test_who_buys_much_buys_anything_together() -> None:
    # One shopper bought all ten items, nine bought one each: two of the ten are together no more than chance has it.
    shoppers = np.vstack([np.ones((1, 10)), np.eye(10)[:9]]).astype(np.float32)
    orders = csr_array(np.eye(10, dtype=np.float32))
    pair = Association(orders, csr_array(shoppers)).of(
        PairFeatures(np.array([0]), np.array([1]), np.zeros((1, 0))), 0, 10
    )
    expected = 2 * 2 * (10 * 9) / 19**2
    assert pair.shopper_lift.tolist() == pytest.approx([(1 + 1) / (expected + 1)])
