"""A storefront's backend tells what became of an answer, so that the shop can count whether it was of use.

With a server running, as a customer who said yes: python examples/events_client.py ITEM_ID CUSTOMER_ID [TARGET]
"""

import sys
import uuid

import grpc
from shopkeeper.v1 import event_service_pb2 as pb
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.recommendation_service_pb2 import RecommendRequest, RecommendResponse
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub
from shopkeeper.v1.shopper_pb2 import Shopper


def event(event_type: pb.EventType, answer: RecommendResponse, item_id: str, shopper: Shopper) -> pb.Event:
    """Something that a shopper did with an item of an answer, which its token names."""
    made = pb.Event(
        event_id=str(uuid.uuid4()),  # the backend's own; told again, it is the same event
        event_type=event_type,
        item_id=item_id,
        shopper=shopper,
        attribution_token=answer.attribution_token,
    )
    made.occurred_at.GetCurrentTime()
    return made


def impressions(answer: RecommendResponse, shopper: Shopper) -> list[pb.Event]:
    """What the shopper saw: each item, or that the place stayed empty, which is worth knowing too."""
    shown = [item.item_id for item in answer.recommendations] or [""]
    return [event(pb.EVENT_TYPE_IMPRESSION, answer, item_id, shopper) for item_id in shown]


def tell(stub: EventServiceStub, events: list[pb.Event]) -> list[pb.Event]:
    """Tell events; those that are to be told again later."""
    results = stub.RecordEvents(pb.RecordEventsRequest(events=events), timeout=1).results
    for told, result in zip(events, results, strict=True):
        outcome = pb.EventOutcome.Name(result.outcome).removeprefix("EVENT_OUTCOME_")
        attribution = pb.EventAttribution.Name(result.attribution).removeprefix("EVENT_ATTRIBUTION_")
        faults = [f"{fault.field} {fault.description}" for fault in result.faults]
        print(told.item_id, outcome, attribution, *faults)  # noqa: T201 - what this script is for
    pairs = zip(events, results, strict=True)
    return [told for told, result in pairs if result.outcome == pb.EVENT_OUTCOME_UNAVAILABLE]


if __name__ == "__main__":
    item, customer, target = (*sys.argv[1:], "127.0.0.1:50051")[:3]
    who = Shopper(customer_id=customer)
    with grpc.insecure_channel(target) as channel:  # one channel for the life of the backend
        request = RecommendRequest(placement="product_page", item_id=item, shopper=who)
        page = RecommendationServiceStub(channel).Recommend(request, timeout=0.2)
        # The page is shown, its token kept with it; then the shopper clicks on the first item.
        happened = impressions(page, who)
        if page.recommendations:
            happened.append(event(pb.EVENT_TYPE_CLICK, page, page.recommendations[0].item_id, who))
        tell(EventServiceStub(channel), happened)
