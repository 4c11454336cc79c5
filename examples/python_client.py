"""A storefront's backend asks what goes with an item, and never keeps its page waiting for the answer.

With a server running: .venv/bin/python examples/python_client.py ITEM_ID [TARGET]
"""

import logging
import sys

import grpc
from shopkeeper.v1.recommendation_service_pb2 import RecommendRequest
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

DEADLINE_S = 0.2  # what the page can spare


def accessories(stub: RecommendationServiceStub, item_id: str, cart: list[str], dismissed: list[str]) -> list[str]:
    """Items to show beside this one, best first; none when the server is late, away or has nothing fitting."""
    request = RecommendRequest(
        placement="product_page", item_id=item_id, cart_item_ids=cart, dismissed_item_ids=dismissed
    )
    try:
        answer = stub.Recommend(request, timeout=DEADLINE_S)
    except grpc.RpcError as error:
        # Nothing to show is always a good page. INVALID_ARGUMENT is worth an alarm: its details list the fields.
        logging.warning("no recommendations: %s %s", error.code().name, error.details())
        return []
    return [item.item_id for item in answer.recommendations]


if __name__ == "__main__":
    item, target = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1:50051"
    with grpc.insecure_channel(target) as channel:  # one channel for the life of the backend
        for found in accessories(RecommendationServiceStub(channel), item, cart=[], dismissed=[]):
            print(found)  # noqa: T201 - what this script is for
