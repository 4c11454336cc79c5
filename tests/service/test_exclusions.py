"""Exclusions hold on every path, whatever the request and the model."""

import tempfile
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from models.bundle.contents import RELATIONS
from models.bundle.reading import Bundle
from service.core.answers import Model, QuietReason, Relation, Request, Rung
from service.core.personal import Personal
from service.core.placements import PLACEMENTS, Placement
from service.core.recommendation import recommend
from tests.service.shop import Pairs, write_shop

ITEMS = tuple("abcdefgh")
KINDS = ("x", "y")
some_ids = st.lists(st.sampled_from((*ITEMS, "unheard-of")), unique=True, max_size=4).map(tuple)


def ranked(anchors: tuple[str, ...]) -> st.SearchStrategy[Pairs]:
    pair = st.tuples(st.sampled_from(ITEMS), st.floats(0, 1, width=32), st.sampled_from(RELATIONS))
    return st.dictionaries(st.sampled_from(anchors), st.lists(pair, max_size=6, unique_by=lambda it: it[0]))


@st.composite
def shops(draw: st.DrawFn) -> dict[str, object]:
    return {
        "pairs": draw(ranked(ITEMS)),
        "category_pairs": {kind: [] for kind in KINDS} | dict(draw(ranked(KINDS))),
        "titles": {item: draw(st.sampled_from(("", "red bag", "big red bag", "lamp"))) for item in ITEMS},
        "categories": draw(st.dictionaries(st.sampled_from(ITEMS), st.sampled_from(KINDS))),
        "prices_minor": draw(st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 9))),
        "refill_days": draw(st.dictionaries(st.sampled_from(ITEMS), st.sampled_from((10.0, 30.0)))),
        "unavailable": draw(st.frozensets(st.sampled_from(ITEMS), max_size=3)),
    }


requests = st.builds(
    Request,
    placement=st.sampled_from(tuple(PLACEMENTS)),
    item_id=st.sampled_from((*ITEMS, "", "unheard-of")),
    cart_item_ids=some_ids,
    viewed_item_ids=some_ids,
    shown_item_ids=some_ids,
    dismissed_item_ids=some_ids,
    passed_by_item_ids=st.lists(st.sampled_from(("a", "b")), max_size=8).map(tuple),
    max_results=st.integers(0, 5),
)


@st.composite
def shoppers(draw: st.DrawFn) -> tuple[Personal, frozenset[str]]:
    """What may be used of somebody, and the names of the categories that are hidden from them."""
    hidden = draw(st.frozensets(st.sampled_from(KINDS)))
    some = st.frozensets(st.sampled_from((*ITEMS, "unheard-of")), max_size=4)
    personal = Personal(
        hidden=frozenset(KINDS.index(kind) for kind in hidden),
        turned_to=draw(some_ids),
        owned={item: draw(st.sampled_from((9.0, 29.0, 31.0))) for item in draw(some)},
        dismissed=draw(some),
        passed_by={item: draw(st.lists(st.sampled_from((1.0, 20.0)), max_size=9)) for item in draw(some)},
    )
    return personal, hidden


@settings(max_examples=150, deadline=None)
@given(shop=shops(), asked=st.lists(st.tuples(requests, shoppers()), min_size=5, max_size=20))
def test_no_path_shows_what_is_not_for_this_shopper(
    shop: dict, asked: list[tuple[Request, tuple[Personal, frozenset[str]]]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        write_shop(Path(directory) / "bundle", **shop)
        model = Model(Bundle.open(Path(directory) / "bundle"), "accessories/1")
        kind_of = shop["categories"].get
        for request, (personal, hidden) in asked:
            answer = recommend(model, request, PLACEMENTS[request.placement], personal)
            held = {request.item_id, *request.cart_item_ids}
            gone = held | {*request.shown_item_ids, *request.dismissed_item_ids} | personal.dismissed
            shown = {item.item_id for item in answer.recommendations}
            assert not shown & (gone | shop["unavailable"])
            assert not {kind_of(item) for item in shown} & hidden
            for item in answer.recommendations:
                days = personal.owned.get(item.item_id)
                is_due = item.relation is Relation.REFILL and (days or 0) >= shop["refill_days"].get(item.item_id, 0)
                assert days is None or is_due
                rests = PLACEMENTS[request.placement].rest_after
                assert request.passed_by_item_ids.count(item.item_id) < rests
                assert sum(age == 1.0 for age in personal.passed_by.get(item.item_id, ())) < rests
                evidence = item.reason.evidence_item_id
                assert evidence == request.item_id or kind_of(evidence) not in hidden
            # What would replace something in the cart is kept out though the cart's own topic is muted.
            assert not shown & {
                item
                for anchor in held
                for item, _, relation in shop["pairs"].get(anchor, ())
                if relation == "alternative"
            }
            assert (answer.rung is Rung.NONE) == (answer.quiet_reason is not QuietReason.NOT_QUIET) == (not shown)


@settings(max_examples=120, deadline=None)
@given(shop=shops(), asked=st.lists(requests, min_size=5, max_size=20))
def test_no_path_shows_what_is_excluded(shop: dict, asked: list[Request]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        write_shop(Path(directory) / "bundle", **shop)
        model = Model(Bundle.open(Path(directory) / "bundle"), "accessories/1")
        for request in asked:
            answer = recommend(model, request, PLACEMENTS[request.placement])
            shown = [item.item_id for item in answer.recommendations]
            held = {request.item_id, *request.cart_item_ids}
            assert not set(shown) & (held | {*request.shown_item_ids, *request.dismissed_item_ids})
            assert not set(shown) & shop["unavailable"]
            assert not set(shown) & {
                item
                for anchor in held
                for item, _, relation in shop["pairs"].get(anchor, ())
                if relation == "alternative"
            }
            if answer.rung is Rung.CATEGORY:
                own = {shop["categories"].get(item) for item in held} - {None}
                assert not own & {shop["categories"].get(item) for item in shown}
            assert all(item.relation is not Relation.ALTERNATIVE for item in answer.recommendations)
            assert len(shown) == len(set(shown)) <= (request.max_results or PLACEMENTS[request.placement].max_results)
            assert all(item.probability >= 0.0199999 for item in answer.recommendations)
            probabilities = [item.probability for item in answer.recommendations]
            assert probabilities == sorted(probabilities, reverse=True)
            assert (answer.rung is Rung.NONE) == (answer.quiet_reason is not QuietReason.NOT_QUIET) == (not shown)


placements = st.builds(
    replace,
    st.sampled_from(tuple(PLACEMENTS.values())),
    min_results=st.integers(1, 3),
    max_price_share=st.sampled_from((0.5, 1.0)),
    max_category_share=st.sampled_from((0.0, 0.5, 1.0)),
    max_likeness=st.sampled_from((0.6, 1.1)),
)


@settings(max_examples=150, deadline=None)
@given(shop=shops(), asked=st.lists(st.tuples(requests, placements), min_size=5, max_size=20))
def test_no_path_forgets_its_manners(shop: dict, asked: list[tuple[Request, Placement]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        write_shop(Path(directory) / "bundle", **shop)
        model = Model(Bundle.open(Path(directory) / "bundle"), "accessories/1")
        for request, placement in asked:
            answer = recommend(model, replace(request, placement=placement.name), placement)
            shown = [item.item_id for item in answer.recommendations]
            limit = request.max_results or placement.max_results
            assert not shown or len(shown) >= min(placement.min_results, limit)
            kinds = Counter(shop["categories"].get(item) for item in shown)
            assert all(kinds[kind] <= max(1, placement.max_category_share * limit) for kind in KINDS)
            for item in answer.recommendations:
                price, anchor = (shop["prices_minor"].get(of) for of in (item.item_id, item.reason.evidence_item_id))
                if item.relation is Relation.ACCESSORY and None not in (price, anchor):
                    assert price <= placement.max_price_share * anchor
            for left, right in combinations(shown, 2):
                for of, other in ((left, right), (right, left)):
                    pairs = shop["pairs"].get(of, ())
                    assert not any(one == other and relation == "alternative" for one, _, relation in pairs)
                if shop["categories"].get(left) != shop["categories"].get(right):
                    continue
                words, others = ({*shop["titles"][of].split()} for of in (left, right))
                assert not words & others or len(words & others) < placement.max_likeness * len(words | others)
