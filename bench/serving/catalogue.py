"""A made-up bundle of the size of a mid-sized shop, for measuring."""

from pathlib import Path

import numpy as np

from models.bundle.contents import BundleContents, RankedPairs
from models.bundle.writing import write_bundle
from models.items import Catalogue, ItemIndex

N_ITEMS = 100_000
N_CANDIDATES = 64
N_CATEGORIES = 500


def item_id(number: int) -> str:
    """An id as long as shops have them."""
    return f"SKU-{number:08d}"


def write_catalogue(directory: Path, n_items: int = N_ITEMS) -> None:
    """Write the bundle: every item has 64 candidates, one in eight an alternative."""
    random = np.random.default_rng(1)
    n_pairs = n_items * N_CANDIDATES
    probability = np.sort(random.beta(1, 12, (n_items, N_CANDIDATES)).astype(np.float32), axis=1)[:, ::-1]
    pairs = RankedPairs(
        np.arange(0, n_pairs + 1, N_CANDIDATES, dtype=np.int64),
        random.integers(0, n_items, n_pairs, dtype=np.int32),
        probability.ravel(),
        random.choice(np.array([0, 1, 2, 3, 4], np.uint8), n_pairs, p=[0, 0.5, 0.3, 0.075, 0.125]),
        np.full(n_pairs, 12, np.uint32),
    )
    categories = [f"department {number % 20}/shelf {number % N_CATEGORIES}" for number in range(n_items)]
    names = tuple(sorted({*categories}))
    none = RankedPairs(np.zeros(len(names) + 1, np.int64), *(np.zeros(0, kind) for kind in ("i4", "f4", "u1", "u4")))
    catalogue = Catalogue(
        [f"Thing number {number}" for number in range(n_items)],
        categories,
        np.full(n_items, -1, np.int64),
        random.random(n_items) > 0.02,
    )
    items = ItemIndex(map(item_id, range(n_items)))
    write_bundle(BundleContents(items, catalogue, pairs, names, none, {}), directory)
