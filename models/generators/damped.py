"""How many shoppers join two items, damped: what the generators of shoppers' pairs share."""

import numpy as np
from scipy.sparse import csr_array

from models.candidates import Candidates
from models.counting import PairCounter, column_sums
from models.generators.best import best_of_blocks


def damped_pairs(
    shoppers_items: csr_array,
    n_candidates: int,
    *,
    basket_exponent: float,
    popularity_exponent: float,
    smoothing: float,
    n_threads: int,
) -> Candidates:
    """Candidates by the shoppers of both, those of many items and popular items counting less.

    score = sum over shoppers of both of (items of theirs - 1) ** -basket_exponent
        / (shoppers of the item + smoothing) ** popularity_exponent.

    Args:
        shoppers_items: 1 where the shopper is of the item, shape (n_shoppers, n_items).
        n_candidates: Most items kept for an anchor.
        basket_exponent: 0 counts all shoppers alike, 1 gives every shopper the same weight per item.
        popularity_exponent: 0 ranks by count alone, 0.5 nearly by cosine.
        smoothing: Shoppers added to an item's own count.
        n_threads: Threads to count with; they change no bit.
    """
    weight = np.maximum(np.diff(shoppers_items.indptr) - 1, 1) ** -basket_exponent
    damping = (column_sums(shoppers_items) + smoothing) ** -popularity_exponent
    counter = PairCounter(shoppers_items, row_weight=weight, item_weight=damping, n_threads=n_threads)
    return best_of_blocks(counter.blocks(), shoppers_items.shape[1], n_candidates, n_threads=n_threads)
