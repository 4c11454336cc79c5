"""Ranked candidates, and the protocol of everything that proposes them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.histories import Histories
from models.lists import best_of_each


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """For every anchor a ranked list of items, never the anchor itself; higher scores first, ties by item index.

    Of items tied at the end of a list, which of them it holds depends on the data alone.

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
    def from_scores(cls, scores: csr_array, n_candidates: int) -> "Candidates":
        """Keep the best of each row of a score matrix, all of them over 0 and none an anchor's own.

        Args:
            scores: Shape (n_anchors, n_items), float32.
            n_candidates: Most items kept for an anchor, 1 or more.
        """
        n_anchors = scores.shape[0]
        anchor = np.repeat(np.arange(n_anchors), np.diff(scores.indptr))
        indptr, kept = best_of_each(anchor, scores.indices, scores.data, n_anchors=n_anchors, n_best=n_candidates)
        return cls(indptr, scores.indices[kept].astype(np.int32), scores.data[kept].astype(np.float32))


class Generator(Protocol):
    """Proposes candidates from histories. Same histories, same candidates, at any number of threads."""

    @property
    def name(self) -> str:
        """A short word for tables and settings, for instance `pair_counts`."""

    def generate(self, histories: Histories, n_candidates: int, *, n_threads: int = 1, seed: int = 0) -> Candidates:
        """At most n_candidates for every anchor that has evidence; an empty list for the others.

        Args:
            histories: What to learn from.
            n_candidates: Most items for an anchor, 1 or more.
            n_threads: Threads to use, 1 or more.
            seed: Of anything random.
        """
