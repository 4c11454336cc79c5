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
from models.features.feature import NO_PRODUCTS, Feature
from models.generators.best import best_of_blocks
from models.histories import Histories
from models.pairs import Pairs

CHUNK_PAIRS = 500_000
"""Pairs whose factors are multiplied at a time: 2 x 128 MB at 64 factors."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Cosine of ALS item factors, over pairs that share an order.

    Only pairs that share an order are proposed, as all pairs would grow with the square of the items. Pairs that
    shoppers made in several orders are for shopper_pairs to propose.

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
        return self.fit(histories, n_threads=n_threads, seed=seed).propose(n_candidates, n_threads=n_threads)

    def fit(self, histories: Histories, *, n_threads: int = 1, seed: int = 0) -> "ItemVectors":
        """See models.generators.model.ModelGenerator."""
        orders_items = histories.orders_items
        if orders_items.nnz == 0:
            nothing = np.zeros((histories.n_items, self.factors), np.float32)
            return ItemVectors(orders_items, nothing, nothing, nothing)
        with threadpool_limits(1, "blas"):  # implicit has threads of its own, and ours must add up in one order
            model = AlternatingLeastSquares(
                factors=self.factors,
                iterations=self.iterations,
                regularization=self.regularization,
                alpha=self.alpha,
                random_state=seed,
                num_threads=n_threads,
            )
            model.fit(csr_matrix(orders_items), show_progress=False)
            vectors = np.asarray(model.item_factors, dtype=np.float32)
            unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
            return ItemVectors(orders_items, vectors, unit, self._shoppers_of_one(vectors))

    def _shoppers_of_one(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The factors of a shopper who bought one item, for each item, shape as vectors.

        The closed form of ALS with one row, a purchase at the confidence that implicit fits with, alpha; the inverse by
        Sherman and Morrison (1950).
        """
        regular = vectors.T @ vectors + self.regularization * np.eye(vectors.shape[1], dtype=np.float32)
        solved = np.linalg.solve(regular.astype(np.float64), vectors.T.astype(np.float64)).T
        pull = np.einsum("if,if->i", solved, vectors)
        return np.asarray(self.alpha * solved / (1 + (self.alpha - 1) * pull)[:, None], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ItemVectors:
    """A fitted factorisation; see models.generators.model.FittedModel.

    Attributes:
        orders_items: What it was fitted on.
        vectors: Shape (n_items, n_factors), float32.
        unit: The same, each of length 1 or 0.
        folded_in: Factors of a shopper who bought the one item, shape as vectors.
    """

    orders_items: csr_array
    vectors: NDArray[np.float32]
    unit: NDArray[np.float32]
    folded_in: NDArray[np.float32]

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        return (
            Feature("als_cosine", "cosine", "how alike the two items' ALS factors are"),
            Feature("als_fold_in", "preference", "what ALS expects of a shopper who bought the anchor alone"),
        )

    @property
    def n_products(self) -> NDArray[np.int64]:
        """See models.features.feature.Features."""
        return NO_PRODUCTS

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        anchor, item = pairs.anchor, pairs.item
        products = [
            _products(self.unit, self.unit, anchor, item),
            _products(self.folded_in, self.vectors, anchor, item),
        ]
        return np.column_stack(products)

    def propose(self, n_candidates: int, *, n_threads: int = 1) -> Candidates:
        """The items of the highest cosine over 0 among those that share an order with the anchor."""

        def scored() -> Iterator[tuple[int, csr_array]]:
            for first, block in PairCounter(self.orders_items, n_threads=n_threads).blocks():
                anchor = first + np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
                block.data[:] = _products(self.unit, self.unit, anchor, block.indices)
                yield first, block

        blocks = scored() if self.orders_items.nnz else []
        return best_of_blocks(blocks, len(self.vectors), n_candidates, n_threads=n_threads)


def _products(
    left: NDArray[np.float32], right: NDArray[np.float32], row: NDArray[np.integer], column: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Inner products of pairs of rows, shape (n_pairs,), float32."""
    values = np.zeros(len(row), np.float32)
    for start in range(0, len(row), CHUNK_PAIRS):
        part = slice(start, start + CHUNK_PAIRS)
        values[part] = np.einsum("pf,pf->p", left[row[part]], right[column[part]])
    return values
