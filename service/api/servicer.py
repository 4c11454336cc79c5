"""shopkeeper.v1.RecommendationService over the use cases."""

import asyncio
from collections.abc import Mapping
from typing import Any

import grpc
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2_grpc as pb_grpc

from service.api.encoding import encode
from service.api.failing import fail
from service.api.shoppers import identities_of, signals_of
from service.api.validation import read_batch, read_request
from service.core.answers import NO_MODEL, Answer, Model, Request
from service.core.personal import PersonalPages
from service.core.placements import Placement
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from service.log import Log

SERVICE = pb.DESCRIPTOR.services_by_name["RecommendationService"].full_name
_Context = grpc.aio.ServicerContext[Any, Any]


class RecommendationServicer(pb_grpc.RecommendationServiceServicer):
    """Answers from the model in service; of a shopper it asks the store, which gives up before a page would notice.

    Args:
        slot: Where the model stands.
        placements: By name.
        pages: What may be used of the shopper.
        log: For unexpected errors.
    """

    def __init__(self, slot: ModelSlot, placements: Mapping[str, Placement], pages: PersonalPages, log: Log) -> None:
        self._slot, self._placements, self._pages, self._log = slot, placements, pages, log

    async def Recommend(  # noqa: N802 - the wire's name
        self, request: pb.RecommendRequest, context: _Context
    ) -> pb.RecommendResponse:
        """Items for one page view."""
        try:
            asked = read_request(request, self._placements)
            return encode(await self._answer(self._slot.model, asked, request))
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "Recommend", context, self._log)

    async def BatchRecommend(  # noqa: N802 - the wire's name
        self, request: pb.BatchRecommendRequest, context: _Context
    ) -> pb.BatchRecommendResponse:
        """Items for several page views, all from one model."""
        try:
            model = self._slot.model
            response = pb.BatchRecommendResponse()
            for one, message in zip(read_batch(request, self._placements), request.requests, strict=True):
                response.responses.append(encode(await self._answer(model, one, message)))
                # A batch is worth many page views: let those of others go in between.
                await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "BatchRecommend", context, self._log)
        return response

    async def _answer(self, model: Model | None, request: Request, message: pb.RecommendRequest) -> Answer:
        if model is None:
            return NO_MODEL
        identities = identities_of(message.shopper)
        personal = await self._pages.of(identities, signals_of(message.signals), model.bundle)
        return recommend(model, request, self._placements[request.placement], personal)
