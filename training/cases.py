"""Pages with known outcomes: given one item of a later order, which others did the order hold?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.histories import Histories

MAX_ANCHORS = 3
"""Most pages drawn from one order, without repeats: the orders of wholesalers would be most of the cases otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Pages whose outcome is known.

    Attributes:
        anchor: The item whose page it is, shape (n_cases,), int32.
        relevant_indptr: Where each case's relevant items begin, shape (n_cases + 1,), int64.
        relevant_item: The other known items of the order, ascending in each case, int32.
        order: Row of the order that the case came from, shape (n_cases,), int32, ascending. Cases of one order
            stand or fall together, so a bootstrap draws orders.
    """

    anchor: NDArray[np.int32]
    relevant_indptr: NDArray[np.int64]
    relevant_item: NDArray[np.int32]
    order: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.anchor)

    @property
    def n_relevant(self) -> NDArray[np.int64]:
        """Relevant items of each case, shape (n_cases,), 1 or more."""
        return np.diff(self.relevant_indptr)


def sample_cases(
    histories: Histories,
    first_order: int,
    known: NDArray[np.bool_],
    *,
    max_cases: int,
    seed: int,
) -> Cases:
    """Cases from the orders that hold two known items or more, in time order.

    Args:
        histories: Whose orders to use.
        first_order: Row of the first order to use; those before it are the past.
        known: Items that a list may hold, shape (n_items,).
        max_cases: Most cases in all; where there are more, a random choice.
        seed: Seed of both draws.
    """
    rng = np.random.default_rng(seed)
    later = histories.orders_items[first_order:]
    row = np.repeat(np.arange(later.shape[0], dtype=np.int64), np.diff(later.indptr))
    item = later.indices.astype(np.int32)
    usable = known[item] & (later.data > 0)
    row, item = row[usable], item[usable]
    size = np.bincount(row, minlength=later.shape[0])
    enough = size[row] >= 2
    row, item = row[enough], item[enough]

    # A random key for every item of an order; the items with its smallest keys are the anchors.
    shuffled = np.lexsort((rng.random(len(row)), row))
    begin = np.searchsorted(row, np.arange(later.shape[0] + 1))
    chosen = shuffled[np.arange(len(row)) - begin[row] < MAX_ANCHORS]
    if len(chosen) > max_cases:
        chosen = rng.choice(chosen, max_cases, replace=False)
    chosen = np.sort(chosen)

    # Each case repeats its order's items, then leaves the anchor out.
    case_row, n_items_of = row[chosen], size[row[chosen]]
    case = np.repeat(np.arange(len(chosen)), n_items_of)
    place = np.arange(len(case)) - np.repeat(np.cumsum(n_items_of) - n_items_of, n_items_of) + begin[case_row][case]
    others = place != chosen[case]
    indptr = np.concatenate(([0], np.cumsum(n_items_of - 1))).astype(np.int64)
    return Cases(item[chosen], indptr, item[place[others]], (case_row + first_order).astype(np.int32))
