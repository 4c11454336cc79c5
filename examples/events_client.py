"""A storefront's backend tells what became of an answer, so that the shop can count whether it was of use.

With a server running, as a customer who said yes:
.venv/bin/python examples/events_client.py ITEM_ID CUSTOMER_ID [TARGET]
"""

import sys
import uuid

import grpc
from shopkeeper.v1 import event_service_pb2 as pb
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.recommendation_service_pb2 import RecommendRequest, RecommendResponse
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub
from shopkeeper.v1.shopper_pb2 import ConsentReason, Shopper

OUTCOMES = {
    pb.EVENT_OUTCOME_STORED: "kept",
    pb.EVENT_OUTCOME_NOT_ALLOWED: "not kept, for want of a yes to personalisation or model_training",
    pb.EVENT_OUTCOME_UNAVAILABLE: "not kept now: tell it again later",
    pb.EVENT_OUTCOME_REJECTED: "rejected",
}
ATTRIBUTIONS = {
    pb.EVENT_ATTRIBUTION_JOINED: "joined to what was shown",
    pb.EVENT_ATTRIBUTION_INVALID: "not joined: the token is not of this shop",
    pb.EVENT_ATTRIBUTION_OUT_OF_TIME: "not joined: the answer is older than two weeks",
    pb.EVENT_ATTRIBUTION_ITEM_NOT_SHOWN: "not joined: the item was not in the answer",
    pb.EVENT_ATTRIBUTION_NOT_ALLOWED: "not joined, for want of a yes to measurement",
}


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
        print(in_words(told, result))  # noqa: T201 - what this script is for
    pairs = zip(events, results, strict=True)
    return [told for told, result in pairs if result.outcome == pb.EVENT_OUTCOME_UNAVAILABLE]


def in_words(told: pb.Event, result: pb.EventResult) -> str:
    """What became of an event, and what it would have wanted."""
    what = pb.EventType.Name(told.event_type).removeprefix("EVENT_TYPE_").lower()
    parts = [OUTCOMES[result.outcome]]
    if result.outcome == pb.EVENT_OUTCOME_NOT_ALLOWED:
        parts.append(ConsentReason.Name(result.reason).removeprefix("CONSENT_REASON_").replace("_", " ").lower())
    if result.attribution:
        parts.append(ATTRIBUTIONS[result.attribution])
    parts += [f"{fault.field} {fault.description}" for fault in result.faults]
    return f"{what} of {told.item_id or 'an empty answer'}: {'; '.join(parts)}"


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
