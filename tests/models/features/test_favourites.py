import pytest

from models.features.favourites import Favourites
from tests.models.features.named import named
from tests.models.worlds import build, pairs_of

# Shopper 7 favourites 0 and 1, in two sessions; 8 favourites 0, looks at 1 and buys it; 9 buys 0 and favourites 1.
SHOP = build(
    [[1], [0]],
    n_items=2,
    shoppers=[8, 9],
    sessions=[[0], [0, 1], [0, 1], [1]],
    session_shoppers=[7, 7, 8, 9],
    favourites=[[0], [1], [0], [1]],
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("favourite_share", 1 / 3),
        ("favourite_cosine", 1 / (5 * 5) ** 0.5),
        ("favourited_bought", 1 / 3),
        ("bought_favourited", 1 / 2),
    ],
)
def test_the_features_are_what_a_hand_counts(name: str, expected: float) -> None:
    assert named(Favourites(SHOP), pairs_of((0, 1)))[name].tolist() == pytest.approx([expected])


def test_a_shop_without_favourites_has_none_and_counts_nothing() -> None:
    features = Favourites(build([[0, 1]], n_items=2, sessions=[[0, 1]]))
    assert not features.of(pairs_of((0, 1))).any()
    assert not features.n_products.any()
