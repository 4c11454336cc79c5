"""Connections that are kept up, whatever becomes of the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bench.serving.load.connection import Connection, Ended

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.2
"""Before another try to connect; it doubles."""
GREETED_S = 30.0
"""Time that a server has to greet at the beginning."""
CLOSED_S = 5.0


class Pool:
    """So many connections to one address, each put up again when it ends.

    Args:
        address: HOST:PORT.
        on_ended: As of a connection.
        keeps_messages: As of a connection.

    Attributes:
        up: Connections that take calls, in no order.
    """

    def __init__(self, address: str, on_ended: Ended, *, keeps_messages: bool) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._on_ended, self._keeps_messages = on_ended, keeps_messages
        self.up: list[Connection] = []
        self._all: set[Connection] = set()
        self._changed = asyncio.Event()
        self._turn = 0

    @asynccontextmanager
    async def opened(self, n_connections: int) -> AsyncIterator["Pool"]:
        """The pool with all connections up; they are hung up in the end."""
        holding = [asyncio.create_task(self._hold()) for _ in range(n_connections)]
        try:
            async with asyncio.timeout(GREETED_S):
                while len(self.up) < n_connections:
                    self._changed.clear()
                    await self._changed.wait()
            yield self
        finally:
            for task in holding:
                task.cancel()
            await asyncio.gather(*holding, return_exceptions=True)
            closing = [connection.closed for connection in self._all if not connection.closed.done()]
            for connection in self._all:
                connection.close()
            if closing:
                await asyncio.wait(closing, timeout=CLOSED_S)

    def next(self) -> Connection | None:
        """Whose turn it is; None where no connection is up."""
        if not self.up:
            return None
        self._turn = (self._turn + 1) % len(self.up)
        return self.up[self._turn]

    async def _hold(self) -> None:
        loop, pause_s = asyncio.get_running_loop(), FIRST_PAUSE_S
        while True:
            with suppress(OSError):
                _, connection = await loop.create_connection(self._make, self._host, self._port)
                self._all.add(connection)
                await asyncio.shield(connection.down)
                if connection.was_up:
                    pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _make(self) -> Connection:
        return Connection(self._on_ended, self._on_up, self._on_down, keeps_messages=self._keeps_messages)

    def _on_up(self, connection: Connection) -> None:
        self.up.append(connection)
        self._changed.set()

    def _on_down(self, connection: Connection) -> None:
        if connection in self.up:
            self.up.remove(connection)
