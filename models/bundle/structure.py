"""Whether a bundle's arrays can be what they say: hashes prove who wrote them, not that they were written well."""

import codecs
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bundle.contents import BASES, RELATIONS

Arrays = Mapping[str, NDArray[Any]]
_Kinds = Mapping[str, type[np.generic]]

_OF_ITEMS: _Kinds = {
    "item_hash": np.uint64,
    "item_hash_index": np.int32,
    "item_category": np.int32,
    "item_price_minor": np.int64,
    "item_available": np.bool_,
    "item_refill_interval_days": np.float32,
}
_OF_STRINGS: _Kinds = {"bytes": np.uint8, "offsets": np.int64}
_OF_PAIRS: _Kinds = {
    "indptr": np.int64,
    "item": np.int32,
    "probability": np.float32,
    "relation": np.uint8,
    "n_shoppers": np.uint32,
    "basis": np.uint8,
}
DTYPES: _Kinds = {
    **_OF_ITEMS,
    **{f"{name}_{part}": kind for name in ("item_id", "title", "category") for part, kind in _OF_STRINGS.items()},
    **{f"{name}_{part}": kind for name in ("item_pair", "category_pair") for part, kind in _OF_PAIRS.items()},
}
"""What each array is written as."""

LONGEST_INTERVAL_DAYS = 36_525
"""A hundred years: what lasts longer is a time in another unit."""

_STEP = 1 << 18
"""Elements looked at together: what is made of them stays in the processor's cache."""


def faults_of(arrays: Arrays) -> list[str]:
    """Everything that is wrong with the arrays, each fault with the array's name; none of a sound bundle.

    Args:
        arrays: By name, all of DTYPES.
    """
    faults = [
        f"{name} is {array.ndim}-dimensional {array.dtype} instead of 1-dimensional {np.dtype(kind)}"
        for name, kind in DTYPES.items()
        if (array := arrays[name]).dtype != np.dtype(kind) or array.ndim != 1
    ]
    # What follows counts and compares, which only arrays of the right kind can take.
    return faults or [
        *_item_faults(arrays),
        *_string_faults("item_id", arrays),
        *_string_faults("title", arrays),
        *_string_faults("category", arrays),
        *_pair_faults("item_pair", arrays, n_anchors=len(arrays["item_category"])),
        *_pair_faults("category_pair", arrays, n_anchors=max(0, len(arrays["category_offsets"]) - 1)),
    ]


def _item_faults(arrays: Arrays) -> Iterator[str]:
    n_items = len(arrays["item_category"])
    lengths = dict.fromkeys(_OF_ITEMS, n_items) | {"item_id_offsets": n_items + 1, "title_offsets": n_items + 1}
    yield from _length_faults(arrays, lengths)
    n_categories = len(arrays["category_offsets"]) - 1
    yield from _range_faults("item_category", arrays, -1, n_categories - 1)
    yield from _range_faults("item_refill_interval_days", arrays, 0, LONGEST_INTERVAL_DAYS)
    index = arrays["item_hash_index"]
    if faults := list(_range_faults("item_hash_index", arrays, 0, n_items - 1)):
        yield from faults
    else:
        met = np.zeros(n_items, np.bool_)
        met[index] = True
        if not met.all():
            yield f"item_hash_index leaves out {n_items - int(np.count_nonzero(met))} of {n_items} items"
    if _goes_down(arrays["item_hash"]):
        yield "item_hash is not in order"


def _string_faults(name: str, arrays: Arrays) -> Iterator[str]:
    data, offsets = arrays[f"{name}_bytes"], arrays[f"{name}_offsets"]
    if faults := list(_bounds_faults(f"{name}_offsets", offsets, len(data))):
        yield from faults
        return
    if not len(data) or int(data.max()) < 0x80:
        return
    # Valid as a whole, and no string begins within a character: so each is valid.
    begins = data[offsets[offsets < len(data)]]
    if not _is_utf8(data) or bool(((begins & 0xC0) == 0x80).any()):
        yield f"{name}_bytes is not UTF-8"


def _pair_faults(name: str, arrays: Arrays, *, n_anchors: int) -> Iterator[str]:
    indptr, probability = arrays[f"{name}_indptr"], arrays[f"{name}_probability"]
    n_pairs = len(arrays[f"{name}_item"])
    parallel = {f"{name}_{part}": n_pairs for part in _OF_PAIRS if part != "indptr"}
    faults = [
        *_length_faults(arrays, {f"{name}_indptr": n_anchors + 1, **parallel}),
        *_bounds_faults(f"{name}_indptr", indptr, n_pairs),
    ]
    yield from faults
    yield from _range_faults(f"{name}_item", arrays, 0, len(arrays["item_category"]) - 1)
    yield from _range_faults(f"{name}_relation", arrays, 0, len(RELATIONS) - 1)
    yield from _range_faults(f"{name}_basis", arrays, 0, len(BASES) - 1)
    yield from _range_faults(f"{name}_probability", arrays, 0, 1)
    if not faults and not _each_list_falls(indptr, probability):
        yield f"{name}_probability is not highest first in every list"


def _length_faults(arrays: Arrays, lengths: Mapping[str, int]) -> Iterator[str]:
    for name, length in lengths.items():
        if len(arrays[name]) != length:
            yield f"{name} has {len(arrays[name])} values instead of {length}"


def _range_faults(name: str, arrays: Arrays, low: int, high: int) -> Iterator[str]:
    array = arrays[name]
    if not len(array):
        return
    least, most = array.min(), array.max()
    # Not "least < low": a NaN is less than nothing.
    if not (low <= least and most <= high):
        yield f"{name} goes from {least} to {most}, which should lie within {low} to {high}"


def _bounds_faults(name: str, bounds: NDArray[np.int64], end: int) -> Iterator[str]:
    if not len(bounds):
        yield f"{name} is empty"
        return
    if bounds[0] != 0:
        yield f"{name} starts at {bounds[0]} instead of 0"
    if bounds[-1] != end:
        yield f"{name} ends at {bounds[-1]} instead of {end}"
    if _goes_down(bounds):
        yield f"{name} goes down"


def _each_list_falls(indptr: NDArray[np.int64], probability: NDArray[np.float32]) -> bool:
    """Whether the probability rises nowhere but from one list to the next."""
    n_rises = sum(int(np.count_nonzero(after > before)) for before, after in _steps(probability))
    # Each once, by hand: numpy's unique hashes, which takes ten times as long as all the rest here.
    starts = indptr[np.flatnonzero(np.diff(indptr))]
    starts = starts[starts > 0]
    return n_rises == int(np.count_nonzero(probability[starts] > probability[starts - 1]))


def _goes_down(array: NDArray[Any]) -> bool:
    return any(bool((after < before).any()) for before, after in _steps(array))


def _steps(array: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Every value and the one after it, a part of the array at a time."""
    for start in range(0, len(array) - 1, _STEP):
        yield array[start : min(start + _STEP, len(array) - 1)], array[start + 1 : start + 1 + _STEP]


def _is_utf8(data: NDArray[np.uint8]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _STEP):
            decoder.decode(data[start : start + _STEP].tobytes())
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
