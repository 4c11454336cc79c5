"""Health, reflection, swap and drain over a real channel."""

import asyncio
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from service.api.admission import RETRY_MS
from service.api.endpoint import Endpoint, Limits
from service.api.health import MAX_WATCHERS, Health
from service.core.answers import Model
from service.core.callers import Caller, Callers, Scope, hash_of
from service.workers.address import AddressUnavailableError
from tests.api.conftest import Running, running
from tests.service.waiting import until

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


def test_health_of_all_services_is_listed(server: Running) -> None:
    listed = HealthStub(server.channel).List(health_pb2.HealthListRequest()).statuses
    assert {name: state.status for name, state in listed.items()} == dict.fromkeys(
        ("", SERVICE, "grpc.health.v1.Health"), SERVING
    )


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

    def __init__(self, server: Running) -> None:
        self._send = threading.Event()
        check = HealthStub(server.channel).Check
        check(health_pb2.HealthCheckRequest(), timeout=10)
        held = server.channel.stream_unary(
            f"/{SERVICE}/Recommend", pb.RecommendRequest.SerializeToString, pb.RecommendResponse.FromString
        )
        self._answer = held.future(self._message(), timeout=20)
        # A connection keeps the order of its calls: once this is answered, the held one has arrived.
        check(health_pb2.HealthCheckRequest(), timeout=10)

    def _message(self) -> Iterator[pb.RecommendRequest]:
        self._send.wait(20)
        yield PAGE

    def finish(self) -> pb.RecommendResponse:
        self._send.set()
        return self._answer.result(20)


def test_a_drain_says_not_serving_takes_no_new_call_and_finishes_the_running_one(server: Running) -> None:
    with ThreadPoolExecutor(1) as pool:
        held = HeldCall(server)
        states = watched(server)
        assert next(states) == SERVING
        rest = pool.submit(list, states)
        drained = server.start_draining(20)
        # The watch ends; this client may lose a message that the stream's end overtakes.
        assert set(rest.result(10)) <= {NOT_SERVING}
        assert server.health_now() == NOT_SERVING
        with grpc.insecure_channel(server.address) as other, pytest.raises(grpc.RpcError) as caught:
            other.unary_unary(f"/{SERVICE}/Recommend", pb.RecommendRequest.SerializeToString)(PAGE, timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert not drained.done()
        assert len(held.finish().recommendations) == 3
        drained.result(10)


def test_who_is_turned_away_is_told_at_once_and_answered_until_the_drain(server: Running) -> None:
    states = watched(server)
    assert next(states) == SERVING
    server.loop.call_soon_threadsafe(server.endpoint.turn_away)
    assert next(states) == NOT_SERVING
    server.ready()
    assert HealthStub(server.channel).Check(health_pb2.HealthCheckRequest(), timeout=10).status == NOT_SERVING
    with grpc.insecure_channel(server.address, options=[("grpc.use_local_subchannel_pool", 1)]) as other:
        answer = RecommendationServiceStub(other).Recommend(PAGE, timeout=10)
    assert len(answer.recommendations) == 3
    server.start_draining(60).result(10)
    assert list(states) == []


def test_a_watcher_of_health_does_not_hold_up_a_drain(server: Running) -> None:
    states = watched(server)
    assert next(states) == SERVING
    server.start_draining(60).result(10)


def test_a_call_longer_than_the_grace_is_cut_off(server: Running) -> None:
    held = HeldCall(server)
    server.start_draining(0.1).result(10)
    with pytest.raises(grpc.RpcError):
        held.finish()


def test_who_watches_takes_the_room_of_nobody_who_may_call(model: Model) -> None:
    callers = Callers({hash_of("shk_known"): Caller("storefront", frozenset({Scope.RECOMMEND}))}, lambda: 0.0)
    with running(max_concurrent_calls=1, callers=callers) as server:
        server.slot.model = model
        watches = [watched(server) for _ in range(MAX_WATCHERS)]
        assert [next(states) for states in watches] == [NOT_SERVING] * MAX_WATCHERS
        with pytest.raises(grpc.RpcError) as caught:
            next(watched(server))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert ("grpc-retry-pushback-ms", str(RETRY_MS)) in caught.value.trailing_metadata()
        assert HealthStub(server.channel).Check(health_pb2.HealthCheckRequest(), timeout=10).status == NOT_SERVING
        by = (("authorization", "Bearer shk_known"),)
        assert len(server.stub.Recommend(PAGE, timeout=10, metadata=by).recommendations) == 3


def test_who_no_longer_watches_leaves_room(server: Running) -> None:
    stub = HealthStub(server.channel)
    for _ in range(2):
        calls = [stub.Watch(health_pb2.HealthCheckRequest(), timeout=20) for _ in range(MAX_WATCHERS)]
        assert [next(call).status for call in calls] == [SERVING] * MAX_WATCHERS
        for call in calls:
            call.cancel()
        until(lambda: server.endpoint._health._watchers._n_calls == 0, "the server to hear of it")


def test_a_model_that_comes_during_a_drain_does_not_call_traffic_back(server: Running) -> None:
    held = HeldCall(server)
    drained = server.start_draining(20)
    server.ready()
    # Whatever the loop was given before this is done when this is.
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), server.loop).result(10)
    assert server.health_now() == NOT_SERVING
    held.finish()
    drained.result(10)


def listen(server: Running, port: int, *, shares_port: bool) -> Endpoint:
    """One more that listens in this process."""
    listening = Endpoint.listen(
        "127.0.0.1", port, server.arms, {}, server.lines.log, Limits(1, 9), shares_port=shares_port
    )
    return asyncio.run_coroutine_threadsafe(listening, server.loop).result(10)


def test_a_port_is_shared_only_where_all_who_listen_say_so(server: Running) -> None:
    opened = [listen(server, 0, shares_port=True)]
    port = int(opened[0].address.rpartition(":")[2])
    opened.append(listen(server, port, shares_port=True))
    for other, shares_port in ((port, False), (int(server.address.rpartition(":")[2]), True)):
        with pytest.raises(AddressUnavailableError, match=f"cannot listen on 127.0.0.1:{other}"):
            listen(server, other, shares_port=shares_port)
    assert opened[1].address == opened[0].address
    for endpoint in opened:
        asyncio.run_coroutine_threadsafe(endpoint.drain(0), server.loop).result(10)


def listening_handles(port: int) -> list[int]:
    """Handles of this process that listen on the port."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        if os.path.lexists(link) and str(link.readlink()).startswith("socket:"):
            with socket.socket(fileno=os.dup(int(link.name))) as one:
                is_listening = one.family != socket.AF_UNIX and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if is_listening and one.getsockname()[1] == port:
                    found.append(int(link.name))
    return found


def test_a_worker_that_is_killed_stops_listening_before_it_hangs_up(server: Running) -> None:
    endpoint = listen(server, 0, shares_port=True)
    with grpc.insecure_channel(endpoint.address) as channel:
        HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        [handle] = listening_handles(int(endpoint.address.rpartition(":")[2]))
        # Handles are closed from the highest down, and a new one is the lowest that is free.
        with socket.socket() as next_one:
            assert next_one.fileno() < handle
    asyncio.run_coroutine_threadsafe(endpoint.drain(0), server.loop).result(10)


class Written:
    """A call's context that keeps what was written, and wakes whoever waits for it."""

    def __init__(self) -> None:
        self.states: asyncio.Queue[int] = asyncio.Queue()

    async def write(self, response: health_pb2.HealthCheckResponse) -> None:
        await self.states.put(response.status)


def test_a_watcher_is_told_of_every_turn_and_sent_away_at_the_end() -> None:
    async def watch() -> list[int]:
        health, context = Health([""]), Written()
        watching = asyncio.create_task(health.Watch(health_pb2.HealthCheckRequest(), context))
        states = [await context.states.get()]
        health.serving()
        states.append(await context.states.get())
        health.close()
        await asyncio.wait_for(watching, 10)
        return [*states, context.states.get_nowait()]

    assert asyncio.run(watch()) == [NOT_SERVING, SERVING, NOT_SERVING]


def test_more_than_may_wait_are_turned_away_and_the_rest_is_answered_as_soon_as_it_can_be() -> None:
    with running(max_waiting_calls=2) as server:
        may_go_on = threading.Event()
        server.stub.Recommend(PAGE, timeout=10)
        server.loop.call_soon_threadsafe(may_go_on.wait, 20)
        calls = [server.stub.Recommend.future(PAGE, timeout=20) for _ in range(20)]
        # Two are taken by then, and two wait.
        until(lambda: sum(call.done() for call in calls) == 20 - 4, "those that may not wait to be turned away")
        may_go_on.set()
        codes = Counter(call.code() for call in calls)
        assert set(codes) == {grpc.StatusCode.OK, grpc.StatusCode.CANCELLED}
        assert codes[grpc.StatusCode.OK] == 4
        server.stub.Recommend(PAGE, timeout=10)
