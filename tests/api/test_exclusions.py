"""Exclusions hold in the bytes that a caller gets: of answers that are made, at hand, of a batch, of an arm of a test,
and of two lists that are shown as one."""

import asyncio
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import grpc
from hypothesis import given, settings
from hypothesis import strategies as st
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from experiments.interleaving import FIRST, SECOND
from service.api.answering import Answering
from service.api.servicer import RecommendationServicer
from service.core.answers import Model, Request
from service.core.arms import Arms
from service.core.personal import ConsentReason, Met, Personal
from service.core.placements import PLACEMENTS, Placement
from service.core.slot import ModelSlot
from tests.service.any_shop import (
    ITEMS,
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
from tests.service.doubles import Lines
from tests.service.trials import CHALLENGER, CHAMPION, live, trial

KNOWN = Met(ConsentReason.GRANTED)


class KnownPages:
    """service.core.personal.PersonalPages that knows one shopper; of nobody the same topics are hidden."""

    def __init__(self, personal: Personal) -> None:
        self._personal = personal

    async def meet(self, *_: object, **__: object) -> Met:
        return KNOWN

    def as_met(self, met: Met, _: object) -> Personal:
        return self._personal if met is KNOWN else Personal(hidden=self._personal.hidden)


class Caller:
    """Of an in-process call that has all the time it wants and is never refused."""

    def time_remaining(self) -> None:
        return None

    async def abort(self, code: grpc.StatusCode, details: str, **_: object) -> None:
        raise AssertionError(code, details)

    abort_with_status = abort


def message_of(request: Request) -> pb.RecommendRequest:
    """The request on the wire."""
    given = {field.name: getattr(request, field.name) for field in fields(request)}
    owned = [pb.OwnedItem(item_id=item_id, days_since_bought=days) for item_id, days in given.pop("owned")]
    return pb.RecommendRequest(**given, owned=owned)


def servicer_of(model: Model, named: Mapping[str, Placement], personal: Personal) -> Any:
    slot = ModelSlot()
    slot.model = model
    return servicer_by(Arms(slot), named, personal)


def servicer_by(arms: Arms, named: Mapping[str, Placement], personal: Personal) -> Any:
    log = Lines().log
    return RecommendationServicer(Answering(arms, named, KnownPages(personal), log), log)  # type: ignore[arg-type]


@settings(max_examples=20, deadline=None)
@given(
    shop=shops(),
    told=changes,
    placement=placements,
    shopper=st.just(NOBODY) | shoppers(),
    made=st.lists(requests, min_size=1, max_size=6),
)
def test_no_answer_holds_what_is_not_for_its_page(
    shop: Shop, told: Changes, placement: Placement, shopper: Shopper, made: list[Request]
) -> None:
    personal, hidden = shopper
    of_nobody: Shopper = (Personal(hidden=personal.hidden), hidden)
    pages = [Request(placement.name, item) for item in ITEMS]
    asked = pages + [replace(one, placement=placement.name, item_id=one.item_id or "a") for one in made]
    messages = [message_of(one) for one in asked]
    named = [message_of(one) for one in asked]
    for message in named:
        message.shopper.CopyFrom(shopper_pb2.Shopper(customer_id="anna-4711"))

    async def answers() -> list[tuple[Request, pb.RecommendResponse]]:
        with opened(shop, told) as (model, _):
            servicer, caller = servicer_of(model, {**PLACEMENTS, placement.name: placement}, personal), Caller()
            made = [await servicer.recommend(one.SerializeToString(), caller) for one in messages]
            assert [await servicer.recommend(one.SerializeToString(), caller) for one in messages] == made
            batch = pb.BatchRecommendRequest(requests=[*messages, *named]).SerializeToString()
            together = pb.BatchRecommendResponse.FromString(await servicer.batch_recommend(batch, caller)).responses
            assert [pb.RecommendResponse.FromString(one) for one in made] == together[: len(made)]
            return [*zip([*asked, *asked], together, strict=True)]

    with opened(shop, told) as (_, now):
        for place, (request, answer) in enumerate(asyncio.run(answers())):
            whose = of_nobody if place < len(asked) else shopper
            assert_obeyed(now, request, placement, whose, answer.recommendations, answer.moment)


@settings(max_examples=20, deadline=None)
@given(
    both=two_shops(),
    told=changes,
    placement=placements,
    shopper=st.just(NOBODY) | shoppers(),
    made=st.lists(requests, min_size=1, max_size=6),
)
def test_neither_an_arm_nor_two_lists_in_one_hold_what_is_not_for_its_page(
    both: tuple[Shop, Shop], told: Changes, placement: Placement, shopper: Shopper, made: list[Request]
) -> None:
    personal, hidden = shopper
    of_nobody: Shopper = (Personal(hidden=personal.hidden), hidden)
    asked = [Request(placement.name, item) for item in ITEMS] * 2
    asked += [replace(one, placement=placement.name, item_id=one.item_id or "a") for one in made]
    messages = [message_of(one) for one in asked]
    named = [message_of(one) for one in asked]
    for message in named:
        message.shopper.CopyFrom(shopper_pb2.Shopper(customer_id="anna-4711"))
    arms = trial(placements=(placement.name,))
    draft = replace(arms, interleaved=("control", "new"))

    async def answers(arms: Arms, pages: dict[str, Placement]) -> list[pb.RecommendResponse]:
        servicer, caller = servicer_by(arms, pages, personal), Caller()
        found = [await servicer.recommend(one.SerializeToString(), caller) for one in messages]  # type: ignore[arg-type]
        batch = pb.BatchRecommendRequest(requests=named).SerializeToString()
        together = pb.BatchRecommendResponse.FromString(await servicer.batch_recommend(batch, caller))  # type: ignore[arg-type]
        return [*map(pb.RecommendResponse.FromString, found), *together.responses]

    with opened(both[0], told) as (first, first_now), opened(both[1], told) as (second, second_now):
        champion, challenger = ModelSlot(), ModelSlot()
        champion.model, challenger.model = first, second
        slots, now = {CHAMPION: champion, CHALLENGER: challenger}, {FIRST: first_now, SECOND: second_now}
        for test in (arms, draft):
            given_by = Arms(champion, live(slots, test))
            answered = asyncio.run(answers(given_by, {**PLACEMENTS, placement.name: placement}))
            for place, (request, answer) in enumerate(zip([*asked, *asked], answered, strict=True)):
                whose = of_nobody if place < len(asked) else shopper
                variant = answer.variant.removeprefix("trial/").removesuffix("~")
                if test is draft:
                    teams, items = variant.removeprefix("+"), answer.recommendations
                    assert_draft_obeyed(now, request, placement, whose, items, teams, answer.moment)
                else:
                    shop = now[FIRST if variant == "control" else SECOND]
                    assert_obeyed(shop, request, placement, whose, answer.recommendations, answer.moment)
