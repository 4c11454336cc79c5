"""As much of HTTP/2 as it takes to send what no client would (RFC 9113)."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS = 0, 1, 4
_END_HEADERS = 4


def frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    """One frame."""
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


def call_of(path: bytes, stream: int = 1) -> bytes:
    """The headers of a call, each as itself (HPACK, RFC 7541, 6.2.2); streams are odd numbers that rise."""
    fields = {
        b":method": b"POST",
        b":scheme": b"http",
        b":path": path,
        b":authority": b"shop",
        b"te": b"trailers",
        b"content-type": b"application/grpc",
    }
    headers = b"".join(bytes([0, len(name)]) + name + bytes([len(value)]) + value for name, value in fields.items())
    return frame(HEADERS, _END_HEADERS, stream, headers)
