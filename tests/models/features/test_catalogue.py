from dataclasses import replace

import numpy as np
import pytest

from models.features.catalogue import CatalogueLikeness
from tests.models.features.named import named
from tests.models.worlds import build, pairs_of

SHOP = build(
    [],
    n_items=4,
    titles=["M5 body", "M5 lens", "tea cup", "tea"],
    categories=["photo/bodies/m", "photo/bodies/x", "tea", ""],
    prices=[1_000, 250, 500, -1],
)
FOUND = named(CatalogueLikeness(SHOP), pairs_of((0, 0), (0, 1), (0, 2), (0, 3)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shared_levels", [3, 2, 0, np.nan]),
        ("is_same_category", [1, 0, 0, np.nan]),
        ("title_cosine", [1, 1, 0, 0]),
        ("rarest_shared_word", [0.5, 0.5, 0, 0]),
        ("price_ratio", [0, np.log(0.25), np.log(0.5), np.nan]),
    ],
)
def test_the_features_are_what_the_catalogue_says(name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(FOUND[name], expected, rtol=1e-5, atol=1e-7)


def test_a_price_known_from_sales_alone_is_not_known() -> None:
    catalogue = replace(SHOP.catalogue, price_is_listed=np.array([True, False, True, True]))
    found = named(CatalogueLikeness(replace(SHOP, catalogue=catalogue)), pairs_of((0, 1), (0, 2)))
    assert np.isnan(found["price_ratio"]).tolist() == [True, False]
