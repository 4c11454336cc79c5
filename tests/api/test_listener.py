"""A path that is no text ends the framework's loop, and the server listens all the same."""

import asyncio
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from service.api import listener, successor
from tests.api.conftest import Running, running
from tests.api.http2 import PREFACE, SETTINGS, call_of, frame
from tests.service.waiting import until

PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")


@pytest.fixture(params=["another loop", "listening anew"], autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the framework that is known, and as with one whose inside is another."""
    if request.param == "listening anew":
        monkeypatch.setattr(successor, "_CAN_SUCCEED", False)


only_by_another_loop = pytest.mark.parametrize("_way", ["another loop"], indirect=True)


def disturbed(server: Running, path: bytes = b"/shopkeeper.v1.\xd0/Recommend") -> None:
    """Call a path that is no text, and wait until the server has met it."""
    before = server.lines.events().count("listening_again")
    host, _, port = server.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0, b"") + call_of(path))
        until(lambda: server.lines.events().count("listening_again") > before, "the loop to end")


def answered(server: Running) -> str:
    """Ask over a new connection until there is an answer; the first item.

    Who connects to a server in the moment in which it lets go of its port, to listen anew, is cut off.
    """
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(server.address, options=options) as channel:
        method = RecommendationServiceStub(channel).Recommend
        found: list[pb.RecommendResponse] = []

        def ask() -> bool:
            call = method.future(PAGE, timeout=10, wait_for_ready=True)
            if call.code() is grpc.StatusCode.OK:
                found.append(call.result())
            return bool(found)

        until(ask, "an answer over a new connection")
    return found[0].recommendations[0].item_id


def test_a_path_that_is_no_text_is_survived_again_and_again(server: Running) -> None:
    for _ in range(3):
        disturbed(server)
        assert answered(server) == "bag"


def test_a_connection_of_before_is_served_again(server: Running) -> None:
    def is_answered() -> bool:
        # A call that was on its way when the loop ended is the one that is lost.
        return server.stub.Recommend.future(PAGE, timeout=10, wait_for_ready=True).code() is grpc.StatusCode.OK

    assert is_answered()
    disturbed(server)
    until(is_answered, "an answer over the connection of before")


@only_by_another_loop
def test_who_calls_meanwhile_notices_nothing(server: Running) -> None:
    codes: Counter[grpc.StatusCode] = Counter()
    stop = threading.Event()

    def call_on() -> None:
        while not stop.is_set():
            codes[server.stub.Recommend.future(PAGE, timeout=20).code()] += 1

    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(call_on)
        for number in range(30):
            disturbed(server)
            until(lambda number=number: codes.total() > number, "a call between two of these")
        stop.set()
        calling.result(20)
    assert set(codes) == {grpc.StatusCode.OK}


@only_by_another_loop
def test_calls_of_before_have_an_end_where_there_are_too_many(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(successor, "_n_calls", lambda: 1_000_000)
    monkeypatch.setattr(listener, "LAST_CALLS_S", 0.01)
    states = HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
    next(states)
    disturbed(server)
    with pytest.raises(grpc.RpcError) as caught:
        next(states)
    assert caught.value.code() is not grpc.StatusCode.DEADLINE_EXCEEDED
    assert answered(server) == "bag"


@only_by_another_loop
def test_calls_are_counted_as_long_as_they_last(server: Running) -> None:
    def n_calls() -> int:
        async def count() -> int:
            return successor._n_calls()

        return asyncio.run_coroutine_threadsafe(count(), server.loop).result(10)

    watching = HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
    next(watching)
    assert n_calls() == 1
    watching.cancel()
    until(lambda: n_calls() == 0, "the call to end")


def test_a_call_that_was_there_goes_on(server: Running) -> None:
    states = HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
    first = next(states).status
    disturbed(server)
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(next, states)
        server.loop.call_soon_threadsafe(server.endpoint._health.close)
        assert (first, later.result(20).status) == (
            health_pb2.HealthCheckResponse.SERVING,
            health_pb2.HealthCheckResponse.NOT_SERVING,
        )


def test_a_server_that_drains_does_not_listen_again(server: Running) -> None:
    disturbed(server)
    assert answered(server) == "bag"
    server.start_draining(1).result(20)
    assert server.lines.events().count("listening_again") == 1


def test_the_path_is_not_in_the_log() -> None:
    with running() as server:
        disturbed(server, b"/a/anna-4711\xff")
        line = server.lines.only("listening_again")
    assert (line["cause"], "anna" in str(line)) == ("UnicodeDecodeError", False)
