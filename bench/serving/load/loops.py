"""Load on a server: at times fixed beforehand (open loop), or as fast as it answers (closed loop).

In an open loop a call's time counts from when it was due, whatever kept the client from making it or the server from
taking it. Schroeder, Wierman and Harchol-Balter (2006), Open Versus Closed: A Cautionary Tale.
"""

import asyncio
import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import uvloop
from numpy.typing import NDArray

from bench.serving.load.alarm import Alarm
from bench.serving.load.connection import Connection
from bench.serving.load.frames import Call
from bench.serving.load.pool import Pool
from bench.serving.load.results import Results, Status

N_CONNECTIONS = 8
SHORTEST_SLEEP_S = 100e-6
"""What is due within this of another call is made together with it: to wake up costs more than such a wait."""
PATIENCE_S = 10.0
"""Time that calls without a deadline have after the last was due."""
_PENDING = Status.UNANSWERED

OnAnswer = Callable[[int, int, bytes], None]


def evenly(rate: float, seconds: float) -> NDArray[np.float64]:
    """When calls are due, so many a second, as far apart from each other as that allows."""
    return np.arange(int(rate * seconds)) / rate


def at_random(rate: float, seconds: float, seed: int = 1) -> NDArray[np.float64]:
    """When calls are due that come independently of each other, so many a second on average."""
    n_calls = int(rate * seconds)
    return np.cumsum(np.random.default_rng(seed).exponential(1 / rate, n_calls))


class OpenLoop:
    """Calls at fixed times.

    Args:
        address: HOST:PORT.
        calls: Made in turn, and from the first again.
        due_s: When each is due, from the start; rising.
        n_connections: They take turns.
        deadline_s: After which a call is given up; None for never.
        on_answer: Told the number, status and message of each call that ended.
    """

    def __init__(
        self,
        address: str,
        calls: Sequence[Call],
        due_s: NDArray[np.float64],
        *,
        n_connections: int = N_CONNECTIONS,
        deadline_s: float | None = None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self._address, self._calls, self._n_connections = address, calls, n_connections
        self._due, self._deadline_s, self._on_answer = array("d", due_s.tolist()), deadline_s, on_answer
        self._end, self._made = array("d", bytes(8 * len(due_s))), array("d", bytes(8 * len(due_s)))
        self._status = bytearray([_PENDING]) * len(due_s)
        self._n_made, self._n_open, self._n_wanted = 0, 0, len(due_s)
        self._given: deque[tuple[int, Connection]] = deque()

    def stop(self) -> None:
        """Make no more calls; from any thread."""
        self._n_wanted = 0

    @property
    def n_made(self) -> int:
        """Calls made so far; from any thread."""
        return self._n_made

    def run(self) -> Results:
        """Make the calls, in a loop of its own."""
        return uvloop.run(self.run_here())

    async def run_here(self) -> Results:
        """Make the calls, in the running loop."""
        loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        self._pool = Pool(self._address, self._ended, keeps_messages=self._on_answer is not None)
        async with self._pool.opened(self._n_connections):
            self._alarm = Alarm(loop, self._tick)
            try:
                self._start = time.monotonic() + 0.05
                self._alarm.set(self._start)
                await self._done.wait()
            finally:
                self._alarm.close()
            # Hanging up ends what is open, and must not count.
            results = self._results()
            self._on_answer = None
        return results

    def _results(self) -> Results:
        n_made = self._n_made
        due = np.array(self._due[:n_made])
        status = np.frombuffer(bytes(self._status[:n_made]), np.uint8)
        took = np.where(status == _PENDING, time.monotonic(), np.array(self._end[:n_made])) - self._start - due
        return Results(due, took, status, np.array(self._made[:n_made]) - due)

    def _tick(self) -> None:
        """Make what is due, give up what is late, and say when to come again."""
        now = time.monotonic()
        number, due, start = self._n_made, self._due, self._start
        last, n_calls = min(self._n_wanted, len(due)), len(self._calls)
        since = now - start
        touched: dict[Connection, None] = {}
        while number < last and due[number] <= since:
            connection = self._pool.next()
            self._n_open += 1
            self._n_made = number + 1
            self._made[number] = since
            if connection is None:
                self._ended(number, Status.NO_CONNECTION, b"")
            else:
                connection.ask(number, self._calls[number % n_calls])
                touched[connection] = None
                if self._deadline_s is not None:
                    self._given.append((number, connection))
            number += 1
        if self._deadline_s is not None:
            self._give_up(since - self._deadline_s, touched)
        for connection in touched:
            connection.flush()
        if number >= last and (not self._n_open or since > self._over_s(number)):
            self._done.set()
            return
        self._alarm.set(max(now + SHORTEST_SLEEP_S, start + self._next_s(number, last)))

    def _next_s(self, number: int, last: int) -> float:
        """When there is something to do, from the start."""
        following = self._due[number] if number < last else self._over_s(number)
        if self._deadline_s is not None and self._given:
            following = min(following, self._due[self._given[0][0]] + self._deadline_s)
        return following

    def _over_s(self, number: int) -> float:
        """When nobody waits any more, once all calls are made."""
        return (self._due[number - 1] if number else 0.0) + (self._deadline_s or PATIENCE_S) + 1e-6

    def _give_up(self, before_s: float, touched: dict[Connection, None]) -> None:
        while self._given and self._due[self._given[0][0]] <= before_s:
            number, connection = self._given.popleft()
            if self._status[number] == _PENDING:
                connection.give_up(number)
                touched[connection] = None
                self._ended(number, Status.DEADLINE_EXCEEDED, b"")

    def _ended(self, number: int, status: int, message: bytes) -> None:
        self._end[number] = now = time.monotonic()
        # The server's clock may be first to say that it is too late, and then hangs up.
        if status == Status.CANCELLED and self._deadline_s is not None:
            is_late = now - self._start - self._due[number] >= self._deadline_s
            status = Status.DEADLINE_EXCEEDED if is_late else status
        self._status[number] = status
        self._n_open -= 1
        if self._on_answer is not None:
            self._on_answer(number, status, message)
        if not self._n_open and self._n_made >= self._n_wanted:
            self._done.set()


async def _saturate(address: str, calls: Sequence[Call], seconds: float, n_connections: int, n_streams: int) -> Results:
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    begun, took, statuses, on = array("d"), array("d"), bytearray(), list[Connection]()
    start = time.monotonic()

    def ask(connection: Connection) -> None:
        begun.append(time.monotonic() - start)
        took.append(0.0)
        statuses.append(_PENDING)
        on.append(connection)
        number = len(begun) - 1
        connection.ask(number, calls[number % len(calls)])

    def ended(number: int, status: int, _: bytes) -> None:
        if done.is_set():
            return
        took[number] = time.monotonic() - start - begun[number]
        statuses[number] = status
        if status not in (Status.LOST, Status.UNAVAILABLE):
            ask(on[number])

    pool = Pool(address, ended, keeps_messages=False)
    async with pool.opened(n_connections):
        start = time.monotonic()
        loop.call_later(seconds, done.set)
        for connection in list(pool.up):
            for _ in range(n_streams):
                ask(connection)
            connection.flush()
        await done.wait()
    due = np.array(begun)
    return Results(due, np.array(took), np.frombuffer(bytes(statuses), np.uint8), np.zeros_like(due))


def closed_loop(
    address: str, calls: Sequence[Call], seconds: float, *, n_connections: int = N_CONNECTIONS, n_streams: int = 4
) -> Results:
    """As many calls as the server answers, one after the other on each of so many streams of each connection.

    What is not answered when the time is over is UNANSWERED.
    """
    return uvloop.run(_saturate(address, calls, seconds, n_connections, n_streams))
