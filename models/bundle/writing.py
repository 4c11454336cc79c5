"""Writes a bundle: same contents, same bytes."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bundle.contents import BundleContents, RankedPairs
from models.bundle.manifest import fingerprint, write_manifest


def item_hash(item_id: bytes) -> int:
    """64-bit BLAKE2b of an id: where a reader looks the item up."""
    return int.from_bytes(hashlib.blake2b(item_id, digest_size=8).digest(), "little")


def write_bundle(contents: BundleContents, directory: Path) -> str:
    """Write the bundle into an empty or new directory.

    Returns:
        Its fingerprint, hexadecimal SHA-256.

    Raises:
        FileExistsError: The directory holds something already.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty: give a new directory for the bundle")
    ids = [item_id.encode() for item_id in contents.items.ids]
    hashes = np.fromiter((item_hash(item_id) for item_id in ids), np.uint64, len(ids))
    by_hash = np.argsort(hashes, kind="stable")
    place = {name: code for code, name in enumerate(contents.categories)}
    arrays = {
        "item_hash": hashes[by_hash],
        "item_hash_index": by_hash.astype(np.int32),
        "item_category": np.fromiter((place.get(name, -1) for name in contents.catalogue.categories), np.int32),
        "item_price_minor": contents.catalogue.prices_minor.astype(np.int64),
        "item_available": contents.catalogue.available.astype(np.bool_),
        "item_refill_interval_days": contents.refill_interval_days.astype(np.float32),
        **_strings("item_id", ids),
        **_strings("title", (title.encode() for title in contents.catalogue.titles)),
        **_strings("category", (name.encode() for name in contents.categories)),
        **_pairs("item_pair", contents.item_pairs),
        **_pairs("category_pair", contents.category_pairs),
    }
    for name, array in arrays.items():
        np.save(directory / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
    counts = {
        "items": len(ids),
        "items_with_pairs": int(np.count_nonzero(np.diff(contents.item_pairs.indptr))),
        "item_pairs": len(contents.item_pairs.item),
        "categories": len(contents.categories),
        "category_pairs": len(contents.category_pairs.item),
    }
    write_manifest(directory, counts=counts, min_probability=contents.min_probability, training=contents.provenance)
    return fingerprint(directory)


def _strings(name: str, values: Iterable[bytes]) -> dict[str, NDArray[Any]]:
    """Strings as one run of bytes and the offsets where each begins."""
    held = list(values)
    offsets = np.concatenate(([0], np.cumsum(np.fromiter(map(len, held), np.int64, len(held)))))
    return {
        f"{name}_bytes": np.frombuffer(b"".join(held), dtype=np.uint8),
        f"{name}_offsets": offsets.astype(np.int64),
    }


def _pairs(name: str, pairs: RankedPairs) -> dict[str, NDArray[Any]]:
    return {
        f"{name}_indptr": pairs.indptr.astype(np.int64),
        f"{name}_item": pairs.item.astype(np.int32),
        f"{name}_probability": pairs.probability.astype(np.float32),
        f"{name}_relation": pairs.relation.astype(np.uint8),
        f"{name}_n_shoppers": pairs.n_shoppers.astype(np.uint32),
        f"{name}_basis": pairs.basis.astype(np.uint8),
    }
