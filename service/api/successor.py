"""The loop of grpc.aio that takes calls, and another one in its place on the same connections.

A server of the framework starts once, and so does its loop. But a further server, which listens nowhere, has a loop
too, and can be made to ask the first one for its calls. That is the framework's inside (grpcio 1.85): where it is not
as known here there is no successor, and the listener does without.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    _AioServer: Any = object
else:
    try:
        from grpc._cython.cygrpc import AioServer as _AioServer
    except ImportError:
        _AioServer = object

_LOOP = "_server_main_loop"
_ON_CRASH = "_serving_task_crash_handler"
_CAN_SUCCEED = all(
    hasattr(_AioServer, name) for name in (_LOOP, _ON_CRASH, "_make_request_call_future", "_request_call", "shutdown")
)


class _NoMoreCallsError(Exception):
    """The server is stopping whose calls these were."""


class _Successor(_AioServer):  # type: ignore[misc]  # a class of Cython
    """A server that listens nowhere and takes the calls of another."""

    def follow(self, server: Any) -> None:
        self._followed, self._is_over = server, False

    def end(self) -> None:
        self._is_over = True

    def _make_request_call_future(self, _method: bytes | None) -> "asyncio.Future[object]":
        """The next call, which is asked for as the last one is taken."""
        loop = asyncio.get_running_loop()
        if self._is_over:
            none = loop.create_future()
            none.set_exception(_NoMoreCallsError())
            return none
        return loop.create_task(self._followed._request_call())


class Served:
    """A server and the loop that takes its calls now.

    Args:
        server: With its port, not started.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server, self._successor = server, None  # type: grpc.aio.Server, Any
        self.loop: asyncio.Task[object] | None = None

    async def start(self) -> None:
        """Take calls; `loop` is the task that does."""
        self.loop = await _started(self._server, getattr(self._server, "_server", None))

    async def succeed(self, handlers: Sequence[grpc.GenericRpcHandler], most: int) -> bool:
        """Have another loop in the place of the one that ended; whether there is one.

        Calls that are being answered go on. They do not count among the new loop's: where as many as one may have are
        there still, there is none, so that there is an end of them.

        Args:
            handlers: Of the methods.
            most: Calls that a loop may have at once.
        """
        if not _CAN_SUCCEED or _n_calls() >= most:
            return False
        before = self._successor
        try:
            successor = _Successor(asyncio.get_running_loop(), None, handlers, None, (), most)
            successor.follow(self._server._server)  # type: ignore[attr-defined]  # the framework's inside
            # From here on a stop of the server ends this one too.
            self._successor = successor
            self.loop = await _started(successor, successor)
        except (AttributeError, TypeError):
            return False
        finally:
            await _shut(before)
        return self.loop is not None

    async def stop(self, grace_s: float) -> None:
        """As a server does."""
        if self._successor is not None:
            self._successor.end()
        # The first time it tells of its loop's end, where that was no good one; the second it waits for the calls.
        with suppress(Exception):
            await self._server.stop(grace_s)
        await self._server.stop(grace_s)
        await _shut(self._successor)


async def _started(server: Any, inside: Any) -> "asyncio.Task[object] | None":
    """The loop of a server that it starts, without what would shut the server down at the loop's end."""
    before = asyncio.all_tasks()
    await server.start()
    for task in asyncio.all_tasks() - before:
        if getattr(task.get_coro(), "__name__", "") == _LOOP:
            if hasattr(inside, _ON_CRASH):
                task.remove_done_callback(getattr(inside, _ON_CRASH))
            return task
    return None


async def _shut(successor: Any) -> None:
    """Let go of one whose loop has ended, or is about to."""
    if successor is not None:
        with suppress(Exception):
            await successor.shutdown(None)
        await successor.shutdown(None)


def _n_calls() -> int:
    """Calls that are being answered."""
    return sum(getattr(task.get_coro(), "__name__", "") == "_schedule_rpc_coro" for task in asyncio.all_tasks())
