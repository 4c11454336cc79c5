"""What a server said that it stored is there, though it is killed at any moment."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import event_service_pb2 as pb
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import shopper_pb2
from shopkeeper.v1.event_service_pb2_grpc import EventServiceStub
from shopkeeper.v1.privacy_service_pb2_grpc import PrivacyServiceStub

from privacy.store.database import Database
from tests.integration.serving import Served
from tests.service.waiting import until

KILLED_AFTER = (60, 170)
"""Events stored by each life; at which of its instructions it ends, chance decides."""
N_TELLERS = 4
EVENTS_A_CALL = 5
SHOPPER = shopper_pb2.Shopper(customer_id="anna")


class Tellers:
    """Threads that tell a server of events until it answers no more.

    Attributes:
        stored: Ids of the events that it said it stored.
        told: All that were told, whatever became of them.
    """

    def __init__(self, address: str, life: int) -> None:
        self._address, self._life = address, life
        self.stored: set[str] = set()
        self.told: list[pb.Event] = []
        self._threads = [threading.Thread(target=self._tell, args=(number,)) for number in range(N_TELLERS)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait for the end of all of them."""
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _tell(self, number: int) -> None:
        with grpc.insecure_channel(self._address) as channel:
            stub = EventServiceStub(channel)
            for call in range(100_000):
                events = [event(f"{self._life}-{number}-{call}-{place}") for place in range(EVENTS_A_CALL)]
                self.told += events
                try:
                    results = stub.RecordEvents(pb.RecordEventsRequest(events=events), timeout=20).results
                except grpc.RpcError:
                    return
                for one, result in zip(events, results, strict=True):
                    if result.outcome == pb.EVENT_OUTCOME_STORED:
                        self.stored.add(one.event_id)


def event(event_id: str) -> pb.Event:
    now = Timestamp()
    now.FromDatetime(datetime.now(UTC))
    return pb.Event(
        event_id=event_id, event_type=pb.EVENT_TYPE_VIEW, item_id="camera", occurred_at=now, shopper=SHOPPER
    )


def kept(directory: Path) -> Counter[str]:
    """How often each event is in the server's database."""
    database = Database(f"sqlite:///{directory / 'state.db'}")
    try:
        with database.reading() as connection:
            return Counter(connection.exec_driver_sql("SELECT event_id FROM kept_events").scalars())
    finally:
        database.close()


def granted(address: str) -> None:
    yes = privacy_pb.ConsentAnswer(
        purpose=shopper_pb2.PURPOSE_MODEL_TRAINING, status=shopper_pb2.CONSENT_STATUS_GRANTED
    )
    with grpc.insecure_channel(address) as channel:
        said = privacy_pb.RecordConsentRequest(shopper=SHOPPER, answers=[yes])
        PrivacyServiceStub(channel).RecordConsent(said, timeout=20)


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[list[Served]]:
    """The servers that a test started."""
    started: list[Served] = []
    yield started
    for server in started:
        server.end()


def test_no_event_that_was_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path, lives: list[Served]) -> None:
    state = tmp_path / "state"
    stored: set[str] = set()
    told: list[pb.Event] = []
    for life, enough in enumerate(KILLED_AFTER):
        lives.append(Served(state, f"sqlite:///{tmp_path / 'none.db'}"))
        if life == 0:
            granted(lives[0].address)
        tellers = Tellers(lives[-1].address, life)
        tellers.start()
        until(lambda tellers=tellers, enough=enough: len(tellers.stored) >= enough, "events that are stored")
        lives[-1].process.kill()
        tellers.join()
        stored |= tellers.stored
        told += tellers.told
    there = kept(state)
    assert stored <= there.keys()
    assert len(stored) >= sum(KILLED_AFTER)
    assert there.keys() <= {one.event_id for one in told}

    lives.append(Served(state, f"sqlite:///{tmp_path / 'none.db'}"))
    with grpc.insecure_channel(lives[-1].address) as channel:
        for first in range(0, len(told), 500):
            again = pb.RecordEventsRequest(events=told[first : first + 500])
            results = EventServiceStub(channel).RecordEvents(again, timeout=20).results
            assert {result.outcome for result in results} == {pb.EVENT_OUTCOME_STORED}
    assert kept(state) == Counter({one.event_id: 1 for one in told})
