"""implicit's item-item neighbours."""

from dataclasses import dataclass

import numpy as np
from implicit.nearest_neighbours import ItemItemRecommender, normalize, tfidf_weight
from scipy.sparse import csr_array, csr_matrix

from models.candidates import Candidates
from models.generators.best import best_of_blocks
from models.histories import Histories

RUN_ANCHORS = 50_000
"""Anchors sorted at a time: 100 MB at 100 candidates."""


@dataclass(frozen=True, slots=True)
class ItemItem:
    """Cosine of TF-IDF weighted orders, by implicit."""

    @property
    def name(self) -> str:
        """As in settings and tables."""
        return "item_item"

    def generate(self, histories: Histories, n_candidates: int, *, n_threads: int = 1, seed: int = 0) -> Candidates:
        """See models.candidates.Generator."""
        n_items = histories.n_items
        if histories.orders_items.nnz == 0:
            return best_of_blocks([], n_items, n_candidates)
        # An item that every order holds has no weight, and so no direction: 0 / 0.
        with np.errstate(invalid="ignore"):
            weighted = csr_matrix(normalize(tfidf_weight(csr_matrix(histories.orders_items.T))).T)
        weighted.data = np.nan_to_num(weighted.data)
        # One more than wanted: an item is its own nearest neighbour.
        model = ItemItemRecommender(K=n_candidates + 1, num_threads=n_threads)
        model.fit(weighted, show_progress=False)
        similarity = model.similarity.tocsr()
        runs = range(0, n_items, RUN_ANCHORS)
        blocks = ((first, csr_array(similarity[first : first + RUN_ANCHORS], dtype=np.float32)) for first in runs)
        return best_of_blocks(blocks, n_items, n_candidates, n_threads=n_threads)
