"""Health, reflection, swap and drain over a real channel."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.core.answers import Model
from tests.api.conftest import Running

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE = "shopkeeper.v1.RecommendationService"
PAGE = pb.RecommendRequest(placement="product_page", item_id="camera")


def watched(server: Running, service: str = "") -> Iterator[int]:
    return (
        response.status
        for response in HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest(service=service), timeout=10)
    )


@pytest.mark.parametrize("service", ["", SERVICE])
def test_health_turns_to_serving_once_there_is_a_model(empty_server: Running, service: str) -> None:
    request = health_pb2.HealthCheckRequest(service=service)
    states = watched(empty_server, service)
    assert next(states) == NOT_SERVING
    assert HealthStub(empty_server.channel).Check(request).status == NOT_SERVING
    empty_server.ready()
    assert next(states) == SERVING
    assert HealthStub(empty_server.channel).Check(request).status == SERVING


def test_another_service_has_no_health_here(server: Running) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        HealthStub(server.channel).Check(health_pb2.HealthCheckRequest(service="other"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_reflection_lists_and_describes_the_service(server: Running) -> None:
    ask = reflection_pb2.ServerReflectionRequest
    requests = iter([ask(list_services=""), ask(file_containing_symbol=SERVICE)])
    listed, described = ServerReflectionStub(server.channel).ServerReflectionInfo(requests)
    names = {service.name for service in listed.list_services_response.service}
    assert {SERVICE, "grpc.health.v1.Health"} <= names
    assert described.file_descriptor_response.file_descriptor_proto


def test_a_batch_is_from_one_model_though_another_comes_meanwhile(server: Running) -> None:
    first = server.slot.model
    assert first is not None
    second = Model(first.bundle, "accessories/2")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            server.slot.model = second if server.slot.model is first else first

    swapping = threading.Thread(target=swap)
    swapping.start()
    batch = pb.BatchRecommendRequest(requests=[PAGE] * 100)
    versions = [{answer.model_version for answer in server.stub.BatchRecommend(batch).responses} for _ in range(20)]
    stop.set()
    swapping.join()
    assert all(len(found) == 1 for found in versions)


class HeldCall:
    """A call whose message the client holds back, so that it stays in flight for as long as the test wants."""

    def __init__(self, server: Running, pool: ThreadPoolExecutor) -> None:
        self._send = threading.Event()
        self._call = server.channel.stream_unary(
            f"/{SERVICE}/Recommend",
            request_serializer=pb.RecommendRequest.SerializeToString,
            response_deserializer=pb.RecommendResponse.FromString,
        )
        self.answer = pool.submit(self._call, self._message(), timeout=20)

    def _message(self) -> Iterator[pb.RecommendRequest]:
        self._send.wait(20)
        yield PAGE

    def finish(self) -> pb.RecommendResponse:
        self._send.set()
        return self.answer.result(20)


def test_a_drain_says_not_serving_takes_no_new_call_and_finishes_the_running_one(server: Running) -> None:
    with ThreadPoolExecutor(2) as pool:
        held = HeldCall(server, pool)
        states = watched(server)
        assert next(states) == SERVING
        # Read without pause: this client loses a message that the stream's end overtakes.
        rest = pool.submit(list, states)
        drained = server.start_draining(20)
        assert rest.result(10) == [NOT_SERVING]
        with grpc.insecure_channel(server.address) as other, pytest.raises(grpc.RpcError) as caught:
            other.unary_unary(f"/{SERVICE}/Recommend", pb.RecommendRequest.SerializeToString)(PAGE, timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert not drained.done()
        assert len(held.finish().recommendations) == 4
        drained.result(10)


def test_a_watcher_of_health_does_not_hold_up_a_drain(server: Running) -> None:
    states = watched(server)
    assert next(states) == SERVING
    server.start_draining(60).result(10)


def test_a_call_longer_than_the_grace_is_cut_off(server: Running) -> None:
    with ThreadPoolExecutor(1) as pool:
        held = HeldCall(server, pool)
        states = watched(server)
        next(states)
        server.start_draining(0.1).result(10)
        with pytest.raises(grpc.RpcError):
            held.finish()
