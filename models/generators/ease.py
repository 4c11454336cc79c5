"""EASE: a linear model of each item from all the others, in closed form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import spotrf, spotri
from scipy.sparse import csr_array, diags_array
from threadpoolctl import threadpool_limits

from models.candidates import Candidates
from models.counting import column_sums
from models.errors import ModelError
from models.features.co_purchase import newness
from models.features.feature import NO_PRODUCTS, Feature
from models.generators.best import best_of_blocks
from models.histories import Histories
from models.pairs import Pairs

MIN_ORDERS = 5
"""Fewest orders of an item that is modelled: below it its row is mostly noise, and the work grows with the cube."""

RUN_ANCHORS = 1_000
"""Anchors whose weights are sorted at a time: 48 MB at 12,000 items."""


@dataclass(frozen=True, slots=True)
class Ease:
    """Weights of the anchor in predicting the item, from orders of which recent and small ones count more.

    With P the inverse of X' W X + ridge I the weight of anchor i for item j is -P[i, j] / P[j, j].
    Work grows with the cube of the modelled items and memory with their square, so no more than max_items are modelled:
    those of the most orders. Pairs of others have no weight.

    Attributes:
        ridge: Penalty on large weights, over 0.
        half_life: Share of the orders after which an older one counts half; 0 for no ageing.
        order_size_exponent: An order's weight falls as (items - 1) ** -order_size_exponent.
        max_items: Most items that are modelled; 12,000 take 2 GB and about a minute.

    Steck (2019), Embarrassingly Shallow Autoencoders for Sparse Data.
    """

    ridge: float = 75.0
    half_life: float = 0.3
    order_size_exponent: float = 0.5
    max_items: int = 12_000

    @property
    def name(self) -> str:
        """As in settings and tables."""
        return "ease"

    def generate(self, histories: Histories, n_candidates: int, *, n_threads: int = 1, seed: int = 0) -> Candidates:
        """See models.candidates.Generator."""
        return self.fit(histories, n_threads=n_threads, seed=seed).propose(n_candidates, n_threads=n_threads)

    def fit(self, histories: Histories, *, n_threads: int = 1, seed: int = 0) -> "EaseWeights":
        """See models.generators.model.ModelGenerator.

        Raises:
            ModelError: The ridge is too small for these orders.
        """
        orders = histories.orders_items
        n_orders_of = column_sums(orders)
        known = np.flatnonzero(n_orders_of >= MIN_ORDERS)
        known = np.sort(known[np.argsort(-n_orders_of[known], kind="stable")[: self.max_items]])
        sizes = np.diff(orders.indptr)
        ageing = newness(len(sizes), self.half_life) if self.half_life else 1.0
        weight = ageing * np.maximum(sizes - 1, 1.0) ** -self.order_size_exponent
        kept = csr_array(orders[:, known])
        gram = np.asarray((kept.T @ (diags_array(weight.astype(np.float32)) @ kept)).todense(), dtype=np.float32)
        gram[np.diag_indices_from(gram)] += np.float32(self.ridge)
        return EaseWeights(histories.n_items, known, _weights(gram))


@dataclass(frozen=True, slots=True, eq=False)
class EaseWeights:
    """A fitted model; see models.generators.model.FittedModel.

    Attributes:
        n_items: Items in all.
        known: The modelled items, ascending, shape (n_known,).
        weights: Of anchor and item, 0 on the diagonal, shape (n_known, n_known), float32.
    """

    n_items: int
    known: NDArray[np.int64]
    weights: NDArray[np.float32]

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        return (Feature("ease_weight", "weight", "the anchor's weight in a linear model of the item (EASE)"),)

    @property
    def n_products(self) -> NDArray[np.int64]:
        """See models.features.feature.Features."""
        return NO_PRODUCTS

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        place = np.full(self.n_items, -1)
        place[self.known] = np.arange(len(self.known))
        anchor, item = place[pairs.anchor], place[pairs.item]
        modelled = (anchor >= 0) & (item >= 0)
        values = np.full((len(pairs), 1), np.nan, np.float32)
        values[modelled, 0] = self.weights[anchor[modelled], item[modelled]]
        return values

    def propose(self, n_candidates: int, *, n_threads: int = 1) -> Candidates:
        """The items of the highest weights over 0 for each anchor."""
        blocks, first = [], 0
        for start in range(0, len(self.known), RUN_ANCHORS):
            rows = self.known[start : start + RUN_ANCHORS]
            end = self.n_items if start + RUN_ANCHORS >= len(self.known) else int(rows[-1]) + 1
            blocks.append((first, self._best(start, rows - first, end - first, n_candidates)))
            first = end
        return best_of_blocks(blocks, self.n_items, n_candidates, n_threads=n_threads)

    def _best(self, start: int, row: NDArray[np.int64], n_rows: int, n_candidates: int) -> csr_array:
        weights = self.weights[start : start + len(row)]
        n = min(n_candidates, len(self.known))
        best = np.sort(np.argpartition(-weights, n - 1, axis=1)[:, :n], axis=1)
        value = np.maximum(np.take_along_axis(weights, best, axis=1), 0)
        index = (value.ravel(), (np.repeat(row, n), self.known[best].ravel()))
        return csr_array(index, shape=(n_rows, self.n_items), dtype=np.float32)


def _weights(gram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Minus the inverse, each column by its diagonal, with 0 on the diagonal; the argument is overwritten."""
    if not len(gram):
        return gram
    with threadpool_limits(1, "blas"):  # another number of threads adds up in another order
        factor, fault = spotrf(gram, lower=True, overwrite_a=True)
        inverse, singular = spotri(factor, lower=True, overwrite_c=True)
    if fault or singular:
        raise ModelError("EASE cannot be solved: raise generators.ease.ridge, which must be over 0")
    inverse = np.tril(inverse)
    inverse += np.tril(inverse, -1).T
    inverse /= -np.diag(inverse).copy()
    np.fill_diagonal(inverse, 0)
    return np.ascontiguousarray(inverse, dtype=np.float32)
