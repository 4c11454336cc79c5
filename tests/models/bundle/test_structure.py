"""A bundle whose hashes are right and whose arrays are not is refused, and every fault is named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.bundle.contents import BundleContents, RankedPairs
from models.bundle.manifest import ARRAYS, write_manifest
from models.bundle.reading import Bundle
from models.bundle.structure import DTYPES
from models.bundle.writing import write_bundle
from models.errors import BundleCorruptError
from models.items import Catalogue, ItemIndex

Change = Callable[[NDArray[Any]], NDArray[Any]]


def pairs(indptr: list[int], items: list[int], probability: list[float]) -> RankedPairs:
    n = len(items)
    return RankedPairs(
        np.array(indptr, np.int64),
        np.array(items, np.int32),
        np.array(probability, np.float32),
        np.ones(n, np.uint8),
        np.full(n, 9, np.uint32),
    )


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Three items in two categories; the second item has no list."""
    catalogue = Catalogue(("Körper", "Hülle", ""), ("a", "b", ""), np.full(3, 100, np.int64), np.ones(3, np.bool_))
    contents = BundleContents(
        ItemIndex(("body", "case", "tent")),
        catalogue,
        pairs([0, 2, 2, 3], [1, 2, 0], [0.5, 0.25, 0.75]),
        ("a", "b"),
        pairs([0, 1, 1], [2], [0.5]),
        {},
    )
    write_bundle(contents, tmp_path / "bundle")
    return tmp_path / "bundle"


def harm(directory: Path, name: str, change: Change) -> None:
    """Change an array, and let the manifest say that this is how it was written."""
    path = directory / f"{name}.npy"
    np.save(path, change(np.load(path)))
    write_manifest(directory, counts={}, min_probability={}, training={})


def put(place: int, value: object) -> Change:
    """Writes the value at the place."""

    def change(array: NDArray[Any]) -> NDArray[Any]:
        array[place] = value
        return array

    return change


def test_a_sound_bundle_is_opened(written: Path) -> None:
    harm(written, "item_pair_item", lambda array: array)
    assert Bundle.open(written).n_items == 3


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("item_pair_indptr", put(0, 1), "item_pair_indptr starts at 1 instead of 0"),
        ("item_pair_indptr", put(-1, 4), "item_pair_indptr ends at 4 instead of 3"),
        ("item_pair_indptr", put(1, 3), "item_pair_indptr goes down"),
        ("item_pair_indptr", lambda array: array[:-1], "item_pair_indptr has 3 values instead of 4"),
        ("item_pair_indptr", lambda array: array[:0], "item_pair_indptr is empty"),
        ("category_pair_indptr", put(1, 2), "category_pair_indptr goes down"),
        ("item_pair_item", put(0, 3), "item_pair_item goes from 0 to 3, which should lie within 0 to 2"),
        ("category_pair_item", put(0, -1), "category_pair_item goes from -1 to -1, which should lie within 0 to 2"),
        ("item_pair_relation", put(0, 5), "item_pair_relation goes from 1 to 5, which should lie within 0 to 4"),
        ("item_pair_basis", put(0, 4), "item_pair_basis goes from 0 to 4, which should lie within 0 to 3"),
        ("category_pair_basis", lambda array: array[1:], "category_pair_basis has 0 values instead of 1"),
        ("item_refill_interval_days", put(0, -1), "item_refill_interval_days goes from -1.0 to 0.0"),
        ("item_refill_interval_days", put(0, np.inf), "item_refill_interval_days goes from 0.0 to inf"),
        ("item_refill_interval_days", put(0, np.nan), "item_refill_interval_days goes from nan to nan"),
        ("item_pair_probability", put(0, np.nan), "item_pair_probability goes from nan to nan"),
        ("item_pair_probability", put(0, 1.5), "item_pair_probability goes from 0.25 to 1.5"),
        ("item_pair_probability", put(1, 0.75), "item_pair_probability is not highest first in every list"),
        ("item_pair_probability", lambda array: array[1:], "item_pair_probability has 2 values instead of 3"),
        ("item_pair_relation", lambda array: array[1:], "item_pair_relation has 2 values instead of 3"),
        ("item_pair_n_shoppers", lambda array: array[1:], "item_pair_n_shoppers has 2 values instead of 3"),
        ("category_pair_relation", lambda array: array[1:], "category_pair_relation has 0 values instead of 1"),
        ("item_hash", lambda array: array[::-1].copy(), "item_hash is not in order"),
        ("item_hash", lambda array: array[1:], "item_hash has 2 values instead of 3"),
        ("item_hash_index", put(0, 3), "which should lie within 0 to 2"),
        ("item_hash_index", lambda array: np.full_like(array, 1), "item_hash_index leaves out 2 of 3 items"),
        ("item_category", put(0, 2), "item_category goes from -1 to 2, which should lie within -1 to 1"),
        ("item_category", put(0, -2), "item_category goes from -2 to 1"),
        ("item_available", lambda array: array[1:], "item_available has 2 values instead of 3"),
        ("item_price_minor", lambda array: array[1:], "item_price_minor has 2 values instead of 3"),
        ("title_offsets", put(1, 99), "title_offsets goes down"),
        ("title_offsets", lambda array: array[:-1], "title_offsets has 3 values instead of 4"),
        ("title_bytes", lambda array: array[:-1], "title_offsets ends at 13 instead of 12"),
        ("title_bytes", put(0, 0xFF), "title_bytes is not UTF-8"),
        ("title_offsets", put(1, 2), "title_bytes is not UTF-8"),
        ("item_id_offsets", put(0, 1), "item_id_offsets starts at 1 instead of 0"),
        ("category_offsets", put(1, 9), "category_offsets goes down"),
    ],
)
def test_what_cannot_be_so_is_refused(written: Path, name: str, change: Change, fault: str) -> None:
    harm(written, name, change)
    with pytest.raises(BundleCorruptError) as caught:
        Bundle.open(written)
    assert fault in str(caught.value)


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_an_array_of_another_kind_is_refused(written: Path, name: str) -> None:
    harm(written, name, lambda array: array.astype(np.float64))
    with pytest.raises(BundleCorruptError, match=f"{name} is 1-dimensional float64"):
        Bundle.open(written)


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_an_array_in_two_dimensions_is_refused(written: Path, name: str) -> None:
    harm(written, name, lambda array: array.reshape(-1, 1))
    with pytest.raises(BundleCorruptError, match=f"{name} is 2-dimensional .* instead of 1-dimensional"):
        Bundle.open(written)


def test_every_fault_is_named_at_once(written: Path) -> None:
    harm(written, "item_pair_item", put(0, 7))
    harm(written, "item_category", put(0, 7))
    harm(written, "title_offsets", put(0, 1))
    with pytest.raises(BundleCorruptError, match=r"item_category.*title_offsets.*item_pair_item"):
        Bundle.open(written)


def test_every_file_that_is_no_array_is_named(written: Path) -> None:
    for name in ("item_hash", "title_bytes"):
        (written / f"{name}.npy").write_bytes(b"")
    write_manifest(written, counts={}, min_probability={}, training={})
    with pytest.raises(BundleCorruptError, match=r"item_hash.npy is no array.*title_bytes.npy is no array"):
        Bundle.open(written)


def test_every_array_has_its_kind() -> None:
    assert set(DTYPES) == ARRAYS
