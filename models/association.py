"""How much more often than by chance two items are bought together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.counting import PairCounter, column_sums, values_at
from models.pair_features import PairFeatures


def lift(
    both: NDArray[np.floating], left: NDArray[np.floating], right: NDArray[np.floating], chance: float
) -> NDArray[np.float64]:
    """How many times more often than chance, one added to both sides so that rare items stay near 1.

    Args:
        both: Rows that hold both items, shape (n_pairs,).
        left: Rows that hold the left item, shape (n_pairs,).
        right: Rows that hold the right item, shape (n_pairs,).
        chance: left * right * chance rows would hold both if items did not care for each other.
    """
    return np.asarray((both + 1.0) / (left * right * chance + 1.0), dtype=np.float64)


def chance_of_uneven(rows_items: csr_array) -> float:
    """The chance for rows of very different sizes: who buys much buys anything together.

    With d the items of each row, sum of d (d - 1) / (sum of d) squared: the expected number of rows with both items
    under the bipartite configuration model, divided by the products of the items' counts.

    Newman (2010), Networks: An Introduction, chapter 13.
    """
    sizes = np.diff(rows_items.indptr).astype(np.float64)
    total = sizes.sum()
    return float((sizes * (sizes - 1)).sum() / total**2) if total else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Associated:
    """What is known of a run of pairs, each array of shape (n_pairs,).

    Attributes:
        n_shoppers: Distinct shoppers who bought both, in one order or in several.
        order_lift: Against items that fall into orders independently.
        shopper_lift: Against items that fall to shoppers by how much each buys.
    """

    n_shoppers: NDArray[np.float32]
    order_lift: NDArray[np.float64]
    shopper_lift: NDArray[np.float64]


class Association:
    """Lifts of pairs in orders and among shoppers, and how many shoppers made each pair.

    Args:
        orders_items: 1 where the order holds the item, shape (n_orders, n_items).
        shoppers_items: 1 where the shopper bought the item, shape (n_shoppers, n_items).
        n_threads: Threads to count with.
    """

    def __init__(self, orders_items: csr_array, shoppers_items: csr_array, *, n_threads: int = 1) -> None:
        self._shoppers = PairCounter(shoppers_items, n_threads=n_threads)
        self._orders = PairCounter(orders_items, n_threads=n_threads)
        self._n_orders_of, self._n_shoppers_of = column_sums(orders_items), column_sums(shoppers_items)
        self.n_products = self._shoppers.n_products + self._orders.n_products
        """Products behind each anchor's counts, shape (n_items,)."""
        self._chance_in_order = 1 / max(1, orders_items.shape[0])
        self._chance_of_shopper = chance_of_uneven(shoppers_items)

    def of(self, features: PairFeatures, first: int, end: int) -> Associated:
        """Counts and lifts of the pairs, which are of anchors first to end - 1."""
        anchor, item = features.anchor, features.item
        n_orders = values_at(self._orders.count(first, end), anchor - first, item)
        n_shoppers = values_at(self._shoppers.count(first, end), anchor - first, item)
        orders_of, shoppers_of = self._n_orders_of, self._n_shoppers_of
        return Associated(
            n_shoppers,
            lift(n_orders, orders_of[anchor], orders_of[item], self._chance_in_order),
            lift(n_shoppers, shoppers_of[anchor], shoppers_of[item], self._chance_of_shopper),
        )
