"""What the generators say of each pair, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates

COLUMNS = 3
"""Columns of each generator."""

RANK_OFFSET = 5.0
"""Softens the head of a list: the first counts 1.41 times the sixth, in 1/sqrt(rank + offset)."""


@dataclass(frozen=True, slots=True, eq=False)
class PairFeatures:
    """The union of the generators' candidates for a run of anchors, pairs in order of anchor, then item.

    Attributes:
        anchor: Shape (n_pairs,), int64.
        item: Shape (n_pairs,), int64.
        values: COLUMNS for each generator, shape (n_pairs, 3 * n_generators), float64: the logarithm of its score
            against that of the anchor's best, 0 or less; 1 / sqrt(rank + RANK_OFFSET) with rank from 0; and the
            logarithm of the anchor's best score. Where it does not propose the pair its score is the smallest that it
            gives anywhere, and the second column is 0. The first two order an anchor's items, the third tells
            anchors apart: one slope for both would be wrong for each.
    """

    anchor: NDArray[np.int64]
    item: NDArray[np.int64]
    values: NDArray[np.float64]


def smallest_log_scores(candidates: Mapping[str, Candidates], names: Sequence[str]) -> NDArray[np.float64]:
    """For each generator the first percentile of its logarithmic scores, shape (n_generators,); 0 if it has none."""
    return np.array(
        [
            np.percentile(np.log(candidates[name].score.astype(np.float64)), 1.0, method="lower")
            if len(candidates[name].score)
            else 0.0
            for name in names
        ]
    )


def pair_features(
    candidates: Mapping[str, Candidates],
    names: Sequence[str],
    smallest: NDArray[np.float64],
    first: int,
    end: int,
) -> PairFeatures:
    """Features of every pair that any generator proposes for anchors first to end - 1.

    Args:
        candidates: By generator.
        names: Order of the columns.
        smallest: As smallest_log_scores gives it, for the histories the candidates come from.
        first: First anchor.
        end: One past the last anchor.
    """
    n_items = candidates[names[0]].n_items
    parts = [_part(candidates[name], first, end, n_items) for name in names]
    keys = np.unique(np.concatenate([key for key, _, _ in parts]))
    anchor = keys // n_items
    begins = np.flatnonzero(np.diff(anchor, prepend=-1))
    lengths = np.diff(begins, append=len(keys))
    values = np.zeros((len(keys), COLUMNS * len(names)))
    for number, (key, score, rank) in enumerate(parts):
        place = np.searchsorted(keys, key)
        log_score = np.full(len(keys), smallest[number])
        log_score[place] = np.maximum(np.log(score.astype(np.float64)), smallest[number])
        best = np.repeat(np.maximum.reduceat(log_score, begins), lengths) if len(keys) else log_score
        column = COLUMNS * number
        values[:, column] = log_score - best
        values[place, column + 1] = 1 / np.sqrt(rank + RANK_OFFSET)
        values[:, column + 2] = best
    return PairFeatures(anchor, keys % n_items, values)


def _part(
    candidates: Candidates, first: int, end: int, n_items: int
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    lengths = np.diff(candidates.indptr[first : end + 1])
    start, stop = candidates.indptr[first], candidates.indptr[end]
    anchor = np.repeat(np.arange(first, end, dtype=np.int64), lengths)
    rank = np.arange(start, stop) - np.repeat(candidates.indptr[first:end], lengths)
    return anchor * n_items + candidates.item[start:stop], candidates.score[start:stop], rank
