"""What is told of arms that nobody is shown."""

import asyncio
from datetime import UTC, datetime

import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb

from privacy.rules import Rules
from service.api.shadows import MAX_WAITING, Shadows
from service.api.wire import encode
from service.core.answers import NO_MODEL, Answer, Model, Reason, ReasonCode, Recommendation, Relation
from service.core.arms import Stand
from service.core.personal import NOBODY, PersonalPages
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from service.core.tally import Tally
from tests.service.doubles import Lines

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")
REASON = Reason(ReasonCode.BOUGHT_TOGETHER, "", "")


def showing(*item_ids: str) -> Answer:
    """An answer of these items."""
    items = tuple(Recommendation(item_id, 0.5, Relation.COMPLEMENT, REASON, "") for item_id in item_ids)
    return Answer(items, "accessories/2", NO_MODEL.rung, NO_MODEL.quiet_reason)


def beside(model: Model, shown: Answer, of_shadow: Answer, n_pages: int = 1) -> Tally:
    """What is counted of a shadow beside pages that come all at once."""
    slot, tally = ModelSlot(), Tally("trial/next")
    slot.model = model
    stand = Stand(None, Tally("trial/new"), (Stand(slot, tally),))
    pages = PersonalPages(None, Rules(), lambda: datetime(2026, 12, 1, tzinfo=UTC), lambda _: None)

    async def answered() -> None:
        shadows = Shadows(PLACEMENTS, pages, lambda *_: of_shadow, Lines().log)
        for _ in range(n_pages):
            shadows.beside(stand, PAGE, NOBODY, encode(shown))
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0)

    asyncio.run(answered())
    return tally


@pytest.mark.parametrize(
    ("shown", "of_shadow", "either", "both"),
    [
        (("bag", "card"), ("card", "lens", "tripod"), 4, 1),
        (("bag",), (), 1, 0),
        ((), ("bag",), 1, 0),
        ((), (), 0, 0),
    ],
)
def test_it_is_counted_how_far_a_shadow_agrees(
    model: Model, shown: tuple[str, ...], of_shadow: tuple[str, ...], either: int, both: int
) -> None:
    tally = beside(model, showing(*shown), showing(*of_shadow))
    assert (tally.n_either, tally.n_both, tally.n_quiet, sum(tally.buckets)) == (either, both, not of_shadow, 1)


def test_of_more_pages_than_can_wait_the_rest_has_no_shadow(model: Model) -> None:
    tally = beside(model, showing("bag"), showing("bag"), MAX_WAITING + 5)
    assert sum(tally.buckets) == MAX_WAITING
