"""Simulated shoppers at a real server: it is asked for pages, on which they do what the truth says, and told of it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar

import grpc
import numpy as np
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from bench.serving.people import shopper
from simulation.sampling import GroupedSampler, share_sampler
from simulation.shop import Shop
from simulation.visits import Visit, visit

RETURNING = 0.4
"""Of shoppers that come a second time, made up."""
MOST_RESULTS = 12
"""What a page has room for: how many there are is the model's."""
AT_ONCE, EVENTS_A_CALL = 32, 500
TIMEOUT_S = 30.0
CURRENCY = "EUR"
_T = TypeVar("_T")
_NOTHING = np.zeros(1, np.int64)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was answered, and what was done on it.

    Attributes:
        number: Of the shopper.
        anchor: Number of the item whose page it is.
        shown: Numbers of the items beside it.
        answer: The server's.
        done: By the shopper.
        at: When.
    """

    number: int
    anchor: int
    shown: Sequence[int]
    answer: pb.RecommendResponse
    done: Visit
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it all.

    Attributes:
        pages: In the order of the shoppers, first visits first.
        n_kept: Events that the server keeps.
        n_refused: Events of people who did not allow it.
    """

    pages: Sequence[Page]
    n_kept: int
    n_refused: int


class Storefront:
    """A shop's backend.

    Args:
        shop: What is sold, and the truth.
        channel: To the server.
        seed: Of all chance; each shopper has their own, so that nobody's follows from who else came.
        loses: Of pages of a variant the share whose impressions it loses, a fault; of others none.
    """

    def __init__(
        self, shop: Shop, channel: grpc.aio.Channel, seed: int, loses: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        self._shop, self._seed, self._loses = shop, seed, loses
        self._numbers = {item_id: number for number, item_id in enumerate(shop.catalogue.item_ids)}
        self._wanted: GroupedSampler = share_sampler(shop.catalogue.demand)
        self._recommendations = RecommendationServiceStub(channel)  # type: ignore[no-untyped-call]
        self._events = EventServiceStub(channel)  # type: ignore[no-untyped-call]
        self._privacy = PrivacyServiceStub(channel)  # type: ignore[no-untyped-call]

    async def open_to(self, numbers: Iterable[int]) -> Told:
        """Everybody comes once; then some of those who did not opt out come again.

        Args:
            numbers: Of shoppers, each once.
        """
        first = [(number, np.random.default_rng([self._seed, number])) for number in numbers]
        pages = await _each(first, lambda one: self._visited(*one))
        n_kept, n_refused = await self._tell(pages, "first")
        again = [one for one, page in zip(first, pages, strict=True) if not page.done.opts_out]
        again = [one for one in again if one[1].random() < RETURNING]
        more = await _each(again, lambda one: self._visited(*one))
        n_kept_more, n_refused_more = await self._tell(more, "again")
        return Told([*pages, *more], n_kept + n_kept_more, n_refused + n_refused_more)

    async def erase(self, numbers: Iterable[int]) -> None:
        """Have shoppers erased."""

        async def erased(number: int) -> None:
            request = privacy_pb.EraseShopperRequest(shopper=shopper(number), source="simulation")
            await self._privacy.EraseShopper(request, timeout=TIMEOUT_S)

        await _each(numbers, erased)

    async def opt_out(self, numbers: Iterable[int]) -> None:
        """Shoppers say no to everything."""

        async def said(number: int) -> None:
            await self._privacy.OptOut(privacy_pb.OptOutRequest(shopper=shopper(number)), timeout=TIMEOUT_S)

        await _each(numbers, said)

    async def _visited(self, number: int, rng: np.random.Generator) -> Page:
        anchor = int(self._wanted.draw(rng, _NOTHING)[0])
        request = pb.RecommendRequest(
            placement="product_page",
            item_id=self._shop.catalogue.item_ids[anchor],
            max_results=MOST_RESULTS,
            shopper=shopper(number),
        )
        answer = await self._recommendations.Recommend(request, timeout=TIMEOUT_S)
        shown = [self._numbers[one.item_id] for one in answer.recommendations]
        return Page(number, anchor, shown, answer, visit(self._shop.truth, anchor, shown, rng), datetime.now(UTC))

    async def _tell(self, pages: Sequence[Page], visits: str) -> tuple[int, int]:
        events = [event for page in pages for event in self._events_of(page, f"{self._seed}-{page.number}-{visits}")]
        calls = [events[first : first + EVENTS_A_CALL] for first in range(0, len(events), EVENTS_A_CALL)]

        async def tell(call: Sequence[event_pb.Event]) -> tuple[int, int]:
            answer = await self._events.RecordEvents(event_pb.RecordEventsRequest(events=call), timeout=TIMEOUT_S)
            outcomes = [result.outcome for result in answer.results]
            n_kept, n_refused = map(outcomes.count, (event_pb.EVENT_OUTCOME_STORED, event_pb.EVENT_OUTCOME_NOT_ALLOWED))
            if n_kept + n_refused < len(call):
                raise RuntimeError(f"events were not taken: {next(r for r in answer.results if r.outcome > 2)}")
            return n_kept, n_refused

        told = await _each(calls, tell)
        # After what they did is known, or nobody could say which arm drove them away.
        await self.opt_out(page.number for page in pages if page.done.opts_out)
        return sum(n_kept for n_kept, _ in told), sum(n_refused for _, n_refused in told)

    def _events_of(self, page: Page, visit_id: str) -> Iterator[event_pb.Event]:
        sold, done = self._shop.catalogue, page.done

        def event(kind: str, item: int | None, *, is_joined: bool = True) -> event_pb.Event:
            told = event_pb.Event(
                event_id=f"{visit_id}-{kind}-{item}",
                event_type=f"EVENT_TYPE_{kind}",
                item_id="" if item is None else sold.item_ids[item],
                shopper=shopper(page.number),
                session_id=visit_id,
                attribution_token=page.answer.attribution_token if is_joined else "",
            )
            told.occurred_at.FromDatetime(page.at)
            if kind in ("ADD_TO_CART", "PURCHASE") and item is not None:
                told.quantity, told.currency, told.unit_price_minor = 1, CURRENCY, int(sold.price_minor[item])
            if kind == "PURCHASE":
                told.order_id = visit_id
            return told

        yield event("VIEW", page.anchor, is_joined=False)
        # Of an empty place too, or silence would look free.
        for item in () if self._is_lost(page, visit_id) else page.shown or (None,):
            yield event("IMPRESSION", item)
        for kind, which in {
            "CLICK": done.clicked,
            "ADD_TO_CART": done.carted,
            "PURCHASE": done.bought,
            "DISMISS": done.dismissed,
        }.items():
            for place in np.flatnonzero(which).tolist():
                yield event(kind, page.shown[place])
        if done.buys_item:
            yield event("PURCHASE", page.anchor, is_joined=False)

    def _is_lost(self, page: Page, visit_id: str) -> bool:
        """By chance of its own, so that nothing else follows from it."""
        return random.Random(f"lost {visit_id}").random() < self._loses.get(page.answer.variant, 0.0)  # noqa: S311


@asynccontextmanager
async def storefront(
    shop: Shop, address: str, seed: int, loses: Mapping[str, float] = MappingProxyType({})
) -> AsyncIterator[Storefront]:
    """A storefront that has its connection as long as the block lasts; `loses` as of Storefront."""
    async with grpc.aio.insecure_channel(address) as channel:
        yield Storefront(shop, channel, seed, loses)


async def _each(many: Iterable[Any], do: Callable[[Any], Coroutine[Any, Any, _T]]) -> list[_T]:
    """What comes of each, in their order, so many at once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(value: Any) -> _T:
        async with places:
            return await do(value)

    return await asyncio.gather(*map(one, many))
