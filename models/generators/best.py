"""Joins blocks of scores into one set of candidates."""

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_array

from models.candidates import Candidates
from models.counting import top_of_rows


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
    lengths = np.concatenate([np.diff(part.indptr) for part in parts]) if parts else np.zeros(n_items, np.int64)
    return Candidates(
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        np.concatenate([part.item for part in parts]) if parts else np.zeros(0, np.int32),
        np.concatenate([part.score for part in parts]) if parts else np.zeros(0, np.float32),
    )


def without_self(first: int, block: csr_array) -> csr_array:
    """The block, in place, with 0 where an anchor meets itself."""
    row = np.repeat(np.arange(first, first + block.shape[0]), np.diff(block.indptr))
    block.data[block.indices == row] = 0
    return block
