"""Exclusions hold on every path, whatever the request, the model and what the shop told of its items since."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.interleaving import FIRST, N_COINS, SECOND
from service.core.answers import QuietReason, Request, Rung
from service.core.drafting import Listed, drafted
from service.core.placements import Placement
from service.core.recommendation import recommend
from tests.service.any_shop import (
    NOBODY,
    Changes,
    Shop,
    Shopper,
    assert_draft_obeyed,
    assert_obeyed,
    changes,
    opened,
    placements,
    requests,
    shoppers,
    shops,
    two_shops,
)


@settings(max_examples=80, deadline=None)
@given(
    shop=shops(),
    told=changes,
    asked=st.lists(st.tuples(requests, placements, st.just(NOBODY) | shoppers()), min_size=4, max_size=12),
)
def test_no_path_shows_what_is_not_for_this_page_and_this_shopper(
    shop: Shop, told: Changes, asked: list[tuple[Request, Placement, Shopper]]
) -> None:
    with opened(shop, told) as (model, now):
        for made, placement, shopper in asked:
            request = replace(made, placement=placement.name)
            answer = recommend(model, request, placement, shopper[0])
            assert_obeyed(now, request, placement, shopper, answer.recommendations, answer.moment)
            is_quiet = not answer.recommendations
            assert (answer.rung is Rung.NONE) == (answer.quiet_reason is not QuietReason.NOT_QUIET) == is_quiet
            if answer.rung is Rung.CATEGORY and shopper is NOBODY and not request.muted_topics:
                held = {request.item_id, *request.cart_item_ids}
                own = {now["categories"].get(item) for item in held} - {None}
                assert not own & {now["categories"].get(item.item_id) for item in answer.recommendations}


@settings(max_examples=80, deadline=None)
@given(
    both=two_shops(),
    told=changes,
    asked=st.lists(
        st.tuples(requests, placements, st.just(NOBODY) | shoppers(), st.integers(0, 2**N_COINS - 1)),
        min_size=4,
        max_size=12,
    ),
)
def test_no_draft_of_two_models_shows_what_is_not_for_this_page_and_this_shopper(
    both: tuple[Shop, Shop], told: Changes, asked: list[tuple[Request, Placement, Shopper, int]]
) -> None:
    with opened(both[0], told) as (first, first_now), opened(both[1], told) as (second, second_now):
        now = {FIRST: first_now, SECOND: second_now}
        for made, placement, shopper, coins in asked:
            request = replace(made, placement=placement.name)
            lists = [Listed(one, recommend(one, request, placement, shopper[0])) for one in (first, second)]
            answer, teams = drafted(*lists, request, placement, coins)
            assert_draft_obeyed(now, request, placement, shopper, answer.recommendations, teams, answer.moment)
            is_quiet = not answer.recommendations
            assert (answer.rung is Rung.NONE) == (answer.quiet_reason is not QuietReason.NOT_QUIET) == is_quiet
            if is_quiet and any(one.answer.recommendations for one in lists):
                assert answer.quiet_reason is QuietReason.TOO_FEW
