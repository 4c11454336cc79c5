"""The door that every call comes through, before a server of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from service.api.admission import RETRY_MS, Admission
from service.api.door import Door

_Context = grpc.aio.ServicerContext[Any, Any]
_Test = Callable[[grpc.aio.Channel], Awaitable[None]]


def behind_a_door(methods: Mapping[str, "grpc.RpcMethodHandler[Any, Any]"], max_calls: int, test: _Test) -> None:
    """Run a test against a server of these methods of /a.Service."""

    async def run() -> None:
        server = grpc.aio.server()
        Door(server, Admission(max_calls)).add_registered_method_handlers("a.Service", methods)
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
