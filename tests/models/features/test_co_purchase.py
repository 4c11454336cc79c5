import numpy as np
import pytest

from models.features.co_purchase import CoPurchase, newness
from models.generators.log_likelihood import log_likelihood_ratio
from tests.models.features.named import named
from tests.models.worlds import build, pairs_of

SHOP = build([[0, 1], [0, 2, 3], [0, 1], [2]], n_items=4)
FOUND = named(CoPurchase(SHOP), pairs_of((0, 1), (0, 2), (2, 0)))
NEW = 0.5 ** (np.array([0.875, 0.625, 0.375, 0.125]) / 0.2)


def test_newness_halves_with_every_half_life_of_the_rows() -> None:
    assert newness(2, 0.5).tolist() == pytest.approx([0.5**1.5, 0.5**0.5])
    assert newness(10, 0.2)[7] == pytest.approx(newness(10, 0.2)[9] / 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order_share_plain", [2 / 4, 1 / 4, 1 / 3]),
        ("order_share_small", [2 / 3.5, 0.5 / 3.5, 0.5 / 2.5]),
        ("order_share_root", [2 / (3 + 0.5**0.5), 0.5**0.5 / (3 + 0.5**0.5), 0.5**0.5 / (2 + 0.5**0.5)]),
        ("orders", [2, 1, 1]),
        ("order_cosine", [2 / 30**0.5, 1 / 30**0.5, 1 / 30**0.5]),
        ("order_lift", np.log([2.1 / 1.6, 1.1 / 1.6, 1.1 / 1.6])),
        ("order_surprise", log_likelihood_ratio(np.array([2, 1, 1]), np.array([[3, 2], [3, 2], [2, 3]]), 4)),
    ],
)
def test_the_features_are_what_a_hand_counts(name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(FOUND[name], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "half_life", "exponent"), [("root_recent", 0.3, 0.5), ("latest", 0.1, 0), ("last", 0.03, 0)]
)
def test_each_weighting_has_its_half_life_and_its_way_with_large_orders(
    name: str, half_life: float, exponent: float
) -> None:
    weight = 0.5 ** (np.array([0.875, 0.625, 0.375, 0.125]) / half_life) * np.array([1, 2, 1, 1.0]) ** -exponent
    expected = [(weight[0] + weight[2]) / (weight[:3].sum() + 1), weight[1] / (weight[:3].sum() + 1)]
    np.testing.assert_allclose(FOUND[f"order_share_{name}"][:2], expected, rtol=1e-4)


def test_recent_orders_count_by_their_newness() -> None:
    own = NEW[0] + NEW[1] / 2 + NEW[2]
    assert FOUND["order_share_small_recent"][0] == pytest.approx((NEW[0] + NEW[2]) / (own + 1), rel=1e-5)


def test_a_damped_share_is_the_documented_formula() -> None:
    own = np.array([NEW[0] + NEW[1] / 2 + NEW[2], NEW[0] + NEW[2], NEW[1] / 2 + NEW[3], NEW[1] / 2])
    damping = (own[1] / own.sum() * 1e4 + 5) ** -0.3
    expected = (NEW[0] + NEW[2]) / (own[0] + 1) * damping
    assert FOUND["order_share_small_recent_by_0.3"][0] == pytest.approx(expected, rel=1e-5)


def test_the_best_of_an_anchor_is_at_one() -> None:
    assert FOUND["order_share_of_best"].tolist() == pytest.approx([1, NEW[1] / 2 / (NEW[0] + NEW[2]), 1], rel=1e-5)
