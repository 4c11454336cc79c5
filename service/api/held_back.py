"""Calls that hold back their message, where whoever reaches the port may make them.

The framework counts a call from its first byte, and a method that takes one message begins with the message: who sends
none would keep a place among all calls for as long as they like. Here the method begins at once, and waits itself.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeAlias

import grpc

from service.api.admission import refuse_for_now
from service.api.door import Door

MAX_HELD_BACK = 64
"""Calls that wait for their message; it comes with the call, so an honest one is not overtaken by as many."""
_Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Lobby:
    """Stands before a door, where generated code expects a server; where too many wait, the first of them goes.

    Args:
        door: Behind it.
        most: Calls that wait for their message at once.
    """

    def __init__(self, door: Door, most: int = MAX_HELD_BACK) -> None:
        self._door, self._most = door, most
        # By when they came.
        self._waiting: dict[asyncio.Future[None], None] = {}

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, _Handler]) -> None:
        """Serve methods that take one message.

        Args:
            service_name: Full.
            method_handlers: By name of the method.
        """
        waiting = {name: self._waits(handler) for name, handler in method_handlers.items()}
        self._door.add_registered_method_handlers(service_name, waiting)

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """Nothing more: generated code adds the same methods in this way too."""

    def _waits(self, handler: _Handler) -> _Handler:
        behaviour: Any = handler.unary_unary or handler.unary_stream

        async def through(requests: AsyncIterator[Any], context: _Context) -> None:
            answer = await behaviour(await self._message(requests, context), context)
            if answer is not None:
                await context.write(answer)

        return grpc.stream_stream_rpc_method_handler(through, handler.request_deserializer, handler.response_serializer)

    async def _message(self, requests: AsyncIterator[Any], context: _Context) -> Any:
        if len(self._waiting) >= self._most:
            first = next(iter(self._waiting))
            del self._waiting[first]
            first.set_result(None)
        goes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[goes] = None
        arriving = asyncio.ensure_future(_first(requests))
        try:
            await asyncio.wait((arriving, goes), return_when=asyncio.FIRST_COMPLETED)
            if not arriving.done():
                await refuse_for_now(context)
            if (message := arriving.result()) is None:
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the call ended without a message")
            return message
        finally:
            arriving.cancel()
            self._waiting.pop(goes, None)


async def _first(requests: AsyncIterator[Any]) -> Any:
    """The message; None where there is none."""
    async for message in requests:
        return message
    return None
