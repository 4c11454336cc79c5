"""Pseudonymous ids: numbers scrambled one to one, then written in hexadecimal."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_PAIRS = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype=np.uint16)  # two digits each


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
        prefix: Two ASCII characters.
        known: Where False the string is null, shape (n,); all known by default.
    """
    n_bytes = bits // 8
    width = len(prefix) + 2 * n_bytes
    # Characters are handled in pairs, prefix included: half the work.
    text = np.empty((len(numbers), 1 + n_bytes), dtype=np.uint16)
    text[:, 0] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint16)
    text[:, 1:] = _PAIRS[numbers.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - n_bytes :]]
    if known is None:
        offsets = np.arange(len(numbers) + 1, dtype=np.int32) * np.int32(width)
        validity = None
    else:
        text = text[known]
        offsets = np.concatenate([[0], np.cumsum(known, dtype=np.int32)]).astype(np.int32) * np.int32(width)
        validity = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text), validity)
