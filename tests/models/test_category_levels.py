import numpy as np

from models.category_levels import LEVEL_SHOPPERS, CategoryLevels, count_levels
from tests.models.worlds import build

ENOUGH = LEVEL_SHOPPERS


def shoppers_of(levels: CategoryLevels, anchor: str, item: int) -> int:
    return int(levels.n_shoppers(np.array([levels.names.index(anchor)]), np.array([item]))[0])


def test_a_pair_of_categories_counts_its_distinct_shoppers() -> None:
    # Two kettles and a filter; shopper 0 buys kettle and filter in ten orders.
    orders = [[0, 2]] * 10 + [[1, 2]] * 3 + [[0]] * ENOUGH
    shoppers = [0] * 10 + [1, 2, 3] + list(range(4, 4 + ENOUGH))
    levels = count_levels(build(orders, n_items=3, shoppers=shoppers, categories=["k", "k", "f"]))
    assert shoppers_of(levels, "k", 2) == 4
    assert levels.orders[[levels.names.index("k")], [levels.names.index("f")]] == 13


def test_a_category_of_few_shoppers_speaks_through_the_path_above() -> None:
    # Nobody bought the macro lens (2); lenses in general are bought with filters (1).
    orders = [[0, 1]] * 12 + [[0]] * ENOUGH
    categories = ["photo/lenses/zoom", "photo/filters/uv", "photo/lenses/macro"]
    levels = count_levels(build(orders, n_items=3, categories=categories))
    assert levels.steps_back[levels.names.index("photo/lenses/macro")] == 1
    assert levels.steps_back[levels.names.index("photo/lenses/zoom")] == 0
    assert shoppers_of(levels, "photo/lenses/macro", 1) == 12


def test_on_a_path_above_a_category_counts_with_another_and_not_with_itself() -> None:
    # All under photo: 30 bought a zoom alone, 7 a zoom with a filter; the bag is new.
    orders = [[0]] * ENOUGH + [[0, 1]] * 7
    categories = ["photo/lenses/zoom", "photo/filters/uv", "photo/bags/sling"]
    levels = count_levels(build(orders, n_items=3, categories=categories))
    assert levels.steps_back[levels.names.index("photo/bags/sling")] == 2
    assert shoppers_of(levels, "photo/bags/sling", 0) == 7
    assert shoppers_of(levels, "photo/bags/sling", 1) == 7


def test_what_has_no_category_has_no_shoppers() -> None:
    levels = count_levels(build([[0, 1]] * 40, n_items=2, categories=["k", ""]))
    assert shoppers_of(levels, "k", 1) == 0
    assert levels.n_shoppers(np.array([-1]), np.array([0])).tolist() == [0]


def test_without_categories_there_are_no_levels() -> None:
    levels = count_levels(build([[0, 1]] * 9, n_items=2))
    assert levels.names == ()
    assert levels.n_shoppers(np.array([-1]), np.array([0])).tolist() == [0]
