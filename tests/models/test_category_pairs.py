import numpy as np
import pytest

from models.category_pairs import category_pairs
from models.histories import Histories
from tests.models.worlds import build


@pytest.fixture(scope="module")
def histories() -> Histories:
    # Two kettles (0, 1), their filter (2), a tent (3) bought alone, a peg (4) bought by two with a kettle.
    orders = [[0, 2]] * 15 + [[1, 2]] * 15 + [[0]] * 10 + [[3]] * 100 + [[0, 4]] * 2
    return build(orders, n_items=6, categories=["kettles", "kettles", "filters", "tents", "pegs", "kettles"])


def test_a_category_gets_what_its_items_are_bought_with(histories: Histories) -> None:
    names, pairs = category_pairs(histories, min_shoppers=5, max_candidates=5)
    kettles = names.index("kettles")
    part = slice(pairs.indptr[kettles], pairs.indptr[kettles + 1])
    assert pairs.item[part].tolist() == [2]


def test_the_probability_is_the_share_of_the_categorys_orders(histories: Histories) -> None:
    names, pairs = category_pairs(histories, min_shoppers=5, max_candidates=5)
    first = pairs.indptr[names.index("kettles")]
    assert pairs.probability[first] == pytest.approx(30 / 42)
    assert pairs.n_shoppers[first] == 30


def test_a_pair_of_too_few_shoppers_is_held_back(histories: Histories) -> None:
    _, pairs = category_pairs(histories, min_shoppers=5, max_candidates=5)
    assert 4 not in pairs.item
    assert pairs.n_shoppers.min() >= 5


def test_no_category_gets_its_own_items(histories: Histories) -> None:
    names, pairs = category_pairs(histories, min_shoppers=1, max_candidates=5)
    anchor = np.repeat(np.arange(len(names)), np.diff(pairs.indptr))
    categories = histories.catalogue.categories
    assert all(categories[item] != names[code] for code, item in zip(anchor, pairs.item, strict=True))


def test_without_categories_there_are_no_pairs() -> None:
    names, pairs = category_pairs(build([[0, 1]] * 9, n_items=2), min_shoppers=1, max_candidates=5)
    assert names == ()
    assert pairs.indptr.tolist() == [0]


def test_many_orders_of_one_shopper_are_one_shopper() -> None:
    orders = [[0, 1]] * 15 + [[0]] * 30 + [[2]] * 60
    shoppers = [7] * 15 + list(range(100, 190))
    histories = build(orders, n_items=3, shoppers=shoppers, categories=["kettles", "filters", "tents"])
    _, alone = category_pairs(histories, min_shoppers=1, max_candidates=5)
    _, floored = category_pairs(histories, min_shoppers=2, max_candidates=5)
    assert len(alone.item) == 2
    assert len(floored.item) == 0
