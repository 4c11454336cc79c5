"""A grpc.aio server that does as each call says, and a way to cut its connections."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import grpc

SERVICE = "bench.Echo"
ECHO, REFUSE, SLEEP, HOLD, STALL = (f"{SERVICE}/{name}" for name in ("Echo", "Refuse", "Sleep", "Hold", "Stall"))
SLEEP_S = 0.05


class EchoServer:
    """Its methods: Echo answers the message, Refuse ends with the code it names, Sleep takes a while, Hold waits for
    `release` and Stall keeps the whole server waiting for it.

    Attributes:
        n_held: Calls that have come to Hold and have not left it.
        most_held: Most of them at once.
    """

    def __init__(self) -> None:
        self.n_held = self.most_held = 0
        self.release = threading.Event()
        self._released = asyncio.Event()

    async def listen(self, port: int = 0) -> int:
        """Serve; the port."""
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        methods = {
            "Echo": self._echo,
            "Refuse": self._refuse,
            "Sleep": self._sleep,
            "Hold": self._hold,
            "Stall": self._stall,
        }
        handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        await self._server.start()
        return port

    async def stop(self, grace_s: float) -> None:
        """Take no more calls, and give those that are there so long."""
        self._released.set()
        await self._server.stop(grace_s)

    async def let_go(self) -> None:
        """Answer what Hold holds, and whatever comes to it."""
        self._released.set()

    async def _echo(self, message: bytes, _: Any) -> bytes:
        return message

    async def _refuse(self, message: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode[message.decode()], "as it was told")
        raise AssertionError

    async def _sleep(self, message: bytes, _: Any) -> bytes:
        await asyncio.sleep(SLEEP_S)
        return message

    async def _hold(self, message: bytes, _: Any) -> bytes:
        self.n_held += 1
        self.most_held = max(self.most_held, self.n_held)
        try:
            await self._released.wait()
        finally:
            self.n_held -= 1
        return message

    async def _stall(self, message: bytes, _: Any) -> bytes:
        self.release.wait(30)
        return message


class InThread:
    """A loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def do(self, make: Callable[[], Any]) -> Any:
        """What a coroutine that is made there gives."""

        async def made() -> Any:
            return await make()

        return asyncio.run_coroutine_threadsafe(made(), self._loop).result(30)

    def end(self) -> None:
        """Let go of the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()


class Wire:
    """Carries bytes to a port and back until it is cut.

    Attributes:
        address: HOST:PORT to connect to.
    """

    def __init__(self, port: int) -> None:
        self._port, self._pairs = port, list[socket.socket]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self) -> None:
        """End every connection, as when the process at the other end is killed."""
        pairs, self._pairs = self._pairs, []
        for end in pairs:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Carry nothing any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(30)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                theirs = socket.create_connection(("127.0.0.1", self._port))
                self._pairs += [ours, theirs]
                for source, target in ((ours, theirs), (theirs, ours)):
                    self._threads.append(threading.Thread(target=self._carry, args=(source, target)))
                    self._threads[-1].start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()


@contextmanager
def echoing() -> Iterator[tuple[EchoServer, InThread, int]]:
    """A server, the loop it runs in, and its port."""
    thread = InThread()

    async def made() -> EchoServer:
        return EchoServer()

    server = thread.do(made)
    port = thread.do(server.listen)
    try:
        yield server, thread, port
    finally:
        server.release.set()
        thread.do(lambda: server.stop(0))
        thread.end()
