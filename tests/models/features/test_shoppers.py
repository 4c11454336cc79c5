import numpy as np
import pytest

from models.features.shoppers import ShopperHistories, ShopperPurchases, touched
from tests.models.features.named import named
from tests.models.worlds import build, pairs_of

BOUGHT = build([[0], [1], [0, 1], [0], [2, 3]], n_items=4, shoppers=[7, 7, 8, 9, 9])
LOOKED = build([[0]], n_items=3, shoppers=[5], sessions=[[1], [0, 1, 2]], session_shoppers=[5, 6])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("buyers", [2, 1, 2]),
        ("buyer_share", [2 / 4, 1 / 4, 2 / 3]),
        ("buyer_share_small", [2 / (3 + 0.5**0.5), 0.5**0.5 / (3 + 0.5**0.5), 2 / 3]),
        ("buyer_cosine", [2 / 30**0.5, 1 / 24**0.5, 2 / 30**0.5]),
        ("bought_later", [1 / 4, 1 / 4, 0]),
        ("bought_sooner", [0, 0, 1 / 3]),
    ],
)
def test_purchases_are_what_a_hand_counts(name: str, expected: list[float]) -> None:
    found = named(ShopperPurchases(BOUGHT), pairs_of((0, 1), (0, 2), (1, 0)))
    np.testing.assert_allclose(found[name], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("history_share", 2 / 3), ("history_share_small", 1.5 / 2.5), ("history_cosine", 2 / 5)],
)
def test_histories_join_what_was_bought_and_what_was_looked_at(name: str, expected: float) -> None:
    assert named(ShopperHistories(LOOKED), pairs_of((0, 1)))[name].tolist() == pytest.approx([expected])


def test_a_shopper_touched_whatever_was_bought_or_looked_at() -> None:
    assert touched(LOOKED).toarray().tolist() == [[1, 1, 0], [1, 1, 1]]


def test_nobody_touched_anything_in_an_empty_shop() -> None:
    assert touched(build([], n_items=3)).nnz == 0
