from collections.abc import Sequence

import numpy as np
import pytest

from models.bundle.contents import BASES, RELATIONS, RankedPairs
from models.evidence import gather_evidence
from models.examples import examples_of
from models.generators.registry import GENERATORS
from models.histories import Histories
from models.ranker import Ranker, RankerSettings, fit_ranker
from models.ranking import Ranking, rank
from models.relations import RelationRules
from tests.models.worlds import build

NAMES = tuple(sorted(GENERATORS))


def ranked(
    histories: Histories,
    *,
    ranker: Ranker | None = None,
    min_shoppers: int = 1,
    min_lift: float = 0.0,
    max_candidates: int = 10,
    anchors: Sequence[int] | None = None,
    n_threads: int = 1,
) -> Ranking:
    """The lists of a ranker, or where none is given of one that has learned nothing and goes by shares of orders."""
    evidence = gather_evidence(histories, [GENERATORS[name]() for name in NAMES], 20, n_threads=n_threads)
    return rank(
        histories,
        evidence,
        fit_ranker([], evidence.columns, RankerSettings()) if ranker is None else ranker,
        min_shoppers=min_shoppers,
        min_lift=min_lift,
        max_candidates=max_candidates,
        rules=RelationRules(),
        anchors=None if anchors is None else np.array(anchors),
        n_threads=n_threads,
    )


@pytest.fixture(scope="module")
def learned(shop: Histories) -> Ranker:
    past = shop.before(int(shop.order_time_s[1_600]))
    evidence = gather_evidence(past, [GENERATORS[name]() for name in NAMES], 20)
    examples = examples_of(evidence, shop.orders_items[1_600:], np.ones(shop.n_items, np.bool_))
    return fit_ranker([examples], evidence.columns, RankerSettings(n_rounds=20, lambda_l2=1.0))


def listed(pairs: RankedPairs, anchor: int) -> dict[int, str]:
    part = slice(pairs.indptr[anchor], pairs.indptr[anchor + 1])
    return {
        int(item): RELATIONS[relation] for item, relation in zip(pairs.item[part], pairs.relation[part], strict=True)
    }


def rests_on(pairs: RankedPairs, anchor: int) -> dict[int, tuple[str, int]]:
    """What each item of an anchor rests on, and how many shoppers."""
    part = slice(pairs.indptr[anchor], pairs.indptr[anchor + 1])
    columns = zip(pairs.item[part], pairs.basis[part], pairs.n_shoppers[part], strict=True)
    return {int(item): (BASES[basis], int(n_shoppers)) for item, basis, n_shoppers in columns}


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
        bought = pairs.basis[part] == BASES.index("purchases")
        expected = [len(buyers[anchor] & buyers[item]) for item in pairs.item[part][bought]]
        assert pairs.n_shoppers[part][bought].tolist() == expected
    assert pairs.n_shoppers.min() >= 5


def test_what_was_held_back_adds_up(shop: Histories) -> None:
    ranking = ranked(shop, min_shoppers=20, min_lift=2.0, max_candidates=1_000)
    assert ranking.n_by_chance > 0
    assert ranking.n_below_floor > 0
    held_back = ranking.n_below_floor + ranking.n_by_chance
    assert ranking.n_proposed == held_back + len(ranking.pairs.item)


def test_too_few_buyers_are_filled_up_with_shoppers_of_both_by_any_act() -> None:
    # Three bought both, three others looked at one and bought the other or looked at both.
    orders = [[0, 1]] * 3 + [[0]] + [[2]] * 40
    shoppers = [1, 2, 3, 4, *range(100, 140)]
    sessions, lookers = [[1], [0, 1], [0, 1], [1]], [4, 5, 6, 7]
    histories = build(orders, n_items=3, shoppers=shoppers, sessions=sessions, session_shoppers=lookers)
    assert rests_on(ranked(histories, min_shoppers=6, min_lift=2.0).pairs, 0) == {1: ("views", 6)}
    assert rests_on(ranked(histories, min_shoppers=7, min_lift=2.0).pairs, 0) == {}


def test_a_pair_that_nobody_bought_may_rest_on_looks_alone() -> None:
    # Of different categories, so that it is no alternative.
    sessions = [[0, 1]] * 6 + [[2, 3]] * 30
    histories = build([[2, 3]] * 30, n_items=4, sessions=sessions, categories=["a", "b", "c", "d"])
    assert rests_on(ranked(histories, min_shoppers=5, min_lift=2.0).pairs, 0) == {1: ("views", 6)}


def test_rivals_that_are_looked_at_on_different_days_are_alternatives() -> None:
    # Six people look at both bodies, each in two sessions of their own; nobody buys both.
    sessions = [[0], [1]] * 6 + [[2, 3]] * 30
    lookers = [*np.repeat(np.arange(100, 106), 2).tolist(), *range(200, 230)]
    given = {"n_items": 4, "sessions": sessions, "session_shoppers": lookers}
    kin = build([[2, 3]] * 30, categories=["a", "a", "c", "d"], **given)
    strangers = build([[2, 3]] * 30, categories=["a", "b", "c", "d"], **given)
    assert listed(ranked(kin, min_shoppers=5, min_lift=2.0).pairs, 0) == {1: "alternative"}
    assert listed(ranked(strangers, min_shoppers=5, min_lift=2.0).pairs, 0) == {1: "complement"}


def test_items_that_the_calibration_did_not_see_count_nothing_in_an_anchors_mean(shop: Histories) -> None:
    known, weights = np.arange(40) != 39, []

    class Asked(Ranker):
        def probability(self, table, row, *, weight=None, n_threads=1):  # type: ignore[no-untyped-def]
            weights.append(weight)
            return super().probability(table, row, weight=weight, n_threads=n_threads)

    evidence = gather_evidence(shop, [GENERATORS[name]() for name in NAMES], 20)
    asked = Asked(tuple(column.name for column in evidence.columns), {}, 0.0)
    rank(shop, evidence, asked, min_shoppers=1, min_lift=0, max_candidates=9, rules=RelationRules(), known=known)
    items = np.concatenate([pairs.item for pairs in evidence.runs(np.arange(40))])
    assert np.array_equal(np.concatenate(weights), (items != 39).astype(float))


def test_where_enough_bought_both_they_alone_are_counted() -> None:
    orders, sessions = [[0, 1]] * 5 + [[2]] * 40, [[0, 1]] * 4
    histories = build(orders, n_items=3, sessions=sessions)
    assert rests_on(ranked(histories, min_shoppers=5).pairs, 0) == {1: ("purchases", 5)}


def test_the_lift_of_a_rare_pair_is_not_damped() -> None:
    histories = build([[0, 1]] * 5 + [[2]] * 995, n_items=3)
    assert 1 in listed(ranked(histories, min_shoppers=5, min_lift=199.0).pairs, 0)


def test_what_is_held_back_is_in_the_open_lists() -> None:
    ranking = ranked(build([[0, 1]] * 4 + [[2]] * 10, n_items=3), min_shoppers=5)
    assert ranking.as_candidates().of(0).tolist() == []
    assert ranking.as_open_candidates().of(0).tolist() == [1]


def test_anchors_that_are_not_asked_for_have_no_list(shop: Histories) -> None:
    some, every = ranked(shop, anchors=[3, 8]), ranked(shop)
    for anchor in range(40):
        expected = every.as_candidates().of(anchor).tolist() if anchor in (3, 8) else []
        assert some.as_candidates().of(anchor).tolist() == expected


def test_the_learned_ranker_puts_the_planted_partner_first(shop: Histories, learned: Ranker) -> None:
    shown = ranked(shop, ranker=learned).as_candidates()
    assert [int(shown.of(anchor)[0]) for anchor in range(0, 40, 2)] == list(range(1, 40, 2))


def test_lists_are_cut_and_fall_in_probability(shop: Histories) -> None:
    pairs = ranked(shop, max_candidates=3).pairs
    assert np.diff(pairs.indptr).max() == 3
    anchor = np.repeat(np.arange(40), np.diff(pairs.indptr))
    assert np.all(np.diff(pairs.probability)[np.diff(anchor) == 0] <= 0)


def test_the_number_of_threads_changes_no_bit(shop: Histories, learned: Ranker) -> None:
    one, three = (ranked(shop, ranker=learned, n_threads=n_threads).pairs for n_threads in (1, 3))
    for part in ("indptr", "item", "probability", "relation", "n_shoppers", "basis"):
        assert np.array_equal(getattr(one, part), getattr(three, part))


PHOTO = ("photo/bodies", "photo/cases", "photo/bodies", "photo/lenses", "photo/film", "tea", "cups")
PRICES = (100_000, 4_000, 110_000, 80_000, 900, 500, 500)


def photo_shop(viewers: Sequence[int] | None = None) -> Histories:
    """0 a body, 1 its case, 2 a body compared with it, 3 a lens, 4 film bought again and again, 5 and 6 others."""
    orders = [[0, 1]] * 20 + [[0, 3]] * 20 + [[0, 4]] * 20 + [[4]] * 40 + [[0, 2]] * 3 + [[2]] * 20 + [[5, 6]] * 400
    shoppers = [*range(60), *range(40, 60), *range(40, 60), *range(200, 623)]
    sessions = [[0, 2]] * 80 + [[0, 1]] * 10 + [[0, 3]] * 10 + [[1], [3], [4]] * 300
    lookers = [*(viewers or ()), *range(1_000 + len(viewers or ()), 1_000 + len(sessions))]
    return build(
        orders,
        n_items=7,
        shoppers=shoppers,
        sessions=sessions,
        session_shoppers=lookers,
        categories=PHOTO,
        prices=PRICES,
    )


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
    found = rests_on(ranked(photo_shop(), min_shoppers=5).pairs, 0)
    assert found == {1: ("purchases", 20), 2: ("views", 80), 3: ("purchases", 20), 4: ("purchases", 20)}


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
