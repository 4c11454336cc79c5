"""Servers that share a database, each with its door, and a shopper that they know."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from privacy.store.database import Database
from tests.service.waiting import until

GRANTED, UNAVAILABLE = shopper_pb2.CONSENT_REASON_GRANTED, shopper_pb2.CONSENT_REASON_UNAVAILABLE
DENIED = shopper_pb2.CONSENT_REASON_DENIED
STORED = event_pb.EVENT_OUTCOME_STORED
USES = (shopper_pb2.PURPOSE_PERSONALISATION, shopper_pb2.PURPOSE_MODEL_TRAINING)

Start = Callable[..., "Door"]


class Door:
    """A server, and a channel to it."""

    def __init__(self, address: str, channel: grpc.Channel) -> None:
        self.address = address
        self.pages, self.privacy = RecommendationServiceStub(channel), PrivacyServiceStub(channel)
        self.events = EventServiceStub(channel)

    def page(self, shopper: shopper_pb2.Shopper) -> pb.RecommendResponse:
        """A page on which nothing but a history has something to show."""
        request = pb.RecommendRequest(placement="product_page", item_id="lonely", shopper=shopper)
        return self.pages.Recommend(request, timeout=20)

    def is_personal(self, shopper: shopper_pb2.Shopper) -> bool:
        """Whether the page rests on a history."""
        answer = self.page(shopper)
        return answer.rung == pb.RUNG_HISTORY and answer.personalisation == GRANTED

    def tell(self, shopper: shopper_pb2.Shopper, event_id: str) -> int:
        """Tell that the shopper looked at the camera; the outcome."""
        now = Timestamp()
        now.FromDatetime(datetime.now(UTC))
        event = event_pb.Event(
            event_id=event_id,
            event_type=event_pb.EVENT_TYPE_VIEW,
            item_id="camera",
            occurred_at=now,
            shopper=shopper,
        )
        [result] = self.events.RecordEvents(event_pb.RecordEventsRequest(events=[event]), timeout=20).results
        return result.outcome

    def grant(self, shopper: shopper_pb2.Shopper) -> None:
        """The shopper says yes to all that events are kept for."""
        answers = [
            privacy_pb.ConsentAnswer(purpose=purpose, status=shopper_pb2.CONSENT_STATUS_GRANTED) for purpose in USES
        ]
        self.privacy.RecordConsent(privacy_pb.RecordConsentRequest(shopper=shopper, answers=answers), timeout=20)

    def opt_out(self, shopper: shopper_pb2.Shopper) -> None:
        """The shopper says no."""
        self.privacy.OptOut(privacy_pb.OptOutRequest(shopper=shopper), timeout=20)


def shopper(name: object) -> shopper_pb2.Shopper:
    return shopper_pb2.Shopper(customer_id=f"customer-{name}", visitor_id=f"visitor-{name}")


def known(doors: list[Door], name: str) -> shopper_pb2.Shopper:
    """Somebody who said yes at the first server and has a history that all of them use."""
    who = shopper(name)
    doors[0].grant(who)
    until(lambda: doors[0].tell(who, f"{name}-first") == STORED, f"an event of {name}")
    for door in doors:
        until(lambda door=door: door.is_personal(who), f"a personal page for {name}")
    return who


@contextmanager
def opened(uri: str) -> Iterator[Database]:
    database = Database(uri)
    yield database
    database.close()


def kept_events(uri: str) -> set[str]:
    """Ids of the events that are in the database."""
    with opened(uri) as database, database.reading() as connection:
        return set(connection.exec_driver_sql("SELECT event_id FROM kept_events").scalars())
