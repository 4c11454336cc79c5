"""Who calls and holds back the message takes the room of nobody."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.api.health import MAX_WATCHERS
from service.api.held_back import MAX_HELD_BACK
from service.core.answers import Model
from service.core.callers import Caller, Callers, Scope, hash_of
from tests.api.conftest import Running, running
from tests.api.http2 import PREFACE, SETTINGS, call_of, frame
from tests.service.waiting import until

CHECK, WATCH = b"/grpc.health.v1.Health/Check", b"/grpc.health.v1.Health/Watch"
RECOMMEND = b"/shopkeeper.v1.RecommendationService/Recommend"
PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")
BY = (("authorization", "Bearer shk_known"),)


@pytest.fixture
def guarded(model: Model) -> Iterator[Running]:
    """A server that wants a token, and takes one call at once."""
    callers = Callers({hash_of("shk_known"): Caller("storefront", frozenset({Scope.RECOMMEND}))}, lambda: 0.0)
    with running(max_concurrent_calls=1, max_waiting_calls=10_000, callers=callers) as server:
        server.slot.model = model
        yield server


@contextmanager
def held(server: Running, path: bytes, n_calls: int) -> Iterator[None]:
    """Calls without a message, all of which have come to the server."""
    host, _, port = server.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        calls = b"".join(call_of(path, 2 * number + 1) for number in range(n_calls))
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0, b"") + calls)
        # Both ways a connection keeps the order of what is sent: the answer to a ping comes after what was before.
        connection.sendall(frame(6, 0, 0, b"all came"))
        arrived = b""
        while b"all came" not in arrived:
            arrived += connection.recv(65536)
        yield


def checked(server: Running) -> int:
    return HealthStub(server.channel).Check(health_pb2.HealthCheckRequest(), timeout=10).status


@pytest.mark.parametrize("path", [CHECK, WATCH])
def test_health_is_told_and_pages_are_answered_however_many_hold_back_a_call_of_health(
    guarded: Running, path: bytes
) -> None:
    with held(guarded, path, 5 * (MAX_HELD_BACK + MAX_WATCHERS)):
        for _ in range(3):
            assert checked(guarded) == health_pb2.HealthCheckResponse.NOT_SERVING
            assert len(guarded.stub.Recommend(PAGE, timeout=10, metadata=BY).recommendations) == 3


def test_without_a_token_nobody_holds_back_a_call(guarded: Running) -> None:
    with held(guarded, RECOMMEND, 5 * (MAX_HELD_BACK + MAX_WATCHERS)):
        assert len(guarded.stub.Recommend(PAGE, timeout=10, metadata=BY).recommendations) == 3


def test_calls_that_are_held_back_by_who_may_call_have_an_end(model: Model) -> None:
    with running(max_concurrent_calls=1) as server:
        server.slot.model = model

        def code() -> grpc.StatusCode:
            return server.stub.Recommend.future(PAGE, timeout=10).code()

        with held(server, RECOMMEND, 2 + MAX_WATCHERS + MAX_HELD_BACK):
            assert code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        until(lambda: code() is grpc.StatusCode.OK, "the server to hear that they were given up")


def test_a_call_of_health_that_ends_without_a_message_is_the_callers_fault(guarded: Running) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        guarded.channel.stream_unary(CHECK.decode())(iter(()), timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
