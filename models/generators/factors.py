"""implicit's alternating least squares: items whose factors point the same way."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from implicit.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix
from threadpoolctl import threadpool_limits

from models.candidates import Candidates
from models.counting import PairCounter
from models.generators.best import best_of_blocks
from models.histories import Histories

CHUNK_PAIRS = 500_000
"""Pairs whose factors are multiplied at a time: 2 x 128 MB at 64 factors."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Cosine of ALS item factors, over pairs that share an order.

    Only pairs that share an order are scored, as all pairs would grow with the square of the items. Pairs that shoppers
    made in several orders are for shopper_pairs to propose.

    Attributes:
        factors: Length of an item's vector.
        iterations: Passes over the data.
        regularization: Weight of the penalty on long vectors.
        alpha: Confidence of a purchase against the absence of one.

    Hu, Koren and Volinsky (2008), Collaborative Filtering for Implicit Feedback Datasets.
    """

    factors: int = 64
    iterations: int = 10
    regularization: float = 0.05
    alpha: float = 5.0

    @property
    def name(self) -> str:
        """As in settings and tables."""
        return "als"

    def generate(self, histories: Histories, n_candidates: int, *, n_threads: int = 1, seed: int = 0) -> Candidates:
        """See models.candidates.Generator."""
        if histories.orders_items.nnz == 0:
            return best_of_blocks([], histories.n_items, n_candidates)
        unit = self._unit_vectors(histories.orders_items, n_threads, seed)

        def scored() -> Iterator[tuple[int, csr_array]]:
            for first, block in PairCounter(histories.orders_items, n_threads=n_threads).blocks():
                anchor = first + np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
                for start in range(0, block.nnz, CHUNK_PAIRS):
                    part = slice(start, start + CHUNK_PAIRS)
                    block.data[part] = np.einsum("pf,pf->p", unit[anchor[part]], unit[block.indices[part]])
                yield first, block

        return best_of_blocks(scored(), histories.n_items, n_candidates, n_threads=n_threads)

    def _unit_vectors(self, orders_items: csr_array, n_threads: int, seed: int) -> NDArray[np.float32]:
        with threadpool_limits(1, "blas"):  # implicit has threads of its own
            model = AlternatingLeastSquares(
                factors=self.factors,
                iterations=self.iterations,
                regularization=self.regularization,
                alpha=self.alpha,
                random_state=seed,
                num_threads=n_threads,
            )
            model.fit(csr_matrix(orders_items), show_progress=False)
        vectors = model.item_factors
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)
