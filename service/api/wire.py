"""Answers as the bytes of shopkeeper.v1.RecommendResponse, written directly.

To build a message of objects and then serialise it takes twice as long, and this is done for every page. The core's
enumerations carry the wire's numbers, so nothing is looked up. tests/api/test_wire.py holds it to protobuf's own.

Protocol Buffers, Encoding (protobuf.dev/programming-guides/encoding): a message is its fields one after the other, each
a key (number << 3 | wire type) and a value; what has its default is left out.
"""

from functools import cache, lru_cache
from struct import Struct

from service.core.answers import Answer, Reason, Recommendation, Relation
from service.core.sources import in_words, members

_float = Struct("<f").pack
_ONE_BYTE = 0x80
"""Numbers below are one byte long."""


def encode(answer: Answer, token: bytes = b"", variant: str = "") -> bytes:
    """The answer as a serialised RecommendResponse.

    Args:
        answer: What is said.
        token: By which its outcomes are joined to it, ASCII; empty where there is none.
        variant: Arm of the test that answered; empty where none runs.
    """
    parts = list(map(_recommendation, answer.recommendations))
    parts.append(_text(b"\x12", answer.model_version))
    parts.append(_number(b"\x18", answer.rung))
    parts.append(_number(b"\x20", answer.quiet_reason))
    if token:
        parts.append(_sized(b"\x2a", token))
    parts.append(_text(b"\x32", answer.anchor_title))
    parts.append(_number(b"\x38", answer.personalisation))
    parts.append(_number(b"\x40", answer.moment))
    parts.append(_sources(answer.based_on, answer.looked_at))
    if variant:
        parts.append(_text(b"\x62", variant))
    return b"".join(parts)


def is_quiet(answer: bytes) -> bool:
    """Whether a serialised answer shows nothing: items come first in it."""
    return not answer.startswith(b"\x0a")


def encode_batch(answers: list[bytes]) -> bytes:
    """Serialised answers as a serialised BatchRecommendResponse."""
    return b"".join([_sized(b"\x0a", answer) for answer in answers])


def _recommendation(item: Recommendation) -> bytes:
    """Field 1 of an answer; written out, as a page has eight of them."""
    item_id, probability, relation, reason, title = item
    name, stored = item_id.encode(), _float(probability)
    n_bytes = len(name)
    said = b"" if not name else b"\x0a" + (_SHORT[n_bytes] if n_bytes < _ONE_BYTE else _varint(n_bytes)) + name
    if stored != _NOUGHT:
        said += b"\x15" + stored
    said += _RELATIONS[relation] + _reason(reason)
    if title:
        said += _text(b"\x2a", title)
    n_bytes = len(said)
    return b"\x0a" + (_SHORT[n_bytes] if n_bytes < _ONE_BYTE else _varint(n_bytes)) + said


@lru_cache(maxsize=4_096)
def _reason(reason: Reason) -> bytes:
    """Field 4 of a recommendation: the items of a page share few reasons, and pages many."""
    code, text, item_id, n_people = reason
    said = _number(b"\x08", code) + _text(b"\x12", text) + _text(b"\x1a", item_id) + _number(b"\x20", n_people)
    return _sized(b"\x22", said)


@cache
def _sources(based_on: int, looked_at: int) -> bytes:
    """Fields 9 to 11 of an answer: there are few sets."""
    said = [bytes(members(sources)) for sources in (based_on, looked_at)]
    packed = [_sized(key, numbers) if numbers else b"" for key, numbers in zip((b"\x4a", b"\x5a"), said, strict=True)]
    return packed[0] + _text(b"\x52", in_words(based_on)) + packed[1]


def _text(key: bytes, text: str) -> bytes:
    return _sized(key, text.encode()) if text else b""


def _number(key: bytes, number: int) -> bytes:
    return key + _varint(number) if number else b""


def _sized(key: bytes, value: bytes) -> bytes:
    return key + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    if number < _ONE_BYTE:
        return _SHORT[number]
    found = bytearray()
    while number >= _ONE_BYTE:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


_SHORT = tuple(number.to_bytes(1) for number in range(_ONE_BYTE))
_NOUGHT = _float(0.0)
_RELATIONS = tuple(_number(b"\x18", relation) for relation in sorted(Relation))
