"""Reads a bundle: arrays mapped into memory and shared by every process that maps them."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bundle.contents import RankedPairs
from models.bundle.manifest import ARRAYS, read_manifest, verify
from models.bundle.structure import faults_of
from models.bundle.writing import item_hash
from models.errors import BundleCorruptError

MAX_IDS_AT_HAND = 16_384
"""Ids whose index is remembered, three megabytes: most pages are of few items, and to look one up takes ten times as
long."""
_HASH_BITS = 64


class PairLists:
    """Ranked pairs as plain numbers: to read one of a memoryview takes half of what one of an array takes.

    Attributes:
        starts: Where each anchor's list begins, and where the last one ends.
        item: Item index of each pair, and so below.
        probability: As models.bundle.contents.RankedPairs has it, and so the others.
        relation: A code.
        n_shoppers: A number.
        basis: A code.
    """

    __slots__ = ("basis", "item", "n_shoppers", "probability", "relation", "starts")

    def __init__(self, pairs: RankedPairs) -> None:
        self.starts: memoryview[int] = pairs.indptr.data
        self.item: memoryview[int] = pairs.item.data
        self.probability: memoryview[float] = pairs.probability.data  # type: ignore[assignment]  # numpy says int
        self.relation: memoryview[int] = pairs.relation.data
        self.n_shoppers: memoryview[int] = pairs.n_shoppers.data
        self.basis: memoryview[int] = pairs.basis.data


class Bundle:
    """A trained model, ready to be asked, safe to share between threads.

    Immutable but for `prices_minor` and `available`: whoever knows better than the training writes there. What is
    written is this process's own, a page of memory where it was written; the rest stays the file's, and shared.

    Attributes:
        manifest: What the bundle says of itself.
        item_pairs: What goes with each item.
        category_pairs: What goes with each category.
        item_lists: The first of them, to be read pair by pair.
        category_lists: The second.
        item_category: Category number of each item, -1 where unknown, shape (n_items,), int32.
        prices_minor: Price in minor units, -1 where unknown, shape (n_items,), int64.
        available: Whether the item can be bought, shape (n_items,), bool.
        trained_prices_minor: The prices as they were when the model was trained.
        trained_available: Whether the item could be bought then.
        refill_interval_days: Days after which the item is bought again, 0 where it is not known to be, shape
            (n_items,), float32.
        min_probability: Bar of each placement as chosen in training, 0 to 1, by the placement's name.
        index_of: The index of an item's id, or None for an item the model does not know.
        find_index: The same for who asks for many ids once: those of pages stay at hand.
    """

    def __init__(self, directory: Path, manifest: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.directory = directory
        self.manifest = manifest
        self.item_pairs = _pairs("item_pair", arrays)
        self.category_pairs = _pairs("category_pair", arrays)
        self.item_lists, self.category_lists = PairLists(self.item_pairs), PairLists(self.category_pairs)
        self.item_category: NDArray[np.int32] = arrays["item_category"]
        self.trained_prices_minor: NDArray[np.int64] = arrays["item_price_minor"]
        self.trained_available: NDArray[np.bool_] = arrays["item_available"]
        self.prices_minor: NDArray[np.int64] = _writable(directory, "item_price_minor")
        self.available: NDArray[np.bool_] = _writable(directory, "item_available")
        self.refill_interval_days: NDArray[np.float32] = arrays["item_refill_interval_days"]
        self.min_probability: Mapping[str, float] = manifest["min_probability"]
        self._ids, self._titles, self._categories = (_Texts(name, arrays) for name in ("item_id", "title", "category"))
        self.find_index: Callable[[str], int | None] = _Index(self._ids, arrays).index_of
        self.index_of: Callable[[str], int | None] = lru_cache(MAX_IDS_AT_HAND)(self.find_index)

    @classmethod
    def open(cls, directory: Path, *, expected_fingerprint: str | None = None, n_threads: int = 1) -> "Bundle":
        """Check every byte, then what the bytes say, and map the arrays.

        Args:
            directory: The bundle's.
            expected_fingerprint: As registered.
            n_threads: That check bytes at once; one leaves the other cores to whoever serves pages meanwhile.

        Raises:
            BundleError: It is missing, corrupt or of another schema version; the message names every fault.
        """
        verify(directory, expected_fingerprint=expected_fingerprint, n_threads=n_threads)
        manifest, arrays = read_manifest(directory), _mapped(directory)
        if faults := faults_of(arrays):
            raise BundleCorruptError(
                f"bundle {directory} was written wrong: {'; '.join(faults)}; train again",
                metadata={"bundle": str(directory)},
            )
        return cls(directory, manifest, arrays)

    @classmethod
    def map(cls, directory: Path) -> "Bundle":
        """Map the arrays of a bundle that was opened before, and so is known to be sound.

        Raises:
            BundleError: It is missing, of another schema version, or a file of it is no array.
        """
        return cls(directory, read_manifest(directory), _mapped(directory))

    @property
    def n_items(self) -> int:
        """Items the bundle knows."""
        return len(self.item_category)

    @property
    def n_categories(self) -> int:
        """Categories that have a number."""
        return len(self._categories)

    def item_id(self, index: int) -> str:
        """The external id of an item."""
        return self._ids[index]

    def title(self, index: int) -> str:
        """The item's title, empty where unknown."""
        return self._titles[index]

    def category(self, code: int) -> str:
        """The name of a category number; empty for -1."""
        return "" if code < 0 else self._categories[code]


def _mapped(directory: Path) -> dict[str, NDArray[Any]]:
    """The bundle's arrays by name.

    Raises:
        BundleCorruptError: Names every file that is no array.
    """
    arrays, faults = {}, []
    for name in sorted(ARRAYS):
        try:
            arrays[name] = _plain(np.lib.format.open_memmap(directory / f"{name}.npy", mode="r"))
        except Exception as error:  # noqa: BLE001 - a header may be wrong in more ways than numpy has errors for
            faults.append(f"{name}.npy is no array: {error}")
    if faults:
        raise BundleCorruptError(
            f"bundle {directory} is corrupt: {'; '.join(faults)}", metadata={"bundle": str(directory)}
        )
    return arrays


def _writable(directory: Path, name: str) -> NDArray[Any]:
    """An array that is copied page by page as it is written to; the file stays as it is."""
    return _plain(np.lib.format.open_memmap(directory / f"{name}.npy", mode="c"))


def _plain(mapped: NDArray[Any]) -> NDArray[Any]:
    """A view without numpy.memmap's subclass: indexing it is several times faster."""
    return np.asarray(mapped)


class _Texts:
    """Texts one after the other."""

    __slots__ = ("_bytes", "_starts")

    def __init__(self, name: str, arrays: dict[str, NDArray[Any]]) -> None:
        self._bytes: memoryview[int] = arrays[f"{name}_bytes"].data
        self._starts: memoryview[int] = arrays[f"{name}_offsets"].data

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, index: int) -> str:
        starts = self._starts
        return str(self._bytes[starts[index] : starts[index + 1]], "utf-8")

    def bytes_at(self, index: int) -> bytes:
        starts = self._starts
        return self._bytes[starts[index] : starts[index + 1]].tobytes()


class _Index:
    """Finds items by the hashes of their ids."""

    __slots__ = ("_astray", "_hashes", "_ids", "_indices")

    def __init__(self, ids: _Texts, arrays: dict[str, NDArray[Any]]) -> None:
        self._ids = ids
        self._hashes: memoryview[int] = arrays["item_hash"].data
        self._indices: memoryview[int] = arrays["item_hash_index"].data
        # Six times the most that the places of hashes deviate from even ones, as a rule.
        self._astray = 3 * isqrt(len(self._hashes)) + 1

    def index_of(self, item_id: str) -> int | None:
        wanted = item_id.encode()
        hashed, hashes = item_hash(wanted), self._hashes
        # Hashes are spread evenly, so the place is known but for a few. One at the edge of those may be beyond it.
        guess = hashed * len(hashes) >> _HASH_BITS
        first, last = max(0, guess - self._astray), min(len(hashes), guess + self._astray)
        place = bisect_left(hashes, hashed, first, last)
        if place in (first, last):
            place = bisect_left(hashes, hashed)
        while place < len(hashes) and hashes[place] == hashed:
            index = self._indices[place]
            if self._ids.bytes_at(index) == wanted:
                return index
            place += 1
        return None


def _pairs(name: str, arrays: dict[str, NDArray[Any]]) -> RankedPairs:
    parts = ("indptr", "item", "probability", "relation", "n_shoppers", "basis")
    return RankedPairs(*(arrays[f"{name}_{part}"] for part in parts))
