"""The door that every call comes through, before a server of its own."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from service.api.admission import RETRY_MS, Admission
from service.api.callers import SCOPES
from service.api.door import Door
from service.core.callers import Caller, Callers, Scope, hash_of

_Context = grpc.aio.ServicerContext[Any, Any]
_Test = Callable[[grpc.aio.Channel], Awaitable[None]]


def behind_a_door(
    methods: Mapping[str, "grpc.RpcMethodHandler[Any, Any]"],
    max_calls: int,
    test: _Test,
    *,
    service: str = "a.Service",
    callers: Callers | None = None,
) -> None:
    """Run a test against a server of these methods."""

    async def run() -> None:
        server = grpc.aio.server()
        Door(server, Admission(max_calls), callers).add_registered_method_handlers(service, methods)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            await asyncio.wait_for(test(channel), 20)
        await server.stop(0)

    asyncio.run(run())


class Held:
    """A method of each kind that answers once it may."""

    def __init__(self) -> None:
        self.entered, self.may_answer = asyncio.Queue[None](), asyncio.Event()

    async def one(self, request: bytes, context: _Context) -> bytes:
        await self.entered.put(None)
        await self.may_answer.wait()
        if request == b"fail":
            await context.abort(grpc.StatusCode.NOT_FOUND, "as wanted")
        return request

    async def flowing(self, request: bytes, context: _Context) -> AsyncIterator[bytes]:
        yield await self.one(request, context)

    async def written(self, request: bytes, context: _Context) -> None:
        await context.write(await self.one(request, context))

    def methods(self) -> dict[str, "grpc.RpcMethodHandler[Any, Any]"]:
        return {
            "One": grpc.unary_unary_rpc_method_handler(self.one),
            "Flowing": grpc.unary_stream_rpc_method_handler(self.flowing),
            "Written": grpc.unary_stream_rpc_method_handler(self.written),
        }


async def answer_of(channel: grpc.aio.Channel, method: str, request: bytes) -> list[bytes]:
    if method == "One":
        return [await channel.unary_unary("/a.Service/One")(request)]
    return [part async for part in channel.unary_stream(f"/a.Service/{method}")(request)]


@pytest.mark.parametrize("method", ["One", "Flowing", "Written"])
@pytest.mark.parametrize("request_bytes", [b"succeed", b"fail"])
def test_a_call_too_many_is_refused_with_a_time_to_come_again_and_the_next_is_answered(
    method: str, request_bytes: bytes
) -> None:
    held = Held()

    async def test(channel: grpc.aio.Channel) -> None:
        first = asyncio.create_task(answer_of(channel, method, request_bytes))
        await held.entered.get()
        for other in held.methods():
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await answer_of(channel, other, b"")
            assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert ("grpc-retry-pushback-ms", str(RETRY_MS)) in tuple(caught.value.trailing_metadata())
            [detail] = rpc_status.from_call(caught.value).details  # type: ignore[arg-type]
            hint = error_details_pb2.RetryInfo()
            assert detail.Unpack(hint)
            assert hint.retry_delay.ToMilliseconds() == RETRY_MS
        held.may_answer.set()
        [outcome] = await asyncio.gather(first, return_exceptions=True)
        assert isinstance(outcome, grpc.aio.AioRpcError) == (request_bytes == b"fail")
        assert await answer_of(channel, method, b"again") == [b"again"]

    behind_a_door(held.methods(), 1, test)


@pytest.mark.parametrize("method", ["One", "Flowing", "Written"])
def test_a_call_that_its_caller_gives_up_leaves_room(method: str) -> None:
    held = Held()

    async def test(channel: grpc.aio.Channel) -> None:
        first = asyncio.create_task(answer_of(channel, method, b"never"))
        await held.entered.get()
        first.cancel()
        held.may_answer.set()
        answers: list[bytes] = []
        while not answers:
            # Until the server has heard of it there is no room.
            with suppress(grpc.aio.AioRpcError):
                answers = await answer_of(channel, method, b"next")
        assert answers == [b"next"]

    behind_a_door(held.methods(), 1, test)


def test_a_method_that_comes_by_generated_code_is_behind_the_door() -> None:
    added: list[grpc.GenericRpcHandler] = []

    class Server:
        def add_generic_rpc_handlers(self, handlers: tuple[grpc.GenericRpcHandler, ...]) -> None:
            added.extend(handlers)

    from shopkeeper.v1 import event_service_pb2_grpc as pb_grpc

    pb_grpc.add_EventServiceServicer_to_server(  # type: ignore[no-untyped-call]
        pb_grpc.EventServiceServicer(),
        Door(Server(), Admission(1)),  # type: ignore[arg-type]
    )
    assert len(added) == 1


def reading(held: Held) -> dict[str, "grpc.RpcMethodHandler[Any, Any]"]:
    """Methods of each kind that take a message, as generated code makes them."""

    async def one(request: StringValue, context: _Context) -> bytes:
        return await held.one(request.value.encode(), context)

    async def flowing(request: StringValue, context: _Context) -> AsyncIterator[bytes]:
        yield await one(request, context)

    async def conversing(requests: AsyncIterator[StringValue], context: _Context) -> AsyncIterator[bytes]:
        async for request in requests:
            yield await one(request, context)

    takes = {"request_deserializer": StringValue.FromString}
    return {
        "One": grpc.unary_unary_rpc_method_handler(one, **takes),
        "Flowing": grpc.unary_stream_rpc_method_handler(flowing, **takes),
        "Conversing": grpc.stream_stream_rpc_method_handler(conversing, **takes),
    }


async def said(channel: grpc.aio.Channel, path: str, *requests: bytes, **call: Any) -> list[bytes]:
    """The answers to requests, whichever kind of method it is."""

    async def each() -> AsyncIterator[bytes]:
        for request in requests:
            yield request

    return [part async for part in channel.stream_stream(path)(each(), **call)]


@pytest.mark.parametrize("method", ["One", "Flowing", "Conversing"])
def test_bytes_that_are_no_request_are_the_callers_fault_and_leave_room(method: str) -> None:
    held = Held()
    held.may_answer.set()

    async def test(channel: grpc.aio.Channel) -> None:
        for _ in range(3):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await said(channel, f"/a.Service/{method}", b"\x0a\xff")
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            [detail] = rpc_status.from_call(caught.value).details  # type: ignore[arg-type]
            fault = error_details_pb2.BadRequest()
            assert detail.Unpack(fault)
            assert "google.protobuf.StringValue" in fault.field_violations[0].description
        assert await said(channel, f"/a.Service/{method}", StringValue(value="well").SerializeToString()) == [b"well"]

    behind_a_door(reading(held), 1, test)


EVENTS = "shopkeeper.v1.EventService"
TOKEN = "shk_of-a-storefront"  # noqa: S105 - of this test


def callers_of(*scopes: Scope) -> Callers:
    return Callers({hash_of(TOKEN): Caller("storefront", frozenset(scopes))}, lambda: 0.0)


@pytest.mark.parametrize("method", ["One", "Flowing", "Conversing"])
@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ((), grpc.StatusCode.UNAUTHENTICATED),
        ((("authorization", "Bearer shk_of-nobody"),), grpc.StatusCode.UNAUTHENTICATED),
        ((("authorization", f"Bearer {TOKEN}"),), grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_who_may_not_call_is_refused_before_the_call_counts_or_is_read(
    method: str, metadata: tuple[tuple[str, str], ...], code: grpc.StatusCode
) -> None:
    async def test(channel: grpc.aio.Channel) -> None:
        # There is no room for a single call, and the bytes are no message.
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await said(channel, f"/{EVENTS}/{method}", b"\x0a\xff", metadata=metadata)
        assert caught.value.code() is code

    behind_a_door(reading(Held()), 0, test, service=EVENTS, callers=callers_of(Scope.RECOMMEND))


@pytest.mark.parametrize("method", ["One", "Flowing", "Conversing"])
def test_who_may_call_is_answered(method: str) -> None:
    held = Held()
    held.may_answer.set()
    request = StringValue(value="well").SerializeToString()

    async def test(channel: grpc.aio.Channel) -> None:
        by = (("user", "x"), ("authorization", f"bearer {TOKEN}"))
        assert await said(channel, f"/{EVENTS}/{method}", request, metadata=by) == [b"well"]

    behind_a_door(reading(held), 1, test, service=EVENTS, callers=callers_of(Scope.RECORD))


def test_a_refusal_says_the_scope_to_people_and_to_programs() -> None:
    async def test(channel: grpc.aio.Channel) -> None:
        with pytest.raises(grpc.aio.AioRpcError, match="scope `record`") as caught:
            await said(channel, f"/{EVENTS}/One", metadata=(("authorization", f"Bearer {TOKEN}"),))
        [detail] = rpc_status.from_call(caught.value).details  # type: ignore[arg-type]
        info = error_details_pb2.ErrorInfo()
        assert detail.Unpack(info)
        assert (info.reason, dict(info.metadata)) == ("SCOPE_MISSING", {"scope": "record"})
        assert TOKEN not in str(caught.value)

    behind_a_door(reading(Held()), 1, test, service=EVENTS, callers=callers_of(Scope.PRIVACY))


def test_a_service_that_no_scope_is_for_is_not_served() -> None:
    with pytest.raises(LookupError, match=r"a\.Service"):
        behind_a_door({}, 1, lambda _: asyncio.sleep(0), callers=callers_of(Scope.ADMIN))


def test_every_service_of_the_wire_has_a_scope() -> None:
    protos = (Path(__file__).parents[2] / "proto/shopkeeper/v1").glob("*_service.proto")
    services = [name for proto in protos for name in re.findall(r"^service (\w+)", proto.read_text(), re.MULTILINE)]
    assert services
    assert {f"shopkeeper.v1.{name}" for name in services} <= set(SCOPES)
