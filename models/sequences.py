"""What shoppers buy first and what follows it, counted pair by pair."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.counting import PairCounter, values_at
from models.histories import Histories
from models.pairs import Pairs

MAX_ORDERS_BACK = 10
"""Orders of a shopper that one looks back on: what came before those brought nobody here. It bounds the counts too,
as a shopper with 1,000 orders would otherwise hold half a million pairs of them."""


class SequenceCounts:
    """How many shoppers bought one item of a pair in an order before their first with the other.

    Args:
        histories: What people did.
        n_threads: Threads to count with.
    """

    def __init__(self, histories: Histories, *, n_threads: int = 1) -> None:
        earlier, new = earlier_items(histories), first_purchases(histories)
        self._later = PairCounter(new, rows_anchors=earlier, n_threads=n_threads)
        self._sooner = PairCounter(earlier, rows_anchors=new, n_threads=n_threads)
        self.n_products = self._later.n_products + self._sooner.n_products
        """Products behind each anchor's counts, shape (n_items,)."""

    def of(self, pairs: Pairs) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Shoppers who bought the item later than the anchor, and sooner, each of shape (n_pairs,)."""
        later, sooner = (counter.count_of(pairs.anchors) for counter in (self._later, self._sooner))
        return values_at(later, pairs.row, pairs.item), values_at(sooner, pairs.row, pairs.item)


def first_purchases(histories: Histories) -> csr_array:
    """1 where the order is its shopper's first with the item, shape (n_orders, n_items), float32."""
    orders, n_items = histories.orders_items, max(1, histories.n_items)
    row = np.repeat(np.arange(histories.n_orders), np.diff(orders.indptr))
    # Entries stand in the order of the rows, which are in the order of time: the first met is the first bought.
    _, first = np.unique(histories.order_shopper[row].astype(np.int64) * n_items + orders.indices, return_index=True)
    first.sort()
    return csr_array((np.ones(len(first), np.float32), (row[first], orders.indices[first])), shape=orders.shape)


def earlier_items(histories: Histories, max_orders_back: int = MAX_ORDERS_BACK) -> csr_array:
    """1 where an earlier order of the same shopper holds the item, shape (n_orders, n_items), float32.

    Args:
        histories: What people did.
        max_orders_back: Orders of the shopper that are looked at, the last ones before each order.
    """
    orders, shopper, time_s = histories.orders_items, histories.order_shopper, histories.order_time_s
    by_shopper = np.argsort(shopper, kind="stable")
    rows, befores = [], []
    for back in range(1, min(max_orders_back, histories.n_orders - 1) + 1):
        row, before = by_shopper[back:], by_shopper[:-back]
        known = (shopper[row] == shopper[before]) & (time_s[before] < time_s[row])
        rows.append(row[known])
        befores.append(before[known])
    row, before = (np.concatenate(parts) if parts else np.zeros(0, np.int64) for parts in (rows, befores))
    shape = (histories.n_orders, histories.n_orders)
    earlier = csr_array(csr_array((np.ones(len(row), np.float32), (row, before)), shape=shape) @ orders)
    earlier.sort_indices()
    earlier.data = np.ones_like(earlier.data)
    return earlier
