"""Orders of named shoppers, whose items are only those that somebody bought: as a shop without a catalogue has them."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from models.histories import Histories
from models.items import Catalogue, ItemIndex

Order = tuple[int, Sequence[str]]
"""Whose it is, and the ids of its items."""


def bought(orders: Sequence[Order]) -> Histories:
    """The histories of the orders alone: an item that nobody bought does not exist."""
    items = ItemIndex(item_id for _, ids in orders for item_id in ids)
    n_orders, n_items = len(orders), len(items)
    held = [(row, items.index_of(item_id)) for row, (_, ids) in enumerate(orders) for item_id in ids]
    row, column = np.array(held, np.int64).reshape(-1, 2).T
    orders_items = csr_array((np.ones(len(held), np.float32), (row, column)), shape=(n_orders, n_items))
    orders_items.sort_indices()
    none = csr_array((0, n_items), dtype=np.float32)
    nobody = np.zeros(0, np.int32)
    names = sorted({shopper for shopper, _ in orders})
    return Histories(
        items,
        Catalogue.unknown(n_items),
        orders_items,
        np.arange(n_orders, dtype=np.int64) * 3_600,
        np.array([names.index(shopper) for shopper, _ in orders], np.int32),
        none,
        none,
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        nobody,
    )
