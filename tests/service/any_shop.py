"""Shops, requests and shoppers of every kind, and whether an answer obeys them."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Protocol, TypeAlias

from hypothesis import strategies as st

from models.bundle.contents import RELATIONS
from models.bundle.reading import Bundle
from service.core.answers import Model, Reason, ReasonCode, Relation, Request
from service.core.catalogue import ToldBundle
from service.core.personal import Personal
from service.core.placements import PLACEMENTS, Moment, Placement, Restraint
from tests.service.catalogues import word
from tests.service.shop import Pairs, write_shop

ITEMS = tuple("abcdefgh")
KINDS = ("x", "x/z", "y")
Shop: TypeAlias = dict[str, object]
Changes: TypeAlias = Mapping[str, tuple[bool | None, int | None]]
Shopper: TypeAlias = tuple[Personal, frozenset[str]]
NOBODY: Shopper = (Personal(), frozenset())
some_ids = st.lists(st.sampled_from((*ITEMS, "unheard-of")), unique=True, max_size=4).map(tuple)
some_days = st.sampled_from((9.0, 29.0, 31.0))


def ranked(anchors: tuple[str, ...]) -> st.SearchStrategy[Pairs]:
    pair = st.tuples(st.sampled_from(ITEMS), st.floats(0, 1, width=32), st.sampled_from(RELATIONS))
    return st.dictionaries(st.sampled_from(anchors), st.lists(pair, max_size=6, unique_by=lambda it: it[0]))


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    return {
        "pairs": draw(ranked(ITEMS)),
        "category_pairs": {kind: [] for kind in KINDS} | dict(draw(ranked(KINDS))),
        "titles": {item: draw(st.sampled_from(("", "red bag", "big red bag", "lamp"))) for item in ITEMS},
        "categories": draw(st.dictionaries(st.sampled_from(ITEMS), st.sampled_from(KINDS))),
        "prices_minor": draw(st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 9))),
        "refill_days": draw(st.dictionaries(st.sampled_from(ITEMS), st.sampled_from((10.0, 30.0)))),
        "unavailable": draw(st.frozensets(st.sampled_from(ITEMS), max_size=3)),
    }


@st.composite
def two_shops(draw: st.DrawFn) -> tuple[Shop, Shop]:
    """One catalogue, of which two models know different things."""
    first = draw(shops())
    second = {"pairs": draw(ranked(ITEMS)), "category_pairs": {kind: [] for kind in KINDS} | dict(draw(ranked(KINDS)))}
    return first, first | second


changes = st.dictionaries(
    st.sampled_from(ITEMS), st.tuples(st.none() | st.booleans(), st.none() | st.integers(0, 9)), max_size=4
)
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
    owned=st.dictionaries(st.sampled_from(ITEMS), some_days, max_size=3).map(lambda owned: tuple(owned.items())),
    muted_topics=st.lists(st.sampled_from((*KINDS, "x/unheard-of")), unique=True, max_size=2).map(tuple),
)
placements = st.builds(
    replace,
    st.sampled_from(tuple(PLACEMENTS.values())),
    min_results=st.integers(1, 3),
    most_results=st.integers(1, 12),
    min_probability=st.sampled_from((None, 0.0, 0.2, 0.5)),
    max_price_share=st.sampled_from((0.5, 1.0)),
    max_category_share=st.sampled_from((0.0, 0.5, 1.0)),
    max_likeness=st.sampled_from((0.6, 1.1)),
    rest_after=st.sampled_from((0, 1, 3, 6)),
    moments=st.dictionaries(
        st.sampled_from(Moment), st.builds(Restraint, st.none() | st.integers(1, 3), st.sampled_from((1.0, 2.0)))
    ),
)


@st.composite
def shoppers(draw: st.DrawFn) -> Shopper:
    """What may be used of somebody, and the names of the categories that are hidden from them."""
    hidden = draw(st.frozensets(st.sampled_from(KINDS)))
    some = st.frozensets(st.sampled_from((*ITEMS, "unheard-of")), max_size=4)
    personal = Personal(
        hidden=frozenset(KINDS.index(kind) for kind in hidden),
        turned_to=draw(some_ids),
        owned={item: draw(some_days) for item in draw(some)},
        dismissed=draw(some),
        passed_by={item: draw(st.lists(st.sampled_from((1.0, 20.0)), max_size=9)) for item in draw(some)},
    )
    return personal, hidden


@contextmanager
def opened(shop: Shop, told: Changes) -> Iterator[tuple[Model, Shop]]:
    """The model, which was told of changes since its training, and the shop as it stands then."""
    with tempfile.TemporaryDirectory() as directory:
        write_shop(Path(directory) / "bundle", **shop)
        bundle = Bundle.open(Path(directory) / "bundle")
        ToldBundle(bundle).tell([word(item, available=can, price=price) for item, (can, price) in told.items()])
        sold_out = {item for item, (can, _) in told.items() if can is False}
        bought = {item for item, (can, _) in told.items() if can}
        prices = {item: price for item, (_, price) in told.items() if price is not None}
        yield (
            Model(bundle, "accessories/1"),
            shop
            | {"unavailable": shop["unavailable"] - bought | sold_out, "prices_minor": shop["prices_minor"] | prices},
        )


class Shown(Protocol):
    """An item of an answer, of the core's or of the wire's."""

    item_id: str
    probability: float
    relation: Relation
    reason: Reason


def assert_obeyed(
    shop: Shop, request: Request, placement: Placement, shopper: Shopper, items: Sequence[Shown], moment: int
) -> None:
    """Nothing is shown that is not for this page, this shopper or this shop."""
    (personal, hidden_kinds), kind_of = shopper, shop["categories"].get
    hidden = {kind for kind in KINDS if kind in hidden_kinds or _is_muted(kind, request.muted_topics)}
    shown = [item.item_id for item in items]
    held = {request.item_id, *request.cart_item_ids}
    assert not {*shown} & (held | {*request.shown_item_ids, *request.dismissed_item_ids} | personal.dismissed)
    assert not {*shown} & shop["unavailable"]
    assert not {kind_of(item) for item in shown} & hidden
    # What would replace something in the cart is kept out though the cart's own topic is muted.
    assert not {*shown} & {other for item in held for other in _alternatives(shop, item)}
    for item in items:
        days = min(
            (of[item.item_id] for of in (personal.owned, dict(request.owned)) if item.item_id in of), default=None
        )
        is_refill, interval = item.relation == Relation.REFILL, shop["refill_days"].get(item.item_id, 0)
        assert days is None or (is_refill and 0 < interval <= days)
        n_times = request.passed_by_item_ids.count(item.item_id)
        n_days = sum(age == 1.0 for age in personal.passed_by.get(item.item_id, ()))
        assert placement.rest_after == 0 or max(n_times, n_days) < placement.rest_after
        evidence = item.reason.evidence_item_id
        assert evidence == request.item_id or kind_of(evidence) not in hidden
        assert item.relation != Relation.ALTERNATIVE
        assert item.relation != Relation.ACCESSORY or _is_affordable(shop, request, placement, personal, hidden, item)
    restraint = placement.moments.get(moment, Restraint())
    bar = 0.02 if placement.min_probability is None else placement.min_probability
    assert all(item.probability >= bar * restraint.bar_factor - 1e-6 for item in items)
    probabilities = [item.probability for item in items]
    assert probabilities == sorted(probabilities, reverse=True)
    assert_mannerly([shop], request, placement, shown, moment)


def assert_mannerly(
    shops: Sequence[Shop], request: Request, placement: Placement, shown: Sequence[str], moment: int
) -> None:
    """Items stand beside each other as they may, by what any of the shops, which have one catalogue, knows of them."""
    kind_of, titles = shops[0]["categories"].get, shops[0]["titles"]
    restraint = placement.moments.get(moment, Restraint())
    most = max(placement.most_results, placement.max_results)
    limit = min(request.max_results, most) or restraint.max_results or placement.max_results
    assert len({*shown}) == len(shown)
    assert not shown or min(placement.min_results, limit) <= len(shown) <= limit
    kinds = Counter(kind_of(item) for item in shown)
    assert all(kinds[kind] <= max(1, placement.max_category_share * limit) for kind in KINDS)
    for left, right in combinations(shown, 2):
        assert not any(right in _alternatives(shop, left) or left in _alternatives(shop, right) for shop in shops)
        if kind_of(left) == kind_of(right):
            words, others = ({*titles[of].split()} for of in (left, right))
            assert not words & others or len(words & others) < placement.max_likeness * len(words | others)


def assert_draft_obeyed(
    shops: Mapping[str, Shop],
    request: Request,
    placement: Placement,
    shopper: Shopper,
    items: Sequence[Shown],
    teams: str,
    moment: int,
) -> None:
    """Nothing is in a drafted list that its own team's might not hold, and the whole of it is one list.

    Args:
        shops: By team.
        request: The page.
        placement: Its own.
        shopper: Who is before it.
        items: As shown.
        teams: Of the items.
        moment: As the answer says.
    """
    assert len(teams) == len(items)
    for team, shop in shops.items():
        own = [item for item, of in zip(items, teams, strict=True) if of == team]
        # Of a draft that has enough, one team may have brought a single item.
        assert_obeyed(shop, request, replace(placement, min_results=1), shopper, own, moment)
    assert_mannerly([*shops.values()], request, placement, [item.item_id for item in items], moment)


def _is_muted(kind: str, topics: Sequence[str]) -> bool:
    return any(kind == topic or kind.startswith(f"{topic}/") for topic in topics)


def _alternatives(shop: Shop, item: str) -> set[str]:
    return {other for other, _, relation in shop["pairs"].get(item, ()) if relation == "alternative"}


def _is_affordable(
    shop: Shop, request: Request, placement: Placement, personal: Personal, hidden: set[str], item: Shown
) -> bool:
    """Whether an accessory's price is held to what it is said to go with, where both prices are known."""
    price_of, kind_of = shop["prices_minor"].get, shop["categories"].get

    def is_held_to(*anchors: str) -> bool:
        price, known = price_of(item.item_id), [price_of(one) for one in anchors if price_of(one) is not None]
        return price is None or not known or price <= placement.max_price_share * max(known)

    if item.reason.evidence_item_id:
        return is_held_to(item.reason.evidence_item_id)
    if item.reason.code == ReasonCode.GOES_WITH_CATEGORY:
        cart = [one for one in request.cart_item_ids if kind_of(one) not in hidden]
        leaf = item.reason.text.removeprefix("Bought together with items in ")
        of_category = [request.item_id] if request.item_id in ITEMS else cart
        return is_held_to(*(one for one in of_category if (kind_of(one) or "").rpartition("/")[2] == leaf))
    # Of the history no item is named: it has to be right of one that it may go by.
    history = [one for one in personal.turned_to if kind_of(one) not in hidden]
    as_accessory = (item.item_id, "accessory")
    return any(
        is_held_to(one) for one in history if as_accessory in [(of, how) for of, _, how in shop["pairs"].get(one, ())]
    )
