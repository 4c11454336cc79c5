"""The pairs that generators propose, for a run of anchors at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates

RUN_PAIRS = 500_000
"""Proposals of one run of anchors: 100 MB of features at 50 columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of a run of anchors, in order of anchor, then item.

    Attributes:
        anchors: The run's anchors, ascending, shape (n_anchors,), int64.
        row: Place of each pair's anchor among them, shape (n_pairs,), int64.
        item: Shape (n_pairs,), int64.
    """

    anchors: NDArray[np.int64]
    row: NDArray[np.int64]
    item: NDArray[np.int64]

    @property
    def anchor(self) -> NDArray[np.int64]:
        """The anchor of each pair, shape (n_pairs,)."""
        return np.asarray(self.anchors[self.row])

    def __len__(self) -> int:
        return len(self.item)

    def only(self, keep: NDArray[np.bool_]) -> "Pairs":
        """Some of the pairs, of the same run of anchors."""
        return Pairs(self.anchors, self.row[keep], self.item[keep])


def proposed_pairs(candidates: Mapping[str, Candidates], anchors: NDArray[np.integer]) -> Pairs:
    """Every pair that any generator proposes for the anchors.

    Args:
        candidates: By generator, one or more.
        anchors: Ascending, shape (n_anchors,).
    """
    n_items = next(iter(candidates.values())).n_items
    keys = []
    for own in candidates.values():
        begin, length = own.indptr[anchors], np.diff(own.indptr)[anchors]
        row = np.repeat(np.arange(len(anchors), dtype=np.int64), length)
        place = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length) + begin[row]
        keys.append(row * n_items + own.item[place])
    key = np.unique(np.concatenate(keys))
    return Pairs(anchors.astype(np.int64), key // max(1, n_items), key % max(1, n_items))


def runs_of_pairs(
    candidates: Mapping[str, Candidates], anchors: NDArray[np.integer], *, n_pairs: int = RUN_PAIRS
) -> Iterator[NDArray[np.integer]]:
    """The anchors in runs of about n_pairs proposals, or of one anchor, so that features fit in memory."""
    total = np.cumsum([np.diff(own.indptr)[anchors] for own in candidates.values()], axis=1).sum(axis=0)
    start = 0
    while start < len(anchors):
        before = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, before + n_pairs, side="right")))
        yield anchors[start:stop]
        start = stop
