"""One connection to a gRPC server, by hand: grpc.aio's client costs more for a call than the server does."""

import asyncio
from collections import deque
from collections.abc import Callable
from struct import Struct
from typing import cast

from bench.serving.load import frames
from bench.serving.load.frames import Call
from bench.serving.load.results import Status

_MOST_BLOCKS = 10_000
_REFILL_BYTES = 1 << 28
_number = Struct(">I")

Ended = Callable[[int, int, bytes], None]


class Connection(asyncio.Protocol):
    """Calls go out, and each one's end is told once.

    Args:
        on_ended: Told the call's number, its status and its message where they are kept.
        on_up: Told that the server has greeted.
        on_down: Told that no more calls should be sent here.
        keeps_messages: Whether answers are wanted, which costs.

    Attributes:
        down: Done when no more calls should be sent here.
        closed: Done when it is over.
        was_up: Whether the server has greeted.
    """

    def __init__(
        self,
        on_ended: Ended,
        on_up: Callable[["Connection"], None],
        on_down: Callable[["Connection"], None],
        *,
        keeps_messages: bool,
    ) -> None:
        self._on_ended, self._on_up, self._on_down, self._keeps = on_ended, on_up, on_down, keeps_messages
        self._buffer, self._out = b"", list[bytes]()
        self._next_stream, self._most_streams = 1, frames.LARGEST_WINDOW
        self._numbers, self._streams = dict[int, int](), dict[int, int]()
        self._messages = dict[int, bytes]()
        self._waiting: deque[tuple[int, Call]] = deque()
        self._window, self._n_read = frames.FIRST_WINDOW, 0
        self._statuses = dict[bytes, int]()
        self.was_up = False
        loop = asyncio.get_running_loop()
        self.down: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(frames.greeting())

    def ask(self, number: int, call: Call) -> None:
        """Send a call with the next `flush`, or as soon as the server lets another in."""
        if self._waiting or not self._has_room(call):
            self._waiting.append((number, call))
        else:
            self._send(number, call)

    def flush(self) -> None:
        """Send what was asked."""
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()

    def give_up(self, number: int) -> None:
        """Nobody waits for a call any more; its end is not told."""
        stream = self._streams.pop(number, None)
        if stream is None:
            self._waiting = deque(one for one in self._waiting if one[0] != number)
            return
        del self._numbers[stream]
        self._messages.pop(stream, None)
        self._out.append(frames.frame(frames.RST_STREAM, 0, stream, _number.pack(frames.CANCEL)))
        self._send_waiting()

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever was on it is lost."""
        del exc
        self._goes_down()
        lost = [*self._numbers.values(), *(number for number, _ in self._waiting)]
        self._numbers, self._streams = {}, {}
        self._waiting.clear()
        for number in lost:
            self._on_ended(number, Status.LOST, b"")
        self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Read frames."""
        if self._buffer:
            data = self._buffer + data
        place, end = 0, len(data)
        unpack, data_frame, headers_frame = frames.HEAD.unpack_from, frames.DATA, frames.HEADERS
        try:
            while end - place >= frames.HEAD_BYTES:
                high, low, kind, flags, stream = unpack(data, place)
                after = place + frames.HEAD_BYTES + (high << 16 | low)
                if after > end:
                    break
                place += frames.HEAD_BYTES
                if kind == headers_frame:
                    if flags & frames.END_STREAM:
                        self._read_trailers(stream, flags, data[place:after])
                elif kind == data_frame:
                    self._read_data(stream, data, place, after)
                else:
                    self._read_other(kind, flags, stream, data[place:after])
                place = after
        except frames.ProtocolError:
            self._transport.abort()
            raise
        self._buffer = data[place:]
        self.flush()

    def _read_trailers(self, stream: int, flags: int, block: bytes) -> None:
        status = self._statuses.get(block)
        if status is None:
            if flags & (frames.PADDED | frames.PRIORITY) or not flags & frames.END_HEADERS:
                raise frames.ProtocolError("trailers that are padded, or come in parts")
            if len(self._statuses) >= _MOST_BLOCKS:
                self._statuses.clear()
            status = self._statuses[block] = frames.status_of(block)
        self._end(stream, status)

    def _read_data(self, stream: int, data: bytes, place: int, after: int) -> None:
        self._n_read += after - place
        if self._n_read >= _REFILL_BYTES:
            self._out.append(frames.frame(frames.WINDOW_UPDATE, 0, 0, _number.pack(self._n_read)))
            self._n_read = 0
        if self._keeps and stream in self._numbers:
            self._messages[stream] = self._messages.get(stream, b"") + data[place:after]

    def _read_other(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == frames.SETTINGS:
            if not flags & frames.ACK:
                self._read_settings(payload)
        elif kind == frames.WINDOW_UPDATE:
            if stream == 0:
                self._window += _number.unpack(payload)[0]
                self._send_waiting()
        elif kind == frames.PING:
            if not flags & frames.ACK:
                self._out.append(frames.frame(frames.PING, frames.ACK, 0, payload))
        elif kind == frames.RST_STREAM:
            self._end(stream, frames.status_of_reset(payload))
        elif kind == frames.GOAWAY:
            self._read_goaway(_number.unpack_from(payload)[0])
        elif kind == frames.CONTINUATION:
            raise frames.ProtocolError("headers that come in parts")

    def _read_settings(self, payload: bytes) -> None:
        for name, value in frames.settings_of(payload):
            if name == frames.MAX_CONCURRENT_STREAMS:
                self._most_streams = value
            elif name == frames.INITIAL_WINDOW_SIZE and value < frames.LARGEST_FRAME:
                raise frames.ProtocolError("a window that a message does not go into")
        self._out.append(frames.frame(frames.SETTINGS, frames.ACK, 0, b""))
        if not self.was_up:
            self.was_up = True
            self._on_up(self)
        self._send_waiting()

    def _read_goaway(self, last_stream: int) -> None:
        """The server takes no more calls here; those after the last it took were not even looked at."""
        self._goes_down()
        for stream in [stream for stream in self._numbers if stream > last_stream]:
            self._end(stream, Status.UNAVAILABLE)
        while self._waiting:
            self._on_ended(self._waiting.popleft()[0], Status.UNAVAILABLE, b"")
        if not self._numbers:
            self.close()

    def _goes_down(self) -> None:
        if not self.down.done():
            self.down.set_result(None)
            self._on_down(self)

    def _has_room(self, call: Call) -> bool:
        return self._window >= call.n_bytes and len(self._numbers) < self._most_streams

    def _send(self, number: int, call: Call) -> None:
        stream = self._next_stream
        self._next_stream = stream + 2
        self._window -= call.n_bytes
        self._numbers[stream], self._streams[number] = number, stream
        packed = _number.pack(stream)
        self._out += (call.head, packed, call.middle, packed, call.tail)

    def _send_waiting(self) -> None:
        while self._waiting and self._has_room(self._waiting[0][1]):
            self._send(*self._waiting.popleft())

    def _end(self, stream: int, status: int) -> None:
        number = self._numbers.pop(stream, None)
        if number is None:
            # It was given up.
            return
        del self._streams[number]
        # Without the five bytes that say how long it is.
        self._on_ended(number, status, self._messages.pop(stream, b"")[5:] if self._keeps else b"")
        if self._waiting:
            self._send_waiting()
