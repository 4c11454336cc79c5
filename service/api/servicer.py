"""shopkeeper.v1.RecommendationService over the use cases."""

from typing import Any

import grpc
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.api.answering import Answering
from service.api.door import Door
from service.api.failing import fail
from service.api.parsing import parsed
from service.api.wire import encode_batch
from service.log import Log

SERVICE = pb.DESCRIPTOR.services_by_name["RecommendationService"].full_name
_Context = grpc.aio.ServicerContext[Any, Any]


class RecommendationServicer:
    """Takes calls; requests come as their bytes and answers leave as bytes: see service.api.wire.

    Args:
        answering: Answers pages.
        log: For unexpected errors.
    """

    def __init__(self, answering: Answering, log: Log) -> None:
        self._answering, self._log = answering, log

    def add_to(self, server: Door) -> None:
        """Serve the methods."""
        methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            "Recommend": grpc.unary_unary_rpc_method_handler(self.recommend),
            "BatchRecommend": grpc.unary_unary_rpc_method_handler(self.batch_recommend),
        }
        server.add_registered_method_handlers(SERVICE, methods)

    async def recommend(self, data: bytes, context: _Context) -> bytes:
        """Items for one page view: a RecommendResponse to a RecommendRequest, both serialised."""
        try:
            return await self._answering.page(data, context)
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "Recommend", context, self._log)

    async def batch_recommend(self, data: bytes, context: _Context) -> bytes:
        """Items for several page views: a BatchRecommendResponse, serialised as its request is."""
        try:
            return encode_batch(await self._answering.batch(parsed(pb.BatchRecommendRequest, data), context))
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, "BatchRecommend", context, self._log)
