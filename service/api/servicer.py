"""shopkeeper.v1.RecommendationService over the use cases."""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import grpc
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.api.at_hand import AnswersAtHand, says_nothing_of_anybody
from service.api.door import Door
from service.api.failing import fail
from service.api.parsing import parsed
from service.api.shoppers import identities_of, signals_of
from service.api.validation import read_batch, read_request
from service.api.wire import encode, encode_batch
from service.core.answers import NO_MODEL, Answer, Model, Request
from service.core.attribution import AttributionTokens
from service.core.personal import Personal, PersonalPages
from service.core.placements import Placement
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from service.log import Log
from service.watching.meters import Meters, PageMeter

SERVICE = pb.DESCRIPTOR.services_by_name["RecommendationService"].full_name
Choice: TypeAlias = Callable[[Model, Request, Placement, Personal], Answer]
"""As service.core.recommendation.recommend."""
TO_ANSWER_S = 0.005
"""Kept of the caller's time for choosing and for the way back: five times what they take on a busy server."""
_Context = grpc.aio.ServicerContext[Any, Any]


class RecommendationServicer:
    """Answers from the model in service; of a shopper it asks the store, which gives up before a page would notice.

    Requests come as their bytes and answers leave as bytes: see service.api.wire and at_hand.

    Args:
        slot: Where the model stands.
        placements: By name.
        pages: What may be used of the shopper.
        log: For unexpected errors.
        attribution: Makes the tokens of answers; None where the shop has no keys.
        meters: Where pages are counted.
        choose: The use case.
    """

    def __init__(
        self,
        slot: ModelSlot,
        placements: Mapping[str, Placement],
        pages: PersonalPages,
        log: Log,
        attribution: AttributionTokens | None = None,
        meters: Meters | None = None,
        choose: Choice = recommend,
    ) -> None:
        self._slot, self._placements, self._pages, self._log = slot, placements, pages, log
        self._attribution, self._meters, self._choose = attribution, meters or Meters(), choose
        self._at_hand = AnswersAtHand((lambda: 0) if attribution is None else attribution.hour)

    def add_to(self, server: Door) -> None:
        """Serve the methods."""
        methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            "Recommend": grpc.unary_unary_rpc_method_handler(self.recommend),
            "BatchRecommend": grpc.unary_unary_rpc_method_handler(self.batch_recommend),
        }
        server.add_registered_method_handlers(SERVICE, methods)

    async def recommend(self, data: bytes, context: _Context) -> bytes:
        """Items for one page view: a RecommendResponse to a RecommendRequest, both serialised."""
        model = self._slot.model
        if model is not None and (answer := self._at_hand.find(model, data)) is not None:
            return answer
        try:
            message = parsed(pb.RecommendRequest, data)
            answer, alike = await self._answer(model, read_request(message, self._placements), message, context)
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "Recommend", context, self._log)
        if model is not None and says_nothing_of_anybody(message):
            self._at_hand.keep(model, data, answer, alike)
        return answer

    async def batch_recommend(self, data: bytes, context: _Context) -> bytes:
        """Items for several page views, all from one model: a BatchRecommendResponse, serialised as its request is."""
        try:
            model, batch = self._slot.model, parsed(pb.BatchRecommendRequest, data)
            answers = []
            for one, message in zip(read_batch(batch, self._placements), batch.requests, strict=True):
                answer, _ = await self._answer(model, one, message, context)
                answers.append(answer)
                # A batch is worth many page views: let those of others go in between.
                await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "BatchRecommend", context, self._log)
        return encode_batch(answers)

    async def _answer(
        self, model: Model | None, request: Request, message: pb.RecommendRequest, context: _Context
    ) -> tuple[bytes, PageMeter]:
        """The answer, serialised and counted, and where to count it when it is given again."""
        answer = NO_MODEL
        if model is not None:
            identities = identities_of(message.shopper)
            within_s = _time_to_ask(context) if identities else 0.0
            personal = await self._pages.of(identities, signals_of(message.signals), model.bundle, within_s)
            answer = self._choose(model, request, self._placements[request.placement], personal)
        token = b"" if self._attribution is None else self._attribution.token(request.placement, answer)
        return encode(answer, token), self._meters.page(request.placement, answer)


def _time_to_ask(context: _Context) -> float:
    """Seconds in which a shopper has to be known, so that the answer is there by the caller's deadline."""
    left_s = context.time_remaining()
    return math.inf if left_s is None else left_s - TO_ANSWER_S
