"""shopkeeper.v1.RecommendationService over the use cases."""

import asyncio
import traceback
from collections.abc import Mapping
from typing import Any, NoReturn

import grpc
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2_grpc as pb_grpc

from service.api.encoding import encode
from service.api.errors import DETAILS_KEY, grpc_code, is_callers_fault, status_of
from service.api.validation import read_batch, read_request
from service.core.answers import NO_MODEL, Answer, Model, Request
from service.core.placements import Placement
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from service.log import Log

SERVICE = pb.DESCRIPTOR.services_by_name["RecommendationService"].full_name
_Context = grpc.aio.ServicerContext[Any, Any]


class RecommendationServicer(pb_grpc.RecommendationServiceServicer):
    """Answers from the model in service; nothing on this path waits for a disk or a network.

    Args:
        slot: Where the model stands.
        placements: By name.
        log: For unexpected errors.
    """

    def __init__(self, slot: ModelSlot, placements: Mapping[str, Placement], log: Log) -> None:
        self._slot, self._placements, self._log = slot, placements, log

    async def Recommend(  # noqa: N802 - the wire's name
        self, request: pb.RecommendRequest, context: _Context
    ) -> pb.RecommendResponse:
        """Items for one page view."""
        try:
            return encode(self._answer(self._slot.model, read_request(request, self._placements)))
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await self._fail(error, "Recommend", context)

    async def BatchRecommend(  # noqa: N802 - the wire's name
        self, request: pb.BatchRecommendRequest, context: _Context
    ) -> pb.BatchRecommendResponse:
        """Items for several page views, all from one model."""
        try:
            model = self._slot.model
            response = pb.BatchRecommendResponse()
            for one in read_batch(request, self._placements):
                response.responses.append(encode(self._answer(model, one)))
                # A batch is worth many page views: let those of others go in between.
                await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await self._fail(error, "BatchRecommend", context)
        return response

    def _answer(self, model: Model | None, request: Request) -> Answer:
        return NO_MODEL if model is None else recommend(model, request, self._placements[request.placement])

    async def _fail(self, error: Exception, method: str, context: _Context) -> NoReturn:
        if not is_callers_fault(error):
            self._log.error("unexpected_error", method=method, traceback="".join(traceback.format_exception(error)))
        status = status_of(error)
        await context.abort(grpc_code(status), status.message, ((DETAILS_KEY, status.SerializeToString()),))
        raise AssertionError("abort always raises") from error
