"""A server in this process, on a free port, with a model at hand."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from opentelemetry.trace import Tracer
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from service.api.endpoint import Endpoint, Guard, Instruments, Limits
from service.core.answers import Model
from service.core.arms import Arms
from service.core.callers import Callers
from service.core.catalogue_desk import CatalogueDesk
from service.core.desks import Desks
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from service.watching.meters import Meters
from tests.service.conftest import closed_port, model, shop_directory  # noqa: F401 - fixtures
from tests.service.doubles import Lines

if TYPE_CHECKING:
    from tests.api.counter import Counter


@dataclass
class Running:
    """A server, and what a test may do to it.

    Attributes:
        slot: Where its model stands.
        channel: To it.
        stub: To it.
        lines: What it logged.
        arms: Who may answer.
    """

    address: str
    slot: ModelSlot
    channel: grpc.Channel
    stub: RecommendationServiceStub
    lines: Lines
    endpoint: Endpoint
    loop: asyncio.AbstractEventLoop
    arms: Arms

    def ready(self) -> None:
        """As the follower says once there is a model."""
        self.loop.call_soon_threadsafe(self.endpoint.ready)

    def health_now(self) -> int:
        """What a check would be told, drained or not."""
        return self.endpoint._health._status

    def start_draining(self, grace_s: float) -> "asyncio.Future[None]":
        """As SIGTERM does."""
        return asyncio.run_coroutine_threadsafe(self.endpoint.drain(grace_s), self.loop)


@contextmanager
def running(
    *,
    max_concurrent_calls: int = 500,
    max_waiting_calls: int = 500,
    desks: Desks | None = None,
    catalogue: Callable[[ModelSlot], CatalogueDesk] | None = None,
    lines: Lines | None = None,
    callers: Callers | None = None,
    credentials: grpc.ServerCredentials | None = None,
    meters: Meters | None = None,
    tracer: Tracer | None = None,
    arms: Arms | None = None,
) -> Iterator[Running]:
    """A server without a model.

    Args:
        max_concurrent_calls: Calls taken at once.
        max_waiting_calls: Calls that wait to be taken.
        desks: What serves shoppers.
        catalogue: Makes what takes changes of items, for the server's slot.
        lines: Its log, where others write there too.
        callers: Who may call.
        credentials: Of TLS, which its channel has none of.
        meters: What it counts.
        tracer: Makes its spans.
        arms: Who may answer; only the champion where none are given.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    arms, lines = arms or Arms(ModelSlot()), lines or Lines()
    slot = arms.champion
    listening = Endpoint.listen(
        "127.0.0.1",
        0,
        arms,
        PLACEMENTS,
        lines.log,
        Limits(max_concurrent_calls, max_waiting_calls),
        desks=desks,
        catalogue=catalogue and catalogue(slot),
        guard=Guard(callers, credentials),
        instruments=Instruments(meters or Meters(), tracer),
    )
    endpoint = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
    with grpc.insecure_channel(endpoint.address) as channel:
        stub = RecommendationServiceStub(channel)
        yield Running(endpoint.address, slot, channel, stub, lines, endpoint, loop, arms)
    asyncio.run_coroutine_threadsafe(endpoint.drain(0), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def empty_server() -> Iterator[Running]:
    """A server without a model."""
    with running() as server:
        yield server


@pytest.fixture
def server(empty_server: Running, model: Model) -> Running:  # noqa: F811 - the fixture
    """A server with the small shop's model."""
    empty_server.slot.model = model
    empty_server.ready()
    return empty_server


@pytest.fixture
def counter(tmp_path: Path, model: Model) -> Iterator["Counter"]:  # noqa: F811 - the fixture
    """A server with the small shop's model and a database of its own."""
    from tests.api.counter import counter_on

    with counter_on(tmp_path / "state.db", model) as made:
        yield made
