"""The way in of every call, and out again: nothing that is added to a server through it can be reached past it.

A server interceptor would do the same, and cost each call a search for its handler.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import wraps
from inspect import isasyncgenfunction
from typing import Any, Protocol, TypeAlias

import grpc

from models.errors import ShopkeeperError
from service.api.admission import Admission, refuse_for_now
from service.api.callers import Check, check_of
from service.api.failing import refuse
from service.api.parsing import of_bytes
from service.api.watched import Watched
from service.core.callers import Callers

_Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Served(Protocol):
    """What takes methods: a server that is not started."""

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler], /) -> None:
        """Serve the methods that these find."""


class Door:
    """Stands where generated code expects a server.

    Args:
        server: Gets the methods, guarded.
        admission: How many calls are in at once.
        callers: Who may call; None for whoever reaches the port.
        watched: What watches the calls; None where nobody wants to know of them.
    """

    def __init__(
        self,
        server: Served,
        admission: Admission,
        callers: Callers | None = None,
        watched: Watched | None = None,
    ) -> None:
        self._server, self._admission, self._callers, self._watched = server, admission, callers, watched

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, _Handler]) -> None:
        """Serve methods.

        Args:
            service_name: Full.
            method_handlers: By name of the method.

        Raises:
            LookupError: Callers are known, and none of them could be for this service.
        """
        guarded = {name: self._guarded(service_name, name, handler) for name, handler in method_handlers.items()}
        found: grpc.GenericRpcHandler = grpc.method_handlers_generic_handler(service_name, guarded)
        if self._callers is not None:
            found = _Checked(found, check_of(service_name, self._callers), self._watched)
        self._server.add_generic_rpc_handlers((found,))

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Nothing more: generated code adds the same methods in this way too."""

    def _guarded(self, service_name: str, name: str, handler: _Handler) -> _Handler:
        kinds: dict[Callable[..., _Handler], Any] = {
            grpc.unary_unary_rpc_method_handler: handler.unary_unary,
            grpc.unary_stream_rpc_method_handler: handler.unary_stream,
            grpc.stream_stream_rpc_method_handler: handler.stream_stream,
        }
        [(made, behaviour)] = [(made, found) for made, found in kinds.items() if found is not None]
        behaviour = of_bytes(handler, behaviour)
        through = self._flowing(behaviour) if isasyncgenfunction(behaviour) else self._answering(behaviour)
        if self._watched is not None:
            # Outermost, so that it sees who finds no room too.
            through = self._watched(service_name, name, through)
        return made(through, None, handler.response_serializer)

    def _answering(self, behaviour: Callable[[Any, _Context], Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        admission = self._admission

        @wraps(behaviour)
        async def through(request: Any, context: _Context) -> Any:
            if not admission.enter():
                await refuse_for_now(context)
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
                await refuse_for_now(context)
            try:
                async for part in behaviour(request, context):
                    yield part
            finally:
                admission.leave()

        return through


class _Checked(grpc.GenericRpcHandler):
    """Finds the method for those who may call it.

    Here the framework has a call's metadata at hand, which a method has to ask for again; and who is refused here is so
    before the message has come.
    """

    def __init__(self, found: grpc.GenericRpcHandler, check: Check, watched: Watched | None) -> None:
        self._found, self._check, self._watched = found, check, watched

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "_Handler | None":
        """The handler of a call, or one that refuses it; None where there is no such method."""
        handler = self._found.service(handler_call_details)
        if handler is None:
            return None
        refusal = self._check(handler_call_details.invocation_metadata)
        return handler if refusal is None else self._refusing(refusal, handler_call_details.method)

    def _refusing(self, refusal: ShopkeeperError, method: str) -> _Handler:
        async def refused(_: AsyncIterator[bytes], context: _Context) -> None:
            await refuse(refusal, context)

        through: Callable[..., Any] = refused
        if self._watched is not None:
            service_name, _, name = method.strip("/").rpartition("/")
            through = self._watched(service_name, name, refused)
        # Of whichever kind the method is: this one waits for no message.
        return grpc.stream_stream_rpc_method_handler(through)
