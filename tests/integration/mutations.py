"""Requests as nobody would send them: drawn from what a message may hold, then harmed. The same seed gives the same."""

import random
from collections.abc import Callable, Sequence

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

EXTREMES = (0, 1, -1, 7, 100, 101, 2**31 - 1, -(2**31), 2**32 - 1, 2**63 - 1, -(2**63), 2**64 - 1)
_LIMITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_ENUM: (-(2**31), 2**31 - 1),
}
PLAUSIBLE = {
    "placement": ("product_page", "cart", "order_confirmation"),
    "currency": ("EUR", "GBP"),
    "jurisdiction": ("DE", "US", ""),
    "topic": ("photo", "photo/cameras", "kitchen"),
    "muted_topics": ("photo", "photo/cameras", "kitchen"),
}
"""Texts by name of the field; of another field an id is."""
IDS = ("camera", "kettle", "mug", "lens", "bag", "anna", "phone", "e-1", "e-2")
HUGE_VARINT = b"\xff" * 9 + b"\x01"
ENDLESS_VARINT = b"\xff" * 11


class Drawn:
    """Requests of one kind.

    Args:
        kind: Of the message.
        texts: What its texts are drawn from.
        moment_s: Which its times are around, seconds since 1970.
        seed: Of what is drawn.
        ids: What is named most.
        examples: Messages without fault, which others are made of as well.
        n_well_formed: Messages that others are made of.
    """

    def __init__(
        self,
        kind: Descriptor,
        texts: Sequence[str],
        moment_s: int,
        seed: str,
        ids: Sequence[str] = IDS,
        *,
        examples: Sequence[Message] = (),
        n_well_formed: int = 60,
    ) -> None:
        self._texts, self._moment_s, self._ids = texts, moment_s, ids
        self._random = random.Random(seed)  # noqa: S311 - to be repeated
        made = [self._message(kind, 0) for _ in range(n_well_formed)]
        self._well_formed = [message.SerializeToString() for message in (*made, *examples)]
        self._harms: tuple[Callable[[bytearray], bytes], ...] = (
            bytes,
            bytes,
            bytes,
            self._flipped,
            self._flipped,
            self._cut,
            self._spliced,
            self._repeated,
            self._with_varints,
            self._with_bad_text,
            self._with_strangers,
            self._nested,
            self._random_bytes,
        )

    def next(self) -> bytes:
        """One more: well formed, empty, harmed once or more, or of random bytes."""
        data = self._random.choice(self._well_formed)
        for _ in range(self._random.choice((1, 1, 1, 2, 4))):
            data = self._random.choice(self._harms)(bytearray(data))
        return data

    def _message(self, kind: Descriptor, depth: int) -> Message:
        message = GetMessageClass(kind)()
        if kind.full_name == "google.protobuf.Timestamp" and self._random.random() < 0.9:
            message.seconds = self._moment_s - self._random.randrange(3_600)  # type: ignore[attr-defined]
            return message
        for field in kind.fields:
            if depth > 4 or self._random.random() < 0.3:
                continue
            n_values = self._random.choice((1, 1, 1, 2, 2, 3, 5, 101)) if field.is_repeated else 1
            for _ in range(min(n_values, 3) if depth else n_values):
                self._put(message, field, depth)
        return message

    def _put(self, message: Message, field: FieldDescriptor, depth: int) -> None:
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            value = self._message(field.message_type, depth + 1)
            target = getattr(message, field.name)
            (target.add() if field.is_repeated else target).CopyFrom(value)
            return
        value = self._value(field)
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)

    def _value(self, field: FieldDescriptor) -> object:
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            odd = self._random.random() < 0.1
            text = self._random.choice(self._texts if odd else PLAUSIBLE.get(field.name, self._ids))
            return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            return self._random.random() < 0.5
        if field.cpp_type in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
            return self._random.choice((0.0, -0.0, 1.5, 19.99, 1e30, -1e30, float("nan"), float("inf"), float("-inf")))
        if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM and self._random.random() < 0.9:
            return self._random.choice(field.enum_type.values[1:] or field.enum_type.values).number
        if self._random.random() < 0.7:
            return self._random.randrange(1, 9)
        least, most = _LIMITS[field.cpp_type]
        return self._random.choice([number for number in EXTREMES if least <= number <= most])

    def _place(self, data: bytearray) -> int:
        return self._random.randrange(len(data) + 1)

    def _inserted(self, data: bytearray, more: bytes) -> bytes:
        at = self._random.choice((0, len(data), self._place(data)))
        return bytes(data[:at]) + more + bytes(data[at:])

    def _flipped(self, data: bytearray) -> bytes:
        for _ in range(self._random.choice((1, 1, 2, 8)) if data else 0):
            data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
        return bytes(data)

    def _cut(self, data: bytearray) -> bytes:
        return bytes(data[: self._place(data)])

    def _spliced(self, data: bytearray) -> bytes:
        other = self._random.choice(self._well_formed)
        return bytes(data[: self._place(data)]) + other[self._random.randrange(len(other) + 1) :]

    def _repeated(self, data: bytearray) -> bytes:
        start, end = sorted((self._place(data), self._place(data)))
        return bytes(data[:end]) + bytes(data[start:end]) * self._random.choice((1, 2, 30)) + bytes(data[end:])

    def _with_varints(self, data: bytearray) -> bytes:
        key = bytes([self._random.randrange(1, 16) << 3 | self._random.choice((0, 2))])
        return self._inserted(data, key + self._random.choice((HUGE_VARINT, ENDLESS_VARINT, b"\xff\xff\xff\xff\x0f")))

    def _with_bad_text(self, data: bytearray) -> bytes:
        text = self._random.choice((b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\0b", b"\xe2\x82"))
        return self._inserted(data, bytes([self._random.randrange(1, 16) << 3 | 2, len(text)]) + text)

    def _with_strangers(self, data: bytearray) -> bytes:
        key = bytes([0x80 | self._random.choice((0, 1, 2, 5)) | 0x78, self._random.randrange(1, 128)])
        return self._inserted(data, key + self._random.randbytes(self._random.choice((1, 4, 8, 40))))

    def _nested(self, data: bytearray) -> bytes:
        depth = self._random.choice((3, 99, 101, 2_000))
        if self._random.random() < 0.5:
            return self._inserted(data, b"\x0b" * depth + b"\x0c" * self._random.choice((0, depth)))
        inner, key = bytes(data[:20]), bytes([self._random.randrange(1, 16) << 3 | 2])
        for _ in range(min(depth, 101)):
            inner = key + _varint(len(inner)) + inner
        return inner

    def _random_bytes(self, _: bytearray) -> bytes:
        return self._random.randbytes(self._random.choice((0, 1, 2, 16, 300)))


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
