"""Orders of a few items, by their letters."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.histories import Histories
from models.items import Catalogue, ItemIndex
from training.cases import Cases


def orders(*baskets: str, n_items: int = 6) -> Histories:
    """Histories whose orders hold these items, one letter each."""
    letters = "abcdefghijklmnopqrstuvwxyz"[:n_items]
    rows = np.zeros((len(baskets), n_items), np.float32)
    for row, basket in enumerate(baskets):
        rows[row, [letters.index(letter) for letter in basket]] = 1
    return Histories(
        ItemIndex(letters),
        Catalogue.unknown(n_items),
        csr_array(rows),
        np.arange(len(baskets), dtype=np.int64),
        np.arange(len(baskets), dtype=np.int32),
        csr_array((0, n_items), dtype=np.float32),
        csr_array((0, n_items), dtype=np.float32),
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        np.zeros(0, np.int32),
    )


def all_known(n_items: int = 6) -> NDArray[np.bool_]:
    return np.ones(n_items, np.bool_)


def pages(cases: Cases) -> list[tuple[int, int, list[int]]]:
    """Order, anchor and relevant items of each case."""
    bounds = cases.relevant_indptr
    return [
        (int(order), int(anchor), cases.relevant_item[bounds[i] : bounds[i + 1]].tolist())
        for i, (order, anchor) in enumerate(zip(cases.order, cases.anchor, strict=True))
    ]
