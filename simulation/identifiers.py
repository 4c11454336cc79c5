"""Pseudonymous ids: numbers scrambled one to one, then written in hexadecimal."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_DIGITS = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_PAIRS = np.stack([np.repeat(_DIGITS, 16), np.tile(_DIGITS, 16)], axis=1).reshape(256, 2)


def scramble(numbers: NDArray[np.integer], bits: int, key: int) -> NDArray[np.uint64]:
    """A permutation of the numbers below 2**bits that hides their order.

    Args:
        numbers: Each from 0 to 2**bits - 1.
        bits: 16 to 64.
        key: Another key, another permutation.

    Vigna (2014), SplitMix64: its finaliser, kept to `bits` bits; every step can be undone.
    """
    mask = np.uint64((1 << bits) - 1)
    half = np.uint64(bits // 2)
    mixed = numbers.astype(np.uint64)
    mixed += np.uint64(key % (1 << 64))
    mixed &= mask
    for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB):
        mixed ^= mixed >> half
        mixed *= np.uint64(factor)
        mixed &= mask
    mixed ^= mixed >> half
    return mixed


def hexadecimal(
    numbers: NDArray[np.uint64], bits: int, prefix: str, known: NDArray[np.bool_] | None = None
) -> pa.StringArray:
    """Strings of a prefix and bits/4 digits; their order is that of the numbers.

    Args:
        numbers: Each below 2**bits, shape (n,).
        bits: A multiple of 8.
        prefix: ASCII.
        known: Where False the string is null, shape (n,); all known by default.
    """
    n_bytes, start = bits // 8, len(prefix)
    width = start + 2 * n_bytes
    text = np.empty((len(numbers), width), dtype=np.uint8)
    text[:, :start] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    raw = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - n_bytes :]
    text[:, start:] = _PAIRS[raw].reshape(len(numbers), 2 * n_bytes)
    if known is None:
        offsets = np.arange(len(numbers) + 1, dtype=np.int32) * np.int32(width)
        validity = None
    else:
        text = text[known]
        offsets = np.concatenate([[0], np.cumsum(known, dtype=np.int32)]).astype(np.int32) * np.int32(width)
        validity = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text), validity)
