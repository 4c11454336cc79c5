"""Consented histories as matrices: the only thing a model is trained on."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.items import Catalogue, ItemIndex


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Orders and sessions of shoppers who said yes. Rows are in time order, so a later row is never older.

    Attributes:
        items: The items, in the order of the columns.
        catalogue: What the shop says of them.
        orders_items: 1 where the order holds the item, shape (n_orders, n_items), float32, sorted indices.
        order_time_s: When each order began, seconds since 1970 UTC, shape (n_orders,), int64, ascending.
        order_shopper: Dense number of the order's shopper, shape (n_orders,), int32. An order without a known
            person is a shopper of its own.
        sessions_items: Views, favourites and additions to the cart of an item in a session, shape
            (n_sessions, n_items), float32, sorted indices.
        favourites_items: 1 where the session favourited the item, shape as sessions_items, float32, sorted indices.
        session_time_s: When each session began, shape (n_sessions,), int64, ascending.
        session_end_s: When its last event was, shape (n_sessions,), int64, at session_time_s or later.
        session_shopper: As order_shopper, the same numbers for the same people, shape (n_sessions,), int32.
    """

    items: ItemIndex
    catalogue: Catalogue
    orders_items: csr_array
    order_time_s: NDArray[np.int64]
    order_shopper: NDArray[np.int32]
    sessions_items: csr_array
    favourites_items: csr_array
    session_time_s: NDArray[np.int64]
    session_end_s: NDArray[np.int64]
    session_shopper: NDArray[np.int32]

    @property
    def n_items(self) -> int:
        """Items, with or without history."""
        return len(self.items)

    @property
    def n_orders(self) -> int:
        """Orders in all."""
        return int(self.orders_items.shape[0])

    @property
    def n_sessions(self) -> int:
        """Sessions in all."""
        return int(self.sessions_items.shape[0])

    def before(self, time_s: int) -> "Histories":
        """What had happened before a moment; items, catalogue and shopper numbers stay the same.

        A session under way at that moment is left out: how often it looked at an item is known only at its end.
        """
        n_orders = int(np.searchsorted(self.order_time_s, time_s, side="left"))
        ended = np.flatnonzero(self.session_end_s < time_s)
        return replace(
            self,
            orders_items=self.orders_items[:n_orders],
            order_time_s=self.order_time_s[:n_orders],
            order_shopper=self.order_shopper[:n_orders],
            sessions_items=self.sessions_items[ended],
            favourites_items=self.favourites_items[ended],
            session_time_s=self.session_time_s[ended],
            session_end_s=self.session_end_s[ended],
            session_shopper=self.session_shopper[ended],
        )
