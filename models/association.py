"""How much more often than by chance two items are bought together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.counting import column_sums, distinct_by
from models.features.shoppers import touched
from models.histories import Histories
from models.pairs import Pairs


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
        n_buyers: Distinct shoppers who bought both, in one order or in several.
        n_shoppers: Distinct shoppers who were of both by any act: bought, carted, favourited or looked at.
        buyer_lift: Against items that fall to shoppers by how much each buys, damped as in `lift`.
        order_excess: Orders that hold both, against those expected of items that fall into orders independently.
        buyer_excess: Shoppers who bought both, against those expected by how much each buys.
        shopper_excess: The same, by any act. An excess is not damped: 0 where nobody joined the pair.
    """

    n_buyers: NDArray[np.float32]
    n_shoppers: NDArray[np.float32]
    buyer_lift: NDArray[np.float64]
    order_excess: NDArray[np.float64]
    buyer_excess: NDArray[np.float64]
    shopper_excess: NDArray[np.float64]


COUNTS = ("orders", "buyers", "history_shoppers")
"""The features that count who joins a pair: orders, their shoppers, shoppers by any act."""


class Association:
    """Lifts of pairs in orders and among shoppers, and how many shoppers made each pair.

    Args:
        histories: What people did.
    """

    def __init__(self, histories: Histories) -> None:
        orders = histories.orders_items
        bought, any_act = distinct_by(orders, histories.order_shopper), touched(histories)
        chances = (1 / max(1, histories.n_orders), chance_of_uneven(bought), chance_of_uneven(any_act))
        self._of_item = [column_sums(rows) for rows in (orders, bought, any_act)]
        self._chances = chances

    def of(self, pairs: Pairs, counted: Mapping[str, NDArray[np.float32]]) -> Associated:
        """Counts and lifts of the pairs.

        Args:
            pairs: Of any anchors.
            counted: Features of the pairs by name, at least COUNTS, each of shape (n_pairs,).
        """
        both = [counted[name] for name in COUNTS]
        chances = [
            of_item[pairs.anchor] * of_item[pairs.item] * chance
            for of_item, chance in zip(self._of_item, self._chances, strict=True)
        ]
        excess = [n_both / np.maximum(expected, 1e-12) for n_both, expected in zip(both, chances, strict=True)]
        buyers_of = self._of_item[1]
        buyer_lift = lift(both[1], buyers_of[pairs.anchor], buyers_of[pairs.item], self._chances[1])
        return Associated(both[1], both[2], buyer_lift, *excess)
