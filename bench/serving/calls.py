"""What storefronts ask, written down before it is sent; random with a fixed seed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from bench.serving.catalogue import N_ITEMS, item_id
from bench.serving.load.frames import Call
from bench.serving.people import N_SHOPPERS, popular_items, shopper

RECOMMEND = "shopkeeper.v1.RecommendationService/Recommend"
RECORD_EVENTS = "shopkeeper.v1.EventService/RecordEvents"
RECORD_CONSENT = "shopkeeper.v1.PrivacyService/RecordConsent"
MAX_RESULTS = 8
"""As in the floors of the design document."""
N_DIFFERENT = 20_000
N_CART, N_VIEWED = 3, 5


def pages(n_calls: int = N_DIFFERENT, *, timeout_ms: int | None = None, session_share: float = 0.5) -> list[Call]:
    """Pages of nobody, some of them with what is in a cart and was viewed."""
    n_sessions = round(n_calls * session_share)
    others = popular_items(n_sessions * (N_CART + N_VIEWED), seed=5)
    made = []
    for number, item in enumerate(popular_items(n_calls, seed=4)):
        request = _page(item)
        # Spread evenly among the others.
        if (number * n_sessions) // n_calls != ((number + 1) * n_sessions) // n_calls:
            met = [item_id(one) for one in dict.fromkeys(others[: N_CART + N_VIEWED]) if one != item]
            del others[: N_CART + N_VIEWED]
            request.cart_item_ids.extend(met[:N_CART])
            request.viewed_item_ids.extend(met[N_CART:])
        made.append(Call.to(RECOMMEND, request.SerializeToString(), timeout_ms=timeout_ms))
    return made


def personal_pages(n_shoppers: int = N_SHOPPERS, *, timeout_ms: int | None = None) -> list[Call]:
    """A page of each shopper, in an order of chance."""
    numbers = list(range(n_shoppers))
    random.Random(6).shuffle(numbers)  # noqa: S311 - made-up data
    items = popular_items(n_shoppers, seed=7)
    return [
        Call.to(RECOMMEND, _page(item, shopper(number)).SerializeToString(), timeout_ms=timeout_ms)
        for number, item in zip(numbers, items, strict=True)
    ]


def events(n_calls: int, prefix: str, n_shoppers: int = N_SHOPPERS) -> Iterator[tuple[str, Call]]:
    """A view told by each call, and its id."""
    at = Timestamp()
    at.FromDatetime(datetime.now(UTC))
    for number, item in enumerate(popular_items(n_calls, seed=8)):
        event = event_pb.Event(
            event_id=f"{prefix}-{number}",
            event_type=event_pb.EVENT_TYPE_VIEW,
            item_id=item_id(item),
            occurred_at=at,
            shopper=shopper(number * 7 % n_shoppers),
        )
        yield event.event_id, Call.to(RECORD_EVENTS, event_pb.RecordEventsRequest(events=[event]).SerializeToString())


def consents(n_calls: int, n_shoppers: int = N_SHOPPERS) -> list[Call]:
    """Somebody says yes to personal pages or takes it back, by turns."""
    made = []
    for number in range(n_calls):
        status = shopper_pb2.CONSENT_STATUS_DENIED if number % 2 else shopper_pb2.CONSENT_STATUS_GRANTED
        answer = privacy_pb.ConsentAnswer(purpose=shopper_pb2.PURPOSE_PERSONALISATION, status=status)
        request = privacy_pb.RecordConsentRequest(shopper=shopper(number * 11 % n_shoppers), answers=[answer])
        made.append(Call.to(RECORD_CONSENT, request.SerializeToString()))
    return made


def _page(item: int, who: shopper_pb2.Shopper | None = None) -> pb.RecommendRequest:
    return pb.RecommendRequest(
        placement="product_page", item_id=item_id(item % N_ITEMS), max_results=MAX_RESULTS, shopper=who
    )
