"""What shoppers buy first and what follows it, counted pair by pair."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.counting import PairCounter, values_at
from models.histories import Histories
from models.pairs import Pairs

MAX_SESSIONS_BACK = 10
"""Sessions of a shopper that an order looks back on: what was looked at before those has been bought or forgotten."""

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


def looked_at_before(histories: Histories, max_sessions_back: int = MAX_SESSIONS_BACK) -> csr_array:
    """1 where the order's shopper had looked at the item in a session begun before it, shape as orders_items, float32.

    Args:
        histories: What people did.
        max_sessions_back: Sessions of the shopper that are looked at, the last ones begun before each order.
    """
    n_orders, n_sessions = histories.n_orders, histories.n_sessions
    who, of_session = histories.order_shopper, histories.session_shopper
    by_shopper = np.lexsort((histories.session_time_s, of_session))
    # Where each order would stand among the sessions; of the same second the order comes first.
    everyone = np.concatenate((of_session, who))
    times = np.concatenate((histories.session_time_s, histories.order_time_s))
    is_order = np.repeat([False, True], [n_sessions, n_orders])
    merged = np.lexsort((~is_order, times, everyone))
    place = np.empty(n_orders, np.int64)
    place[merged[is_order[merged]] - n_sessions] = np.cumsum(~is_order[merged])[is_order[merged]]
    rows, sessions = [], []
    for back in range(1, min(max_sessions_back, n_sessions) + 1):
        row = np.flatnonzero(place >= back)
        session = by_shopper[place[row] - back]
        own = of_session[session] == who[row]
        rows.append(row[own])
        sessions.append(session[own])
    row, session = (np.concatenate(parts) if parts else np.zeros(0, np.int64) for parts in (rows, sessions))
    orders_sessions = csr_array((np.ones(len(row), np.float32), (row, session)), shape=(n_orders, n_sessions))
    looked = csr_array(orders_sessions @ histories.sessions_items)
    looked.sort_indices()
    looked.data = np.ones_like(looked.data)
    return looked
