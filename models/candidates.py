"""Ranked candidates, and the protocol of everything that proposes them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.histories import Histories


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """For every anchor a ranked list of items, never the anchor itself; higher scores first, ties by item index.

    Attributes:
        indptr: Where each anchor's list begins, shape (n_items + 1,), int64.
        item: The proposed items, shape (n_pairs,), int32.
        score: The generator's own score, comparable within one anchor's list, shape (n_pairs,), float32; over 0.
    """

    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    score: NDArray[np.float32]

    @property
    def n_items(self) -> int:
        """Anchors, with or without a list."""
        return len(self.indptr) - 1

    def of(self, anchor: int) -> NDArray[np.int32]:
        """The ranked list of one anchor."""
        return self.item[self.indptr[anchor] : self.indptr[anchor + 1]]

    def anchors(self) -> NDArray[np.int32]:
        """The anchor of each pair, shape (n_pairs,)."""
        return np.repeat(np.arange(self.n_items, dtype=np.int32), np.diff(self.indptr))

    @classmethod
    def from_scores(cls, anchors_items: csr_array, n_candidates: int) -> "Candidates":
        """Keep the best of each row of a score matrix.

        Args:
            anchors_items: Scores, shape (n_items, n_items); the diagonal and scores of 0 or less are left out.
            n_candidates: Most items kept for an anchor, 1 or more.
        """
        pairs = anchors_items.tocoo()
        anchor, item, score = pairs.row.astype(np.int32), pairs.col.astype(np.int32), pairs.data.astype(np.float32)
        keep = (score > 0) & (anchor != item)
        anchor, item, score = anchor[keep], item[keep], score[keep]
        order = np.lexsort((item, -score, anchor))
        anchor, item, score = anchor[order], item[order], score[order]
        indptr = np.searchsorted(anchor, np.arange(anchors_items.shape[0] + 1)).astype(np.int64)
        keep = np.arange(len(anchor)) - indptr[anchor] < n_candidates
        kept = np.minimum(np.diff(indptr), n_candidates)
        return cls(np.concatenate(([0], np.cumsum(kept))).astype(np.int64), item[keep], score[keep])


class Generator(Protocol):
    """Proposes candidates from histories. Same histories, same candidates, at any number of threads."""

    @property
    def name(self) -> str:
        """A short word for tables and settings, for instance `pair_counts`."""

    def generate(self, histories: Histories, n_candidates: int) -> Candidates:
        """At most n_candidates for every anchor that has evidence; an empty list for the others."""
