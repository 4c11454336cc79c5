"""The way in of every call, and out again: nothing that is added to a server through it can be reached past it.

A server interceptor would do the same, and cost each call a search for its handler.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import wraps
from inspect import isasyncgenfunction
from typing import Any, TypeAlias

import grpc

from service.api.admission import Admission

_Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Door:
    """Stands where generated code expects a server.

    Args:
        server: Not started yet.
        admission: How many calls are in at once.
    """

    def __init__(self, server: grpc.aio.Server, admission: Admission) -> None:
        self._server, self._admission = server, admission

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, _Handler]) -> None:
        """Serve methods.

        Args:
            service_name: Full.
            method_handlers: By name of the method.
        """
        guarded = {name: self._guarded(handler) for name, handler in method_handlers.items()}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service_name, guarded),))

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Nothing more: generated code adds the same methods in this way too."""

    def _guarded(self, handler: _Handler) -> _Handler:
        kinds: dict[Callable[..., _Handler], Any] = {
            grpc.unary_unary_rpc_method_handler: handler.unary_unary,
            grpc.unary_stream_rpc_method_handler: handler.unary_stream,
            grpc.stream_stream_rpc_method_handler: handler.stream_stream,
        }
        [(made, behaviour)] = [(made, found) for made, found in kinds.items() if found is not None]
        through = self._flowing(behaviour) if isasyncgenfunction(behaviour) else self._answering(behaviour)
        return made(through, handler.request_deserializer, handler.response_serializer)

    def _answering(self, behaviour: Callable[[Any, _Context], Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        admission = self._admission

        @wraps(behaviour)
        async def through(request: Any, context: _Context) -> Any:
            if not admission.enter():
                await admission.refuse(context)
            try:
                return await behaviour(request, context)
            finally:
                admission.leave()

        return through

    def _flowing(self, behaviour: Callable[[Any, _Context], AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
        admission = self._admission

        @wraps(behaviour)
        async def through(request: Any, context: _Context) -> AsyncIterator[Any]:
            if not admission.enter():
                await admission.refuse(context)
            try:
                async for part in behaviour(request, context):
                    yield part
            finally:
                admission.leave()

        return through
