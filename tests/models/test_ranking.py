from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.bundle.contents import BASES, RELATIONS, RankedPairs
from models.generators.registry import GENERATORS
from models.histories import Histories
from models.ranker import fit_blend
from models.ranking import Ranking, rank
from models.relations import RelationRules
from tests.models.worlds import build

NAMES = tuple(sorted(GENERATORS))


def ranked(
    histories: Histories, *, min_shoppers: int = 1, min_lift: float = 0.0, max_candidates: int = 10, n_threads: int = 1
) -> Ranking:
    candidates = {name: GENERATORS[name]().generate(histories, 20) for name in NAMES}
    ranker = fit_blend(candidates, NAMES, histories.orders_items)
    return rank(
        histories,
        candidates,
        ranker,
        min_shoppers=min_shoppers,
        min_lift=min_lift,
        max_candidates=max_candidates,
        rules=RelationRules(),
        n_threads=n_threads,
    )


def listed(pairs: RankedPairs, anchor: int) -> dict[int, str]:
    part = slice(pairs.indptr[anchor], pairs.indptr[anchor + 1])
    return {
        int(item): RELATIONS[relation] for item, relation in zip(pairs.item[part], pairs.relation[part], strict=True)
    }


@pytest.mark.parametrize(("n_shoppers", "published"), [(4, False), (5, True)])
def test_a_pair_needs_the_floor_of_distinct_shoppers(n_shoppers: int, published: bool) -> None:
    orders = [[0, 1]] * n_shoppers + [[2]] * 10
    pairs = ranked(build(orders, n_items=3), min_shoppers=5).pairs
    assert (1 in listed(pairs, 0)) is published


def test_many_orders_of_one_shopper_are_one_shopper() -> None:
    histories = build([[0, 1]] * 50 + [[2]] * 10, n_items=3, shoppers=[7] * 50 + list(range(100, 110)))
    assert listed(ranked(histories, min_shoppers=2).pairs, 0) == {}


def test_two_orders_of_one_shopper_join_a_pair() -> None:
    orders = [[0], [1]] * 5 + [[2]] * 10
    histories = build(orders, n_items=3, shoppers=[n // 2 for n in range(10)] + list(range(100, 110)))
    assert 1 in listed(ranked(histories, min_shoppers=5).pairs, 0)


def test_every_published_pair_says_how_many_shoppers_made_it(shop: Histories) -> None:
    pairs = ranked(shop, min_shoppers=5).pairs
    buyers = [set(shop.order_shopper[shop.orders_items[:, [item]].toarray().ravel() > 0]) for item in range(40)]
    for anchor in range(40):
        part = slice(pairs.indptr[anchor], pairs.indptr[anchor + 1])
        bought = pairs.relation[part] != RELATIONS.index("alternative")
        expected = [len(buyers[anchor] & buyers[item]) for item in pairs.item[part][bought]]
        assert pairs.n_shoppers[part][bought].tolist() == expected
    assert pairs.n_shoppers.min() >= 5


def test_what_was_held_back_adds_up(shop: Histories) -> None:
    ranking = ranked(shop, min_shoppers=20, min_lift=2.0, max_candidates=1_000)
    assert ranking.n_by_chance > 0
    assert ranking.n_below_floor > 0
    held_back = ranking.n_below_floor + ranking.n_by_chance
    assert ranking.n_proposed == held_back + len(ranking.pairs.item)


def test_lists_are_cut_and_fall_in_probability(shop: Histories) -> None:
    pairs = ranked(shop, max_candidates=3).pairs
    assert np.diff(pairs.indptr).max() == 3
    anchor = np.repeat(np.arange(40), np.diff(pairs.indptr))
    assert np.all(np.diff(pairs.probability)[np.diff(anchor) == 0] <= 0)


def test_the_number_of_threads_changes_no_bit(shop: Histories) -> None:
    one, three = ranked(shop, n_threads=1).pairs, ranked(shop, n_threads=3).pairs
    for part in ("indptr", "item", "probability", "relation", "n_shoppers"):
        assert np.array_equal(getattr(one, part), getattr(three, part))


PHOTO = ("photo/bodies", "photo/cases", "photo/bodies", "photo/lenses", "photo/film", "tea", "cups")
PRICES = (100_000, 4_000, 110_000, 80_000, 900, 500, 500)


def photo_shop(viewers: Sequence[int] | None = None) -> Histories:
    """0 a body, 1 its case, 2 a body compared with it, 3 a lens, 4 film bought again and again, 5 and 6 others."""
    orders = [[0, 1]] * 20 + [[0, 3]] * 20 + [[0, 4]] * 20 + [[4]] * 40 + [[0, 2]] * 3 + [[2]] * 20 + [[5, 6]] * 400
    shoppers = [*range(60), *range(40, 60), *range(40, 60), *range(200, 623)]
    sessions = [[0, 2]] * 80 + [[0, 1]] * 10 + [[0, 3]] * 10 + [[1], [3], [4]] * 300
    histories = build(orders, n_items=7, shoppers=shoppers, sessions=sessions, categories=PHOTO, prices=PRICES)
    if viewers is None:
        return histories
    session_shopper = histories.session_shopper.copy()
    session_shopper[: len(viewers)] = viewers
    return replace(histories, session_shopper=session_shopper)


@pytest.fixture(scope="module")
def relations() -> dict[int, str]:
    return listed(ranked(photo_shop()).pairs, 0)


def test_what_is_much_cheaper_is_an_accessory(relations: dict[int, str]) -> None:
    assert relations[1] == "accessory"


def test_what_costs_about_the_same_is_a_complement(relations: dict[int, str]) -> None:
    assert relations[3] == "complement"


def test_what_the_same_people_buy_again_is_a_refill(relations: dict[int, str]) -> None:
    assert relations[4] == "refill"


def test_what_is_looked_at_together_and_not_bought_together_is_an_alternative(relations: dict[int, str]) -> None:
    assert relations[2] == "alternative"


def test_an_alternative_is_in_no_list_that_is_shown() -> None:
    ranking = ranked(photo_shop())
    assert 2 in listed(ranking.pairs, 0)
    assert 2 not in ranking.as_candidates().of(0)
    assert ranking.as_candidates().of(0).tolist() == [item for item in listed(ranking.pairs, 0) if item != 2]


def test_an_alternative_rests_on_views_and_the_others_on_purchases() -> None:
    pairs = ranked(photo_shop()).pairs
    first = slice(pairs.indptr[0], pairs.indptr[1])
    found = {int(item): BASES[basis] for item, basis in zip(pairs.item[first], pairs.basis[first], strict=True)}
    assert found[2] == "views"
    assert {basis for item, basis in found.items() if item != 2} == {"purchases"}


def test_an_alternative_needs_the_floor_of_viewers() -> None:
    # 80 sessions look at both bodies, all of one shopper.
    histories = photo_shop(viewers=[900] * 80)
    assert 2 not in listed(ranked(histories, min_shoppers=5).pairs, 0)
    assert 2 in listed(ranked(photo_shop(), min_shoppers=5).pairs, 0)


def test_without_prices_nothing_is_called_an_accessory() -> None:
    histories = build([[0, 1]] * 20, n_items=2)
    assert listed(ranked(histories).pairs, 0) == {1: "complement"}


def test_what_everybody_buys_with_everything_is_held_back() -> None:
    orders = [[0, 1, 2]] * 20 + [[2]] * 60 + [[2, 3]] * 20
    found = listed(ranked(build(orders, n_items=4), min_lift=2.0).pairs, 0)
    assert found == {1: "complement"}


def test_what_everybody_buys_again_is_no_refill_of_a_thing_it_is_not_bought_with() -> None:
    # Coffee (2) is bought again by everybody and with everything; a camera (0) is no reason to.
    orders = [[0, 1]] * 30 + [[2], [2]] * 15
    shoppers = [*range(30), *(n // 2 for n in range(30))]
    for shopper in range(100, 400):
        orders += [[2], [2, 3 + shopper % 10]]
        shoppers += [shopper, shopper]
    prices = [90_000, 4_000, 700, *[50_000] * 10]
    found = listed(ranked(build(orders, n_items=13, shoppers=shoppers, prices=prices)).pairs, 0)
    assert found == {1: "accessory", 2: "accessory"}


def test_two_things_that_are_used_up_are_no_refills_of_each_other() -> None:
    orders = [[0, 1], [0, 1]] * 40 + [[2]] * 400
    shoppers = [*(n // 2 for n in range(80)), *range(100, 500)]
    histories = build(orders, n_items=3, shoppers=shoppers, prices=[1_800, 1_900, 500])
    assert listed(ranked(histories).pairs, 0)[1] == "complement"


def test_what_is_compared_across_categories_is_no_alternative() -> None:
    orders = [[0]] * 40 + [[1]] * 40 + [[0, 1]] * 2 + [[2, 3]] * 400
    sessions = [[0, 1]] * 60 + [[2]] * 300
    same = build(orders, n_items=4, sessions=sessions, categories=["a", "a", "b", "b"])
    other = build(orders, n_items=4, sessions=sessions, categories=["a", "c", "b", "b"])
    assert listed(ranked(same).pairs, 0) == {1: "alternative"}
    assert listed(ranked(other).pairs, 0) == {1: "complement"}
