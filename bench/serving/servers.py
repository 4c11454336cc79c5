"""The two servers compared, each in a process of its own: python -m bench.serving.servers KIND BUNDLE"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc
import uvloop
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2_grpc as pb_grpc

from models.bundle.reading import Bundle
from service.api import servicer
from service.api.endpoint import Endpoint
from service.api.wire import encode
from service.core.answers import Model, Request
from service.core.placements import PLACEMENTS
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from service.log import stderr_log


class Noop(pb_grpc.RecommendationServiceServicer):
    """Parses the request and gives back one message made beforehand: what grpc.aio itself costs."""

    def __init__(self, answer: pb.RecommendResponse) -> None:
        self._answer = answer

    async def Recommend(  # noqa: N802 - the wire's name
        self, request: pb.RecommendRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.RecommendResponse:
        """The same answer, whatever is asked."""
        del request, context
        return self._answer


async def serve(kind: str, bundle: Path, item_id: str, max_results: int) -> None:
    """Listen on a free port, print it, and serve until killed."""
    model = Model(Bundle.open(bundle), "bench/1")
    if kind != "noop":
        if kind == "made anew":
            # As of a page that nobody asked for lately.
            servicer.says_nothing_of_anybody = lambda _: False
        slot = ModelSlot()
        slot.model = model
        endpoint = await Endpoint.listen("127.0.0.1", 0, slot, PLACEMENTS, stderr_log(), max_concurrent_calls=500)
        print(endpoint.address, flush=True)
    else:
        request = Request("product_page", item_id, max_results=max_results)
        server = grpc.aio.server()
        answer = pb.RecommendResponse.FromString(encode(recommend(model, request, PLACEMENTS["product_page"])))
        pb_grpc.add_RecommendationServiceServicer_to_server(Noop(answer), server)
        print(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}", flush=True)
        await server.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
