"""What a gRPC server's trailers say, in all the forms that HPACK has without a dynamic table."""

import pytest

from bench.serving.load.frames import ProtocolError, status_of, status_of_reset
from bench.serving.load.results import Status

STATUS = b"\x0bgrpc-status"


@pytest.mark.parametrize("kind", [b"\x00", b"\x10", b"\x40"], ids=["literal", "never indexed", "indexed from now on"])
def test_the_status_is_read_in_every_literal_form(kind: bytes) -> None:
    assert status_of(kind + STATUS + b"\x018") == Status.RESOURCE_EXHAUSTED


def test_what_else_is_there_is_passed_over() -> None:
    size_update, known = b"\x20", b"\x88"
    other = b"\x00\x0cgrpc-message\xff\x80\x01" + b"m" * 255
    assert status_of(size_update + known + other + b"\x00" + STATUS + b"\x0214") == Status.UNAVAILABLE


def test_trailers_without_a_status_are_of_no_known_end() -> None:
    assert status_of(b"\x88") == Status.UNKNOWN


def test_a_dynamic_table_is_refused() -> None:
    with pytest.raises(ProtocolError, match="dynamic"):
        status_of(b"\xbe")


def test_a_compressed_status_is_refused() -> None:
    with pytest.raises(ProtocolError, match="no number"):
        status_of(b"\x00" + STATUS + b"\x81\x7f")


@pytest.mark.parametrize(
    ("error", "status"),
    [(7, Status.UNAVAILABLE), (8, Status.CANCELLED), (11, Status.RESOURCE_EXHAUSTED), (1, Status.INTERNAL)],
)
def test_a_reset_stands_for_a_status(error: int, status: Status) -> None:
    assert status_of_reset(error.to_bytes(4, "big")) == status
