"""A server with a database of shoppers, and a clock that a test sets."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from opentelemetry.trace import Tracer
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2 as rec_pb
from shopkeeper.v1 import shopper_pb2
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub

from models.errors import ShopkeeperError
from privacy.keys import KeyRing, new_ring
from privacy.regimes import PolicyVersion, Regime, Regimes
from privacy.rules import Rules
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore
from privacy.tokens import Tokens
from service.adapters.shopper_store import AsyncShopperStore
from service.core.answers import Model
from service.core.arms import Arms
from service.core.desks import Desks
from service.core.slot import ModelSlot
from service.watching.meters import Meters
from tests.api.conftest import Running, running
from tests.service.doubles import Lines

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
RING = new_ring(lambda n_bytes: bytes(range(n_bytes)))
RULES = Rules(
    regimes=Regimes(
        {"US": Regime.OPT_OUT},
        (
            PolicyVersion("2026-01", START - timedelta(days=60)),
            PolicyVersion("2026-04", START + timedelta(days=31), older_lapse=True),
        ),
    ),
    sensitive_topics=frozenset({"kitchen/kettles"}),
)

P, T, M, C = (
    shopper_pb2.PURPOSE_PERSONALISATION,
    shopper_pb2.PURPOSE_MODEL_TRAINING,
    shopper_pb2.PURPOSE_MEASUREMENT,
    shopper_pb2.PURPOSE_CONTACT,
)
EVERYTHING = (P, T, M, C)
YES, NO, NOTICED = (
    shopper_pb2.CONSENT_STATUS_GRANTED,
    shopper_pb2.CONSENT_STATUS_DENIED,
    shopper_pb2.CONSENT_STATUS_NOTICED,
)
Shopper, Signals = shopper_pb2.Shopper, shopper_pb2.Signals
ANNA = Shopper(customer_id="anna-4711")
BOB = Shopper(customer_id="bob-4712")
PHONE = Shopper(visitor_id="phone-4713")
ANNAS_PHONE = Shopper(customer_id="anna-4711", visitor_id="phone-4713")
IDS = ("anna-4711", "bob-4712", "phone-4713")


class Clock:
    """Shows what it was set to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def on(self, **lapse: float) -> datetime:
        """Let time pass; the time then."""
        self.now += timedelta(**lapse)
        return self.now


class Counter:
    """The server, and what backends and shoppers do at it.

    Attributes:
        server: With the small shop's model.
        clock: Of all that is said.
        privacy: Stub.
        events: Stub.
        store: What is really there.
        database: Of the store.
        tokens: Of the shop.
    """

    def __init__(self, server: Running, clock: Clock, store: PrivacyStore, database: Database, tokens: Tokens) -> None:
        self.server, self.clock, self.store, self.database, self.tokens = server, clock, store, database, tokens
        self.privacy, self.events = PrivacyServiceStub(server.channel), EventServiceStub(server.channel)
        self._n_events = 0

    def says(self, shopper: Shopper, status: int = YES, *purposes: int, **circumstances: object) -> int:
        """The shopper answers, on everything unless purposes are named; the ledger's position."""
        self.clock.on(seconds=1)
        answers = [pb.ConsentAnswer(purpose=purpose, status=status) for purpose in purposes or EVERYTHING]
        given = pb.Circumstances(**circumstances)
        request = pb.RecordConsentRequest(shopper=shopper, answers=answers, circumstances=given)
        return self.privacy.RecordConsent(request).ledger_position

    def opts_out(self, shopper: Shopper, *purposes: int) -> pb.OptOutResponse:
        """The shopper says no by id."""
        self.clock.on(seconds=1)
        return self.privacy.OptOut(pb.OptOutRequest(shopper=shopper, purposes=purposes))

    def prefers(self, shopper: Shopper, topic: str, choice: int = pb.TOPIC_CHOICE_MUTE) -> None:
        """The shopper says something of a topic."""
        said = [pb.TopicPreference(topic=topic, choice=choice)]
        self.privacy.UpdatePreferences(pb.UpdatePreferencesRequest(shopper=shopper, topics=said))

    def link(self, shopper: Shopper, **given: object) -> str:
        """The token of a link that opts out."""
        return self.privacy.CreateOptOutLink(pb.CreateOptOutLinkRequest(shopper=shopper, **given)).token

    def event(self, shopper: Shopper, item_id: str, event_type: int = event_pb.EVENT_TYPE_VIEW, **given: object):
        """An event that happened just now."""
        self._n_events += 1
        given = {"event_id": f"e{self._n_events}", "occurred_at": stamp(self.clock.on(seconds=1)), **given}
        return event_pb.Event(event_type=event_type, item_id=item_id, shopper=shopper, **given)

    def told(self, *events: event_pb.Event) -> list[tuple[int, int]]:
        """Tell events; outcome and reason of each."""
        response = self.events.RecordEvents(event_pb.RecordEventsRequest(events=events))
        return [(result.outcome, result.reason) for result in response.results]

    def did(self, shopper: Shopper, item_id: str, event_type: int = event_pb.EVENT_TYPE_VIEW) -> None:
        """The shopper did something, and it is kept."""
        [(outcome, _)] = self.told(self.event(shopper, item_id, event_type))
        assert outcome == event_pb.EVENT_OUTCOME_STORED

    def page(self, shopper: Shopper, item_id: str = "lonely", **given: object) -> rec_pb.RecommendResponse:
        """What the shopper is shown; nothing goes with the page's own item unless another is named."""
        request = rec_pb.RecommendRequest(
            placement="product_page", item_id=item_id, shopper=shopper, max_results=9, **given
        )
        return self.server.stub.Recommend(request)

    def export(self, shopper: Shopper) -> list[dict]:
        """The copy."""
        return [json.loads(part.json) for part in self.privacy.ExportShopper(pb.ExportShopperRequest(shopper=shopper))]

    def state_of(self, shopper: Shopper, **given: object) -> dict[int, tuple[bool, int]]:
        """Whether each purpose is allowed now, and why."""
        answer = self.privacy.GetPreferences(pb.GetPreferencesRequest(shopper=shopper, **given))
        return {state.purpose: (state.allowed, state.reason) for state in answer.purposes}

    def n_rows(self, table: str) -> int:
        """Rows of a table."""
        with self.database.reading() as connection:
            return connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()


def stamp(moment: datetime) -> Timestamp:
    """The moment on the wire."""
    made = Timestamp()
    made.FromDatetime(moment)
    return made


def shown(answer: rec_pb.RecommendResponse) -> set[str]:
    """The items of an answer."""
    return {item.item_id for item in answer.recommendations}


def refused(call: grpc.UnaryUnaryMultiCallable, request: object) -> tuple[grpc.StatusCode, str]:
    """The code of a call that fails, and the reason of its ErrorInfo."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    [detail] = rpc_status.from_call(caught.value).details
    info = error_details_pb2.ErrorInfo()
    assert detail.Unpack(info)
    assert info.domain == "shopkeeper.v1"
    return caught.value.code(), info.reason


@contextmanager
def counter_on(
    file: Path,
    model: Model,
    *,
    rules: Rules = RULES,
    ring: KeyRing = RING,
    meters: Meters | None = None,
    tracer: Tracer | None = None,
) -> Iterator[Counter]:
    """A server whose database is a file."""
    clock, lines, meters = Clock(), Lines(), meters or Meters()
    database = Database(f"sqlite:///{file}")

    def opened() -> PrivacyStore:
        migrate(database)
        return PrivacyStore(database, ring, new_subject=secrets.randbits, new_receipt=lambda: secrets.token_urlsafe(18))

    def on_failure(error: ShopkeeperError) -> None:
        meters.lookup_failed()
        lines.log.warning("shoppers_unknown", reason=error.reason, message=str(error))

    store, tokens = AsyncShopperStore(opened, file=file, monotonic=time.monotonic), Tokens(ring)
    there, arms = store.open(), Arms(ModelSlot())
    with running(
        desks=Desks.on(store, ring, rules, clock, on_failure, on_report=arms.reported),
        lines=lines,
        meters=meters,
        tracer=tracer,
        arms=arms,
    ) as server:
        server.slot.model = model
        server.ready()
        yield Counter(server, clock, there, database, tokens)
    store.close()
    database.close()
