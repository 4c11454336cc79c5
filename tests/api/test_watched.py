"""Every call is counted with what it ended with, whoever ends it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.api.admission import Admission
from service.api.door import Door
from service.api.watched import Watched
from service.core.answers import Model
from service.core.callers import Caller, Callers, Scope, hash_of
from service.watching.meters import Meters
from tests.api.conftest import running
from tests.api.counter import ANNA, BOB, Counter, counter_on
from tests.service.waiting import until

_Context = grpc.aio.ServicerContext[Any, Any]
PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")


def counted(meters: Meters, family: str = "requests") -> dict[tuple[str, ...], float]:
    """Counts of a family that are not nought, durations without their sum."""
    return {
        key[1:]: value
        for key, value in meters.figures().counts.items()
        if key[0] == family and value and key[-1] != "sum"
    }


ENTERED: list[bytes] = []
"""Calls that wait."""


async def one(request: bytes, context: _Context) -> bytes:
    """Does as it is told."""
    if request == b"abort":
        await context.abort(grpc.StatusCode.NOT_FOUND, "as wanted")
    if request == b"break":
        raise ValueError("as wanted")
    if request == b"wait":
        ENTERED.append(request)
        await asyncio.sleep(60)
    return request


async def flowing(request: bytes, context: _Context) -> AsyncIterator[bytes]:
    yield await one(request, context)


METHODS = {
    "One": grpc.unary_unary_rpc_method_handler(one),
    "Flow": grpc.unary_stream_rpc_method_handler(flowing),
}


def behind_a_door(test: Callable[[grpc.aio.Channel], Awaitable[None]], max_calls: int = 9, n_calls: int = 1) -> Meters:
    """Run a test against METHODS of /a.Service; what was counted once as many calls have ended for the server too."""
    meters = Meters()

    async def run() -> None:
        server = grpc.aio.server()
        door = Door(server, Admission(max_calls), watched=Watched(meters))
        door.add_registered_method_handlers("a.Service", METHODS)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            await asyncio.wait_for(test(channel), 20)
            await asyncio.wait_for(ended(), 20)
        await server.stop(0)

    async def ended() -> None:
        while sum(counted(meters).values()) < n_calls:
            await asyncio.sleep(0.01)

    asyncio.run(run())
    return meters


async def ask(channel: grpc.aio.Channel, method: str, request: bytes, timeout_s: float = 20) -> None:
    if method == "One":
        await channel.unary_unary("/a.Service/One")(request, timeout=timeout_s)
    else:
        async for _ in channel.unary_stream("/a.Service/Flow")(request, timeout=timeout_s):
            pass


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("request_bytes", "code"), [(b"", "OK"), (b"abort", "NOT_FOUND"), (b"break", "UNKNOWN")])
def test_a_call_is_counted_with_the_code_that_it_ended_with(method: str, request_bytes: bytes, code: str) -> None:
    async def test(channel: grpc.aio.Channel) -> None:
        await asyncio.gather(ask(channel, method, request_bytes), return_exceptions=True)

    meters = behind_a_door(test)
    assert counted(meters) == {(method, code): 1}
    assert sum(counted(meters, "request_duration_seconds").values()) == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_call_that_its_caller_gives_up_is_cancelled(method: str) -> None:
    async def test(channel: grpc.aio.Channel) -> None:
        ENTERED.clear()
        call = asyncio.create_task(ask(channel, method, b"wait"))
        while not ENTERED:
            await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    assert counted(behind_a_door(test)) == {(method, "CANCELLED"): 1}


@pytest.mark.parametrize("method", METHODS)
def test_a_call_that_comes_to_its_deadline_is_counted_so(method: str) -> None:
    async def test(channel: grpc.aio.Channel) -> None:
        await asyncio.gather(ask(channel, method, b"wait", timeout_s=0.2), return_exceptions=True)

    assert counted(behind_a_door(test)) == {(method, "DEADLINE_EXCEEDED"): 1}


@pytest.mark.parametrize("method", METHODS)
def test_a_call_that_finds_no_room_is_counted_and_makes_no_duration(method: str) -> None:
    async def test(channel: grpc.aio.Channel) -> None:
        await asyncio.gather(ask(channel, method, b""), return_exceptions=True)

    meters = behind_a_door(test, max_calls=0)
    assert counted(meters) == {(method, "RESOURCE_EXHAUSTED"): 1}
    assert counted(meters, "request_duration_seconds") == {}


def test_who_may_not_call_is_counted_under_the_method_that_was_wanted() -> None:
    meters = Meters()
    known = {hash_of("shk_other"): Caller("other", frozenset({Scope.RECORD}))}
    with running(meters=meters, callers=Callers(known, lambda: 0.0)) as server:
        with pytest.raises(grpc.RpcError):
            server.stub.Recommend(PAGE)
        with pytest.raises(grpc.RpcError):
            server.stub.Recommend(PAGE, metadata=(("authorization", "Bearer shk_other"),))
    assert counted(meters) == {("Recommend", "UNAUTHENTICATED"): 1, ("Recommend", "PERMISSION_DENIED"): 1}


def test_a_page_counts_whenever_it_is_answered_at_hand_or_not(model: Model) -> None:
    meters = Meters()
    with running(meters=meters) as server:
        server.slot.model = model
        for _ in range(3):
            server.stub.Recommend(PAGE)
        server.stub.BatchRecommend(pb.BatchRecommendRequest(requests=[PAGE, PAGE]))
        server.stub.Recommend(pb.RecommendRequest(placement="product_page", item_id="nothing of ours"))
    assert counted(meters, "answers") == {("product_page", "item"): 5, ("product_page", "none"): 1}
    assert counted(meters, "recommendations") == {("product_page", "item"): 15}
    assert counted(meters, "quiet_answers") == {("product_page", "unknown_item"): 1}


def test_a_page_of_a_server_without_a_model_is_quiet_for_that() -> None:
    meters = Meters()
    with running(meters=meters) as server:
        server.stub.Recommend(PAGE)
    assert counted(meters, "quiet_answers") == {("product_page", "no_model"): 1}


def test_health_is_not_counted(model: Model) -> None:
    from grpc_health.v1 import health_pb2
    from grpc_health.v1.health_pb2_grpc import HealthStub

    meters = Meters()
    with running(meters=meters) as server:
        HealthStub(server.channel).Check(health_pb2.HealthCheckRequest())
    assert counted(meters) == {}


@pytest.fixture
def watched_counter(tmp_path: Any, model: Model) -> Any:
    """A counter, and what it counts."""
    meters = Meters()
    with counter_on(tmp_path / "state.db", model, meters=meters) as counter:
        yield counter, meters


def test_events_are_counted_by_what_became_of_them(watched_counter: tuple[Counter, Meters]) -> None:
    counter, meters = watched_counter
    counter.says(ANNA)
    counter.did(ANNA, "camera")
    counter.told(counter.event(BOB, "camera"), counter.event(BOB, "lens", event_pb.EVENT_TYPE_CLICK))
    assert counted(meters, "events") == {
        ("view", "stored"): 1,
        ("view", "not_allowed"): 1,
        ("click", "not_allowed"): 1,
    }


def test_an_event_of_no_known_type_is_counted_as_rejected(watched_counter: tuple[Counter, Meters]) -> None:
    counter, meters = watched_counter
    counter.told(counter.event(ANNA, "camera", 99), counter.event(ANNA, ""))
    assert counted(meters, "events") == {("unspecified", "rejected"): 1, ("view", "rejected"): 1}


def test_a_page_is_counted_by_whether_a_history_might_be_used(watched_counter: tuple[Counter, Meters]) -> None:
    counter, meters = watched_counter
    counter.says(ANNA)
    counter.page(ANNA)
    counter.page(BOB)
    assert counted(meters, "personalisation") == {("granted",): 1, ("never_asked",): 1}


def test_a_look_up_that_fails_is_counted(watched_counter: tuple[Counter, Meters]) -> None:
    counter, meters = watched_counter
    with counter.database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE shoppers RENAME TO gone")
    counter.page(ANNA)
    until(lambda: counted(meters, "lookup_failures"), "the failure")
    assert counted(meters, "lookup_failures") == {(): 1}
