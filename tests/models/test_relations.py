"""The direction of relations: what belongs to what."""

from collections.abc import Sequence

import numpy as np
import pytest

from models.association import Association
from models.bundle.contents import RELATIONS
from models.histories import Histories
from models.relations import RelationCounts, RelationRules
from tests.models.features.named import counted
from tests.models.worlds import build, pairs_of

CAMERA, CASE = 0, 1


def relation(
    histories: Histories, anchor: int, item: int, rules: RelationRules | None = None, *, bought: bool = True
) -> str:
    """What the item is to the anchor."""
    pair = pairs_of((anchor, item))
    known = counted(histories, pair)
    buyer_lift = Association(histories).of(pair, known).buyer_lift
    relations = RelationCounts(histories, rules or RelationRules())
    return RELATIONS[relations.classify(pair, buyer_lift, known, np.array([bought]))[0]]


def shop(*, together: int = 0, later: int = 0, sooner: int = 0, prices: Sequence[int] = (100_000, 4_000)) -> Histories:
    """So many shoppers buy camera and case at once, the case after the camera, and before it."""
    orders = [[CAMERA, CASE]] * together + [[CAMERA], [CASE]] * later + [[CASE], [CAMERA]] * sooner
    alone = list(range(together))
    twice = np.repeat(np.arange(together, together + later + sooner), 2).tolist()
    return build(orders, n_items=2, shoppers=alone + twice, prices=prices)


@pytest.mark.parametrize("given", [{"together": 9}, {"later": 9}, {"together": 3, "later": 9, "sooner": 5}])
def test_what_costs_less_and_comes_with_it_or_after_it_is_an_accessory(given: dict[str, int]) -> None:
    assert relation(shop(**given), CAMERA, CASE) == "accessory"


@pytest.mark.parametrize("given", [{"together": 9}, {"later": 9}])
def test_what_an_item_is_an_accessory_of_is_neither_its_accessory_nor_its_equal(given: dict[str, int]) -> None:
    assert relation(shop(**given), CASE, CAMERA) == "unspecified"


def test_what_costs_less_and_comes_before_it_is_a_complement_in_both_directions() -> None:
    histories = shop(together=3, sooner=9)
    assert relation(histories, CAMERA, CASE) == "complement"
    assert relation(histories, CASE, CAMERA) == "complement"


@pytest.mark.parametrize(
    ("later", "sooner", "expected"), [(0, 1, "accessory"), (0, 2, "complement"), (2, 2, "accessory")]
)
def test_it_takes_more_than_one_shopper_to_overrule_the_prices(later: int, sooner: int, expected: str) -> None:
    assert relation(shop(together=9, later=later, sooner=sooner), CAMERA, CASE) == expected


def test_how_clearly_an_accessory_follows_is_a_rule() -> None:
    histories = shop(later=10, sooner=5)
    assert relation(histories, CAMERA, CASE, RelationRules(accessory_follows=2.0)) == "accessory"
    assert relation(histories, CAMERA, CASE, RelationRules(accessory_follows=3.0)) == "complement"


def test_what_costs_about_the_same_is_a_complement_whatever_comes_first() -> None:
    histories = shop(later=9, prices=(100_000, 80_000))
    assert relation(histories, CAMERA, CASE) == "complement"
    assert relation(histories, CASE, CAMERA) == "complement"


def test_without_a_price_nothing_is_said_of_direction() -> None:
    histories = shop(later=9, prices=(100_000, -1))
    assert relation(histories, CAMERA, CASE) == "complement"
    assert relation(histories, CASE, CAMERA) == "complement"


def test_what_a_refill_goes_into_is_not_its_equal() -> None:
    # 20 shoppers buy a kettle with a filter and filters again; 400 buy something else.
    orders = [[0, 1], [1]] * 20 + [[2]] * 400
    shoppers = [*np.repeat(np.arange(20), 2).tolist(), *range(100, 500)]
    for prices in ((4_000, 900, 500), (1_000, 900, 500)):
        histories = build(orders, n_items=3, shoppers=shoppers, prices=prices)
        assert relation(histories, 0, 1) == "refill"
        assert relation(histories, 1, 0) == "unspecified"


def test_where_too_few_bought_both_nobodys_order_decides() -> None:
    histories = shop(together=3, sooner=9)
    assert relation(histories, CAMERA, CASE) == "complement"
    assert relation(histories, CAMERA, CASE, bought=False) == "accessory"


@pytest.mark.parametrize(
    ("categories", "expected"), [("aa", "alternative"), ("ab", "complement"), (("", ""), "complement")]
)
def test_what_too_few_bought_of_one_category_is_an_alternative(categories: Sequence[str], expected: str) -> None:
    histories = build([[0], [1]], n_items=2, categories=categories)
    assert relation(histories, 0, 1, bought=False) == expected
