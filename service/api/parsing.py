"""Requests from their bytes, in one place: what is no request is its caller's fault, and no failure of the server.

grpc answers INTERNAL where a method's deserialiser fails; so methods take bytes, and these are read here.
"""

from collections.abc import AsyncIterator, Callable
from functools import wraps
from inspect import isasyncgenfunction
from typing import Any, TypeAlias, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from models.errors import Fault, InvalidInputError
from service.api.failing import refuse

_Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
_Message = TypeVar("_Message", bound=Message)
_NO_MESSAGE = "is no serialised {kind}: is the caller's proto the server's?"


def parsed(kind: type[_Message], data: bytes) -> _Message:
    """The message of some bytes.

    Raises:
        InvalidInputError: They are none.
    """
    try:
        return kind.FromString(data)
    except DecodeError:
        description = _NO_MESSAGE.format(kind=kind.DESCRIPTOR.full_name)
        raise InvalidInputError("the request", [Fault("request", description)]) from None


def of_bytes(handler: "grpc.RpcMethodHandler[Any, Any]", behaviour: Callable[..., Any]) -> Callable[..., Any]:
    """The method as one that takes bytes, and answers INVALID_ARGUMENT where they are no message.

    Args:
        handler: As generated code makes it.
        behaviour: The handler's method, of whichever kind.
    """
    deserialise = handler.request_deserializer
    if deserialise is None:
        return behaviour
    # What generated code gives is a method of the message's class.
    kind: type[Message] = deserialise.__self__  # type: ignore[attr-defined]
    streams_in, streams_out = handler.request_streaming, isasyncgenfunction(behaviour)

    async def one(data: bytes, context: _Context) -> Any:
        try:
            return parsed(kind, data)
        except InvalidInputError as error:
            await refuse(error, context)

    async def each(parts: AsyncIterator[bytes], context: _Context) -> AsyncIterator[Any]:
        async for data in parts:
            yield await one(data, context)

    @wraps(behaviour)
    async def answering(data: Any, context: _Context) -> Any:
        return await behaviour(each(data, context) if streams_in else await one(data, context), context)

    @wraps(behaviour)
    async def flowing(data: Any, context: _Context) -> AsyncIterator[Any]:
        async for part in behaviour(each(data, context) if streams_in else await one(data, context), context):
            yield part

    return flowing if streams_out else answering
