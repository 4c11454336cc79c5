"""How much one shopper may say: a cap on the items that count of each, so that no one can outweigh the others."""

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.histories import Histories


@dataclass(frozen=True, slots=True)
class Capped:
    """What a cap left out.

    Attributes:
        order_lines: Items of orders.
        session_items: Items of sessions, however often each was looked at in its session.
        shoppers: Shoppers who had either.
    """

    order_lines: int
    session_items: int
    shoppers: int

    def as_dict(self) -> dict[str, int]:
        """The numbers by name, as the report of what was read keeps them."""
        return asdict(self)


def cap_contributions(histories: Histories, max_items: int) -> tuple[Histories, Capped]:
    """Histories in which no shopper has more than so many distinct items in orders, nor in sessions.

    Pairs are counted within a shopper too, so the work and the weight of one grow with the square of their items. Of
    a shopper with more, the items that were bought (looked at) last are kept, with all their lines: of items that
    were last in one order (session), the smaller indices. An order without a known person is a shopper of its own,
    and so capped alike. Orders and sessions of which nothing is left are gone; shopper numbers stay, as everybody
    keeps something.

    Args:
        histories: What to cap.
        max_items: 1 or more.
    """
    orders = _kept(histories.orders_items, histories.order_shopper, max_items)
    sessions = _kept(histories.sessions_items, histories.session_shopper, max_items)
    lost = np.concatenate(
        (
            _losers(histories.orders_items, histories.order_shopper, orders),
            _losers(histories.sessions_items, histories.session_shopper, sessions),
        )
    )
    capped = Capped(int(np.count_nonzero(~orders)), int(np.count_nonzero(~sessions)), len(np.unique(lost)))
    if not len(lost):
        return histories, capped
    orders_items, order = _without(histories.orders_items, orders)
    sessions_items, session = _without(histories.sessions_items, sessions)
    return (
        replace(
            histories,
            orders_items=orders_items,
            order_time_s=histories.order_time_s[order],
            order_shopper=histories.order_shopper[order],
            sessions_items=sessions_items,
            favourites_items=csr_array(histories.favourites_items[session].multiply(sessions_items > 0)),
            session_time_s=histories.session_time_s[session],
            session_end_s=histories.session_end_s[session],
            session_shopper=histories.session_shopper[session],
        ),
        capped,
    )


def _kept(rows_items: csr_array, shopper: NDArray[np.int32], max_items: int) -> NDArray[np.bool_]:
    """Which cells stay, shape (n_cells,)."""
    kept = np.ones(rows_items.nnz, np.bool_)
    n_cells = np.diff(rows_items.indptr)
    may_exceed = np.bincount(shopper, weights=n_cells) > max_items
    cell = np.flatnonzero(np.repeat(may_exceed[shopper], n_cells))
    if not len(cell):
        return kept
    row = np.searchsorted(rows_items.indptr, cell, side="right") - 1
    who, item = shopper[row], rows_items.indices[cell]

    # Cells by shopper and item, the latest first: the head of each run is when the item was last there.
    by_item = np.lexsort((-row, item, who))
    is_head = np.ones(len(cell), np.bool_)
    is_head[1:] = (np.diff(who[by_item]) != 0) | (np.diff(item[by_item]) != 0)
    head = by_item[is_head]
    latest = np.lexsort((item[head], -row[head], who[head]))
    ordered_who = who[head][latest]
    place = np.arange(len(head)) - np.searchsorted(ordered_who, ordered_who, side="left")
    head_is_kept = np.empty(len(head), np.bool_)
    head_is_kept[latest] = place < max_items
    kept[cell[by_item]] = head_is_kept[np.cumsum(is_head) - 1]
    return kept


def _losers(rows_items: csr_array, shopper: NDArray[np.int32], kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Shoppers of the cells that do not stay, each once."""
    row = np.searchsorted(rows_items.indptr, np.flatnonzero(~kept), side="right") - 1
    return np.unique(shopper[row])


def _without(rows_items: csr_array, kept: NDArray[np.bool_]) -> tuple[csr_array, NDArray[np.int64]]:
    """The matrix of the kept cells, without rows that have none, and which rows those are that stay."""
    before = np.concatenate(([0], np.cumsum(kept)))
    n_kept = np.diff(before[rows_items.indptr])
    row = np.flatnonzero(n_kept)
    indptr = np.concatenate(([0], np.cumsum(n_kept[row]))).astype(rows_items.indptr.dtype)
    cells = (rows_items.data[kept], rows_items.indices[kept], indptr)
    return csr_array(cells, shape=(len(row), rows_items.shape[1])), row
