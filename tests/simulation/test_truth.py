import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.assortment import FAMILIES
from simulation.catalogue import build_catalogue
from simulation.families import Relation
from simulation.shop import Shop
from simulation.truth import MAX_LINKS, build_truth
from tests.simulation.conftest import SimulatedShop

SIZES = st.integers(min_value=50, max_value=700)


def pairs(shop: Shop, relation: Relation) -> set[tuple[int, int]]:
    anchors, items, relations = shop.truth.rows()
    here = relations == relation
    return set(zip(anchors[here].tolist(), items[here].tolist(), strict=True))


@given(SIZES, st.integers(min_value=0, max_value=2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_a_catalogue_of_any_size_has_unique_ids_and_titles(n_items: int, seed: int) -> None:
    catalogue = build_catalogue(n_items, np.random.default_rng(seed))

    assert len(set(catalogue.item_ids)) == len(set(catalogue.titles)) == n_items


def test_a_catalogue_of_many_thousands_still_has_unique_titles() -> None:
    catalogue = build_catalogue(30_000, np.random.default_rng(0))

    assert len(set(catalogue.titles)) == len(set(catalogue.item_ids)) == 30_000


@given(SIZES)
@settings(max_examples=20, deadline=None)
def test_no_item_is_its_own_companion_or_stands_in_two_relations_to_an_anchor(n_items: int) -> None:
    rng = np.random.default_rng(0)
    anchors, items, _ = build_truth(build_catalogue(n_items, rng), rng).rows()

    assert (anchors != items).all()
    assert len(set(zip(anchors.tolist(), items.tolist(), strict=True))) == len(anchors)


def test_an_anchor_has_at_most_six_companions_and_typically_three_to_five(shop: Shop) -> None:
    degrees = (shop.truth.links >= 0).sum(axis=1)
    mains = shop.truth.links[:, 1] >= 0

    assert degrees.max() <= MAX_LINKS == 6
    assert 3 <= degrees[mains].mean() <= 5


def test_complements_go_both_ways(shop: Shop) -> None:
    complements = pairs(shop, Relation.COMPLEMENT)

    assert complements
    assert {(item, anchor) for anchor, item in complements} == complements


def test_accessories_go_one_way_and_cost_less_than_their_anchor(shop: Shop) -> None:
    accessories = pairs(shop, Relation.ACCESSORY)
    anchors, items = np.array(sorted(accessories)).T

    assert not {(item, anchor) for anchor, item in accessories} & accessories
    assert (shop.catalogue.price_minor[items] < shop.catalogue.price_minor[anchors]).all()


def test_alternatives_are_of_the_same_leaf_and_companions_of_another(shop: Shop) -> None:
    leaf = shop.catalogue.leaf
    alternatives = pairs(shop, Relation.ALTERNATIVE)

    assert alternatives
    assert all(leaf[anchor] == leaf[item] for anchor, item in alternatives)
    for relation in (Relation.ACCESSORY, Relation.COMPLEMENT, Relation.REFILL):
        assert all(leaf[anchor] != leaf[item] for anchor, item in pairs(shop, relation))


def test_alternatives_go_both_ways(shop: Shop) -> None:
    alternatives = pairs(shop, Relation.ALTERNATIVE)

    assert {(item, anchor) for anchor, item in alternatives} == alternatives


def test_paired_accessories_fit_their_own_variant_alone(simulated: SimulatedShop) -> None:
    rows = simulated.rows(
        "SELECT a.title, i.title FROM truth t JOIN catalogue a ON a.item_id = t.anchor_item_id "
        "JOIN catalogue i ON i.item_id = t.item_id WHERE a.category = 'camping/tents/trekking' "
        "AND i.category = 'camping/tents/footprints' AND relation = 'accessory'"
    )

    assert rows
    sizes = [(tent.partition(" (")[0].rpartition(", ")[2], mat.rpartition(", ")[2]) for tent, mat in rows]
    assert all(of_tent == of_footprint for of_tent, of_footprint in sizes)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_names_its_slots_once_and_links_only_those(family) -> None:
    names = [slot.name for slot in family.slots]

    assert len(set(names)) == len(names)
    assert {name for link in family.links for name in (link.anchor, link.target)} <= set(names)
    assert len({slot.category for slot in family.slots}) == len(names)
    assert len({slot.category.split("/")[0] for slot in family.slots}) == 1


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_an_accessory_is_a_habit_and_never_a_rule(family) -> None:
    sizes = {slot.name: len(slot.variants) for slot in family.slots}
    rates = [
        link.rate / (1 if link.paired else sizes[link.target])
        for link in family.links
        if link.relation is Relation.ACCESSORY
    ]

    assert all(0.15 <= rate <= 0.45 for rate in rates)


def test_leaf_categories_belong_to_one_family(shop: Shop) -> None:
    owners: dict[int, set[int]] = {}
    for leaf, family in zip(shop.catalogue.leaf.tolist(), shop.catalogue.family.tolist(), strict=True):
        owners.setdefault(leaf, set()).add(family)

    assert all(len(families) == 1 for families in owners.values())


def test_few_items_are_unavailable(shop: Shop) -> None:
    assert 0 < (~shop.catalogue.available).mean() < 0.06
