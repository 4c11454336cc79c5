"""HTTP/2 and gRPC as bytes: what a call is written as, and what its trailers say.

RFC 9113 (HTTP/2), RFC 7541 (HPACK), gRPC over HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md). Nothing here is in a dynamic table:
a call's header block is the same bytes each time, and the server is told that answers must do without as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from bench.serving.load.results import Status

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
HEADER_TABLE_SIZE, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 1, 3, 4
LARGEST_WINDOW, FIRST_WINDOW, LARGEST_FRAME = (1 << 31) - 1, 65_535, 16_384
CANCEL = 8

HEAD = Struct(">BHBBI")
"""Of a frame: its length in two parts, type, flags, stream."""
HEAD_BYTES = HEAD.size
_PREFIX_BYTES = 5
_number, _setting = Struct(">I").pack, Struct(">HI")

_OF_RESETS = {
    7: Status.UNAVAILABLE,
    8: Status.CANCELLED,
    11: Status.RESOURCE_EXHAUSTED,
    12: Status.PERMISSION_DENIED,
}
"""What gRPC takes an HTTP/2 error for; the others are INTERNAL."""
_STATUS = b"grpc-status"
_N_STATIC = 61


class ProtocolError(Exception):
    """The server sent what a gRPC server does not."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call written down, but for the number of its stream.

    Attributes:
        head: Before the number.
        middle: Between it and its second mention.
        tail: After that: the message.
        n_bytes: Of the message, as flow control counts.
    """

    head: bytes
    middle: bytes
    tail: bytes
    n_bytes: int

    @classmethod
    def to(cls, method: str, message: bytes, *, timeout_ms: int | None = None, token: str = "") -> "Call":
        """A call of a method.

        Args:
            method: Full, as in "package.Service/Method".
            message: Serialised; small enough for one frame.
            timeout_ms: That the server is told of.
            token: Sent as the bearer of an authorization.
        """
        tail = b"\0" + _number(len(message)) + message
        if len(tail) > LARGEST_FRAME:
            raise ValueError(f"a message of {len(message)} bytes does not go into one frame")
        block = b"".join(
            (
                b"\x83\x86",  # POST, http
                b"\x04" + _text(f"/{method}"),
                b"\x01" + _text("shopkeeper"),
                b"\x0f\x10" + _text("application/grpc"),
                b"\x00" + _text("te") + _text("trailers"),
                b"" if timeout_ms is None else b"\x00" + _text("grpc-timeout") + _text(f"{timeout_ms}m"),
                b"\x0f\x08" + _text(f"Bearer {token}") if token else b"",
            )
        )
        head = frame_head(len(block), HEADERS, END_HEADERS)
        return cls(head, block + frame_head(len(tail), DATA, END_STREAM), tail, len(tail))


def frame_head(length: int, kind: int, flags: int) -> bytes:
    """A frame's first bytes, up to the number of its stream."""
    return HEAD.pack(length >> 16, length & 0xFFFF, kind, flags, 0)[:_PREFIX_BYTES]


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A whole frame."""
    return frame_head(len(payload), kind, flags) + _number(stream) + payload


def greeting() -> bytes:
    """What a client says first: no dynamic table for answers, and windows that answers do not fill."""
    settings = _setting.pack(HEADER_TABLE_SIZE, 0) + _setting.pack(INITIAL_WINDOW_SIZE, LARGEST_WINDOW)
    wider = frame(WINDOW_UPDATE, 0, 0, _number(LARGEST_WINDOW - FIRST_WINDOW))
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, settings) + wider


def settings_of(payload: bytes) -> Iterator[tuple[int, int]]:
    """Number and value of each setting."""
    return (_setting.unpack_from(payload, place) for place in range(0, len(payload), _setting.size))


def status_of_reset(payload: bytes) -> int:
    """The gRPC status that a reset stands for."""
    return _OF_RESETS.get(int.from_bytes(payload, "big"), Status.INTERNAL)


def status_of(block: bytes) -> int:
    """The gRPC status in a header block; UNKNOWN where it has none, as for whoever is no gRPC server.

    Raises:
        ProtocolError: It refers to a dynamic table, or the status is compressed, which gRPC's server does not do.
    """
    place, status = 0, int(Status.UNKNOWN)
    while place < len(block):
        first = block[place]
        if first & 0x80:
            index, place = _integer(block, place, 7)
            _static(index)
            continue
        if first & 0xE0 == 0x20:
            _, place = _integer(block, place, 5)
            continue
        index, place = _integer(block, place, 6 if first & 0x40 else 4)
        _static(index)
        name = b""
        if index == 0:
            name, place = _string(block, place)
        value, place = _string(block, place)
        if name == _STATUS:
            if not value.isdigit():
                raise ProtocolError("a grpc-status that is no number as it is written")
            status = int(value)
    return status


def _static(index: int) -> None:
    if index > _N_STATIC:
        raise ProtocolError("a header of a dynamic table")


def _text(text: str) -> bytes:
    """A string as HPACK has it, not compressed."""
    data = text.encode()
    length = bytes([len(data)]) if len(data) < 0x7F else b"\x7f" + _further(len(data) - 0x7F)
    return length + data


def _further(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(found) + bytes([number])


def _integer(block: bytes, place: int, n_bits: int) -> tuple[int, int]:
    """A number that begins with the last bits of a byte, and the place after it."""
    most = (1 << n_bits) - 1
    number, place = block[place] & most, place + 1
    if number < most:
        return number, place
    shift = 0
    while True:
        byte, place = block[place], place + 1
        number += (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return number, place


def _string(block: bytes, place: int) -> tuple[bytes, int]:
    """A string's bytes, compressed or not, and the place after it."""
    length, place = _integer(block, place, 7)
    return block[place : place + length], place + length
