"""The items of most orders, the same for every anchor: what any method must beat."""

import numpy as np

from models.candidates import Candidates
from models.counting import column_sums
from models.histories import Histories
from models.lists import indptr_of


def popularity(histories: Histories, n_candidates: int) -> Candidates:
    """The most popular items for every anchor, never the anchor itself.

    Args:
        histories: Whose orders to count.
        n_candidates: Length of the list, before the anchor is taken out.
    """
    n_orders = column_sums(histories.orders_items)
    top = np.lexsort((np.arange(len(n_orders)), -n_orders))[:n_candidates]
    top = top[n_orders[top] > 0].astype(np.int32)
    item = np.tile(top, histories.n_items)
    anchor = np.repeat(np.arange(histories.n_items, dtype=np.int32), len(top))
    keep = item != anchor
    lengths = np.bincount(anchor[keep], minlength=histories.n_items)
    return Candidates(
        indptr_of(lengths),
        item[keep],
        n_orders[item[keep]].astype(np.float32),
    )
