"""The ledger's chain: each entry is hashed with the hash before it, so that what was done to it later is found."""

import hashlib
import hmac
import struct
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.errors import Fault, InvalidInputError
from privacy.entry import Word

GENESIS = bytes(32)
"""The hash before the first entry."""

_VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIXED = struct.Struct(">BQQq?Q6I")
_HEAD = struct.Struct(">Q32s")
_SEAL_OF = b"shopkeeper.ledger.head.v1\0"


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger ends.

    Attributes:
        count: How many entries there are.
        hash: Of the last entry, 32 bytes; `GENESIS` where there is none.
    """

    count: int
    hash: bytes


def canonical_bytes(position: int, word: Word) -> bytes:
    """The one form of a word in its place: fixed fields, the length of each text, the texts.

    A length is counted from 1, so that 0 says None. The time is an instant, whatever its zone.

    Raises:
        InvalidInputError: Position, subject or other is no unsigned 64-bit number, the time has no zone, or a text is
            no Unicode.
    """
    try:
        texts = [
            None if text is None else text.encode()
            for text in (word.kind, word.purpose, word.status, word.jurisdiction, word.policy_version, word.source)
        ]
        return _FIXED.pack(
            _VERSION,
            position,
            word.subject,
            (word.at - _EPOCH) // _MICROSECOND,
            word.other is not None,
            0 if word.other is None else word.other,
            *[0 if text is None else len(text) + 1 for text in texts],
        ) + b"".join(text for text in texts if text)
    except (AttributeError, TypeError, UnicodeEncodeError, struct.error) as error:
        raise InvalidInputError(f"Entry {position}", [Fault("word", f"cannot be hashed: {error}")]) from error


def next_hash(previous: bytes, position: int, word: Word) -> bytes:
    """The hash of an entry, 32 bytes: SHA-256 of the hash before it and its canonical bytes.

    Args:
        previous: Hash of the entry before, `GENESIS` for the first, 32 bytes.
        position: From 1.
        word: What the entry says.

    Raises:
        InvalidInputError: See `canonical_bytes`; or `previous` is not 32 bytes.
    """
    if len(previous) != len(GENESIS):
        raise InvalidInputError(f"Entry {position}", [Fault("previous", f"has {len(previous)} bytes instead of 32")])
    return hashlib.sha256(previous + canonical_bytes(position, word)).digest()


def seal(head: Head, key: bytes) -> bytes:
    """What only the holder of the key can say of a head: HMAC-SHA256, 32 bytes."""
    return hmac.digest(key, _SEAL_OF + _HEAD.pack(head.count, head.hash), "sha256")


def seal_holds(head: Head, sealed: bytes, keys: Collection[bytes]) -> bool:
    """Whether the head was sealed with one of the keys."""
    if not 0 <= head.count < 1 << 64 or len(head.hash) != len(GENESIS):
        return False
    return any(hmac.compare_digest(seal(head, key), sealed) for key in keys)
