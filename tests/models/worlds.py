"""Small worlds of orders and sessions, written down by hand."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from models.histories import Histories
from models.items import Catalogue, ItemIndex
from models.pairs import Pairs

HOUR_S = 3_600


def build(
    orders: Sequence[Sequence[int]],
    *,
    n_items: int,
    shoppers: Sequence[int] | None = None,
    sessions: Sequence[Sequence[int]] = (),
    session_shoppers: Sequence[int] | None = None,
    favourites: Sequence[Sequence[int]] | None = None,
    titles: Sequence[str] | None = None,
    categories: Sequence[str] | None = None,
    prices: Sequence[int] | None = None,
    session_s: int = 0,
    step_s: int = HOUR_S,
) -> Histories:
    """Orders and sessions an hour apart, each by a shopper of its own unless said otherwise."""
    catalogue = Catalogue(
        tuple(titles) if titles is not None else tuple(f"Item {i}" for i in range(n_items)),
        tuple(categories) if categories is not None else ("",) * n_items,
        np.array(prices if prices is not None else [-1] * n_items, np.int64),
        np.ones(n_items, np.bool_),
    )
    lookers = session_shoppers if session_shoppers is not None else range(len(orders), len(orders) + len(sessions))
    return Histories(
        ItemIndex(f"i{number:04d}" for number in range(n_items)),
        catalogue,
        _matrix(orders, n_items),
        np.arange(len(orders), dtype=np.int64) * step_s,
        np.array(shoppers if shoppers is not None else range(len(orders)), np.int32),
        _matrix(sessions, n_items),
        _matrix(favourites if favourites is not None else [()] * len(sessions), n_items),
        np.arange(len(sessions), dtype=np.int64) * step_s,
        np.arange(len(sessions), dtype=np.int64) * step_s + session_s,
        np.array(lookers, np.int32),
    )


def pairs_of(*pairs: tuple[int, int]) -> Pairs:
    """Pairs of anchor and item, in the order given; the anchors must not fall."""
    anchor, item = np.array(pairs, np.int64).reshape(-1, 2).T
    anchors, row = np.unique(anchor, return_inverse=True)
    return Pairs(anchors, row, item)


def _matrix(rows: Sequence[Sequence[int]], n_items: int) -> csr_array:
    row = np.repeat(np.arange(len(rows)), [len(r) for r in rows]) if rows else np.zeros(0, int)
    column = np.array([item for r in rows for item in r], dtype=int)
    matrix = csr_array((np.ones(len(column), np.float32), (row, column)), shape=(len(rows), n_items))
    matrix.sort_indices()
    return matrix
