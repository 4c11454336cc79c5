"""What the ranker learns from: pairs as they looked before a slice of time, and what became of them in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from models.counting import PairCounter, column_sums, values_at
from models.evidence import Evidence

PAGES_PER_ORDER = 3
"""Most pages that count of one order: without a limit, one wholesale order of 500 lines would outweigh 160 of three."""

DEPTH = 10
"""Places of a list that are looked at."""

MAX_EXAMPLES = 1_500_000
"""Most proposals that a slice's examples are taken from, whole anchors evenly spaced."""

NEGATIVES_KEPT = 0.2
"""Share of the pairs that never came true that is kept; each then counts for five."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Pairs of one slice of time, anchor by anchor.

    A page is an item of a later order of two known items or more; each of its pairs came true where the order holds
    the item.

    Attributes:
        table: Features from before the slice, shape (n_pairs, n_columns), float32.
        outcome: Share of the pair's pages that came true, those of few relevant items counting more, as in NDCG,
            shape (n_pairs,), 0 to 1.
        weight: What the pair counts in the fit, over 0, shape (n_pairs,).
        plain_outcome: Share of the pair's pages that came true, shape (n_pairs,), 0 to 1.
        pages: Pages of the anchor, over 0, times what the pair stands for; shape (n_pairs,).
        lengths: Pairs of each anchor, shape (n_anchors,), int64.
    """

    table: NDArray[np.float32]
    outcome: NDArray[np.float64]
    weight: NDArray[np.float64]
    plain_outcome: NDArray[np.float64]
    pages: NDArray[np.float64]
    lengths: NDArray[np.int64]


def page_weights(orders_items: csr_array, known: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each page of an order counts, and what it counts in NDCG, each of shape (n_orders,).

    Args:
        orders_items: 1 where the order holds the item, shape (n_orders, n_items).
        known: Items that count, shape (n_items,); an order of fewer than two has no page, and so counts 0.
    """
    sizes = np.asarray(orders_items @ known.astype(np.float64))
    pages = np.where(sizes >= 2, np.minimum(1.0, PAGES_PER_ORDER / np.maximum(sizes, 1)), 0.0)
    best = np.cumsum(1 / np.log2(np.arange(2, DEPTH + 2)))
    return pages, pages / best[np.clip(sizes - 2, 0, DEPTH - 1).astype(int)]


def examples_of(
    evidence: Evidence,
    later_orders_items: csr_array,
    known: NDArray[np.bool_],
    *,
    max_examples: int = MAX_EXAMPLES,
    n_threads: int = 1,
    seed: int = 0,
) -> Examples:
    """Pairs proposed for the items of later orders, and whether they came true.

    Args:
        evidence: From before the later orders.
        later_orders_items: 1 where the order holds the item, shape (n_later_orders, n_items).
        known: Items whose pages and joining count, shape (n_items,).
        max_examples: Most proposals to take them from; where there are more, the anchors are thinned.
        n_threads: Threads to count with; they change no bit.
        seed: Decides which of the pairs that never came true are kept.
    """
    rng = np.random.default_rng(seed)
    weights = page_weights(later_orders_items, known)
    counters = [PairCounter(later_orders_items, row_weight=weight, n_threads=n_threads) for weight in weights]
    pages_of = [column_sums(csr_array(diags_array(weight) @ later_orders_items)) for weight in weights]
    anchors = _thinned(evidence, pages_of[0], known, max_examples)
    none = np.zeros(0)
    parts = [Examples(np.zeros((0, len(evidence.columns)), np.float32), none, none, none, none, np.zeros(0, np.int64))]
    for proposed in evidence.runs(anchors):
        pairs = proposed.only(known[proposed.item])
        hits = [values_at(counter.count_of(pairs.anchors), pairs.row, pairs.item) for counter in counters]
        keep = (hits[0] > 0) | (rng.random(len(pairs)) < NEGATIVES_KEPT)
        stands_for = np.where(hits[0] > 0, 1.0, 1 / NEGATIVES_KEPT)[keep]
        pairs = pairs.only(keep)
        pages, gain_pages = (pages_of_weighting[pairs.anchor] for pages_of_weighting in pages_of)
        parts.append(
            Examples(
                evidence.table(pairs),
                np.minimum(1.0, hits[1][keep] / gain_pages),
                gain_pages * stands_for,
                np.minimum(1.0, hits[0][keep] / pages),
                pages * stands_for,
                np.unique(pairs.row, return_counts=True)[1].astype(np.int64),
            )
        )
    return Examples(
        np.concatenate([part.table for part in parts]),
        np.concatenate([part.outcome for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.plain_outcome for part in parts]),
        np.concatenate([part.pages for part in parts]),
        np.concatenate([part.lengths for part in parts]),
    )


def _thinned(
    evidence: Evidence, pages: NDArray[np.float64], known: NDArray[np.bool_], max_examples: int
) -> NDArray[np.int64]:
    """Known anchors with pages and proposals, evenly thinned to about max_examples pairs."""
    proposals = np.max([np.diff(own.indptr) for own in evidence.candidates.values()], axis=0)
    anchors = np.flatnonzero((pages > 0) & known & (proposals > 0))
    # The generators overlap: their union is about three times the longest list.
    step = max(1, int(np.ceil(3 * proposals[anchors].sum() / max_examples)))
    return anchors[::step]
