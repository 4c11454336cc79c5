"""Time to check what a large bundle's arrays say, beyond their hashes: python -m bench.serving.opening"""

import statistics
import time

import numpy as np

from models.bundle.structure import DTYPES, faults_of

N_ITEMS, N_CANDIDATES = 1_000_000, 64
N_TIMES = 7
TITLE = "Überzug für Gerät 12345678, schwarz".encode()


def main() -> None:
    """Print the median of several times over one million items with 64 candidates each."""
    random = np.random.default_rng(1)
    n_pairs = N_ITEMS * N_CANDIDATES
    arrays = {name: np.zeros(1 if name.endswith(("offsets", "indptr")) else 0, kind) for name, kind in DTYPES.items()}
    for name, text in (("item_id", b"SKU-12345678"), ("title", TITLE)):
        arrays[f"{name}_bytes"] = np.tile(np.frombuffer(text, np.uint8), N_ITEMS)
        arrays[f"{name}_offsets"] = np.arange(N_ITEMS + 1, dtype=np.int64) * len(text)
    arrays |= {
        "item_hash": np.sort(random.integers(0, 1 << 63, N_ITEMS, dtype=np.uint64)),
        "item_hash_index": random.permutation(N_ITEMS).astype(np.int32),
        "item_category": np.full(N_ITEMS, -1, np.int32),
        "item_price_minor": np.full(N_ITEMS, -1, np.int64),
        "item_available": np.ones(N_ITEMS, np.bool_),
        "item_pair_indptr": np.arange(0, n_pairs + 1, N_CANDIDATES, dtype=np.int64),
        "item_pair_item": random.integers(0, N_ITEMS, n_pairs, dtype=np.int32),
        "item_pair_probability": np.tile(np.linspace(0.9, 0.01, N_CANDIDATES, dtype=np.float32), N_ITEMS),
        "item_pair_relation": random.integers(1, 5, n_pairs, dtype=np.uint8),
        "item_pair_n_shoppers": np.full(n_pairs, 12, np.uint32),
    }
    taken = []
    for _ in range(N_TIMES):
        start = time.perf_counter()
        faults = faults_of(arrays)
        taken.append(time.perf_counter() - start)
        if faults:
            raise SystemExit("; ".join(faults))
    print(f"{N_ITEMS:,} items with {N_CANDIDATES} candidates: median {statistics.median(taken) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
