"""Joins blocks of scores into one set of candidates."""

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_array

from models.candidates import Candidates
from models.counting import top_of_rows
from models.lists import indptr_of


def best_of_blocks(
    blocks: Iterable[tuple[int, csr_array]], n_items: int, n_candidates: int, *, n_threads: int = 1
) -> Candidates:
    """Keep the best of each anchor, block by block; an anchor's own place and scores of 0 or less are left out.

    Args:
        blocks: First anchor and scores of consecutive blocks that cover all anchors.
        n_items: Anchors in all.
        n_candidates: Most items kept for an anchor.
        n_threads: Threads to select with.
    """
    parts = [
        Candidates.from_scores(top_of_rows(without_self(first, block), n_candidates, n_threads=n_threads), n_candidates)
        for first, block in blocks
    ]
    if not parts:
        return Candidates(np.zeros(n_items + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    return Candidates(
        indptr_of(np.concatenate([np.diff(part.indptr) for part in parts])),
        np.concatenate([part.item for part in parts]),
        np.concatenate([part.score for part in parts]),
    )


def without_self(first: int, block: csr_array) -> csr_array:
    """The block, in place, with 0 where an anchor meets itself."""
    row = np.repeat(np.arange(first, first + block.shape[0]), np.diff(block.indptr))
    block.data[block.indices == row] = 0
    return block
