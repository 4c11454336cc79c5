"""A server that goes on where the framework gave up.

grpc.aio reads the path of a call in the loop that takes calls, and a path that is no UTF-8 ends that loop: nobody is
listened to any more, in a process that lives (grpcio 1.85). One header of anybody does it, before a token is asked for.
So another loop takes its place, which the callers do not notice; where there can be none the server listens anew, and
callers have to connect again.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import nullcontext

import grpc

from service.api.successor import Served
from service.log import Log
from service.workers.address import AddressUnavailableError, high_handles, written

LAST_CALLS_S = 10.0
"""Time that the calls have which were there when the loop ended: they are not the caller's who ended it."""
AGAIN_S = 0.02
"""Between two tries at the port, which the framework lets go of in a thread of its own."""


class Handlers:
    """Methods of servers to come; stands where a server is given its methods."""

    def __init__(self) -> None:
        self.all: list[grpc.GenericRpcHandler] = []

    def add_generic_rpc_handlers(self, handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """As a server does."""
        self.all += handlers


class Listener:
    """Keeps a server listening on one address.

    Args:
        handlers: Of the methods.
        options: Of the framework's server.
        most: Calls that it takes at once.
        host: To listen on.
        credentials: Of TLS; None for plain connections.
        shares_port: Whether others listen on the port too.
        log: For a loop that ended.
    """

    def __init__(
        self,
        handlers: Sequence[grpc.GenericRpcHandler],
        options: Sequence[tuple[str, int]],
        most: int,
        host: str,
        log: Log,
        *,
        credentials: grpc.ServerCredentials | None,
        shares_port: bool,
    ) -> None:
        self._handlers, self._options, self._most = handlers, options, most
        self._host, self._log = host, log
        self._credentials, self._shares_port = credentials, shares_port
        self._server: Served
        self._port, self._is_stopping = 0, False
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, port: int) -> int:
        """Begin; the port bound.

        Args:
            port: 0 for any free one.

        Raises:
            AddressUnavailableError: Another process has the port, or the host is not this machine's.
        """
        server = grpc.aio.server(handlers=self._handlers, options=self._options, maximum_concurrent_rpcs=self._most)
        self._port = self._bound(server, port)
        served = Served(server)
        await served.start()
        self._server = served
        self._watch_loop()
        return self._port

    async def stop(self, grace_s: float) -> None:
        """Take no new calls, let running ones finish; cancel those that take longer than the grace."""
        self._is_stopping = True
        await self._server.stop(grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _bound(self, server: grpc.aio.Server, port: int) -> int:
        address = written(self._host, port)
        try:
            with high_handles() if self._shares_port else nullcontext():
                if self._credentials is None:
                    bound = server.add_insecure_port(address)
                else:
                    bound = server.add_secure_port(address, self._credentials)
        except RuntimeError:
            bound = 0
        if not bound:
            raise AddressUnavailableError.at(self._host, port)
        return bound

    def _watch_loop(self) -> None:
        if self._server.loop is not None:
            self._server.loop.add_done_callback(self._loop_ended)

    def _loop_ended(self, loop: "asyncio.Task[object]") -> None:
        if self._is_stopping or loop.cancelled() or loop.exception() is None:
            return
        self._log.error("listening_again", cause=type(loop.exception()).__name__)
        self._do(self._go_on())

    def _do(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _go_on(self) -> None:
        if await self._server.succeed(self._handlers, self._most):
            self._watch_loop()
            return
        self._do(self._server.stop(LAST_CALLS_S))
        while not self._is_stopping:
            try:
                await self.listen(self._port)
            except AddressUnavailableError:
                await asyncio.sleep(AGAIN_S)
            else:
                return
