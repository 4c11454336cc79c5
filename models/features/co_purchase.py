"""How often two items share an order, under several weightings of the orders."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.counting import column_sums
from models.features.feature import Feature, share, table_of
from models.features.weighted_counts import WeightedCounts
from models.generators.log_likelihood import log_likelihood_ratio
from models.histories import Histories
from models.pairs import Pairs


@dataclass(frozen=True, slots=True)
class Weighting:
    """What an order counts.

    Attributes:
        name: Short word.
        size_exponent: w falls as (items in the order - 1) ** -size_exponent.
        half_life: Share of all orders after which an older one counts half; 0 for no ageing. A share and not a number
            of days: a shop of two years and one of six months then need no settings of their own.
    """

    name: str
    size_exponent: float
    half_life: float

    def of(self, sizes: NDArray[np.integer]) -> NDArray[np.float64]:
        """Weight of each order, oldest first, shape as sizes."""
        weight = np.maximum(sizes - 1, 1.0) ** -self.size_exponent
        if self.half_life:
            weight *= newness(len(sizes), self.half_life)
        return np.asarray(weight)

    @property
    def words(self) -> str:
        """For descriptions."""
        size = {0.0: "all alike", 0.5: "large ones by the root of their size less", 1.0: "large ones less"}
        age = f", halved every {100 * self.half_life:g} % of the orders back" if self.half_life else ""
        return f"orders counting {size[self.size_exponent]}{age}"


WEIGHTINGS = (
    Weighting("plain", 0.0, 0.0),
    Weighting("small", 1.0, 0.0),
    Weighting("small_recent", 1.0, 0.2),
    Weighting("root_recent", 0.5, 0.3),
    Weighting("root", 0.5, 0.0),
    Weighting("latest", 0.0, 0.1),
    Weighting("last", 0.0, 0.03),
)
"""On the orders before the last tenth of UCI Online Retail II root_recent alone has the highest NDCG of some 20 tried,
on Tmall too; the others let the ranker correct it."""


def newness(n_rows: int, half_life: float) -> NDArray[np.float64]:
    """1 for the newest row, halved with every half_life of the rows before it, oldest first, shape (n_rows,)."""
    return np.asarray(0.5 ** ((1 - (np.arange(n_rows) + 0.5) / max(1, n_rows)) / half_life))


RECENT = 2
"""The weighting whose share is compared with that of the anchor's best item."""

DAMPED = ("root_recent", "small_recent", "latest")
EXPONENTS = (0.15, 0.3)
"""What pair_counts found best on recent root-weighted orders, and twice that: rarer items are worth more of a lift."""

SMOOTHING = 5.0
"""Orders added to an item's own, so that a rare one is not lifted by chance."""


class CoPurchase:
    """Shares of the anchor's orders that hold the item, and how surprising they are.

    Args:
        histories: What people did.
        n_threads: Threads to count with.
    """

    def __init__(self, histories: Histories, *, n_threads: int = 1) -> None:
        orders = histories.orders_items
        sizes = np.diff(orders.indptr)
        self._counts = WeightedCounts(orders, [each.of(sizes) for each in WEIGHTINGS], n_threads=n_threads)
        self._n_orders, self._of_item = max(1, histories.n_orders), column_sums(orders)
        self.n_products = self._counts.n_products

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        shares = (
            Feature(f"order_share_{each.name}", "share of orders", f"the anchor's orders with the item, {each.words}")
            for each in WEIGHTINGS
        )
        damped = (
            Feature(
                f"order_share_{each.name}_by_{exponent:g}",
                "share of orders",
                f"the anchor's orders with the item against the item's own to the power of {exponent:g}, {each.words}",
            )
            for each in WEIGHTINGS
            if each.name in DAMPED
            for exponent in EXPONENTS
        )
        return (
            *shares,
            *damped,
            Feature("orders", "orders", "orders that hold both"),
            Feature("order_share_of_best", "ratio", "the recent small orders' share against that of the anchor's best"),
            Feature("order_cosine", "cosine", "orders with both against the mean of both items' orders"),
            Feature("order_lift", "logarithm", "how many times more often than chance orders hold both"),
            Feature("order_surprise", "log-likelihood ratio", "how unlikely the shared orders are by chance"),
        )

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        anchor, item = pairs.anchor, pairs.item
        counts, best = self._counts.with_best(pairs, RECENT)
        shares = [share(both, own[anchor]) for both, own in zip(counts, self._counts.of_anchor, strict=True)]
        n_both, n_anchor, n_item = counts[0].astype(np.float64), self._of_item[anchor], self._of_item[item]
        damped = [
            both / (own[anchor] + 1) * (own[item] / max(1e-9, own.sum()) * 1e4 + SMOOTHING) ** -exponent
            for each, both, own in zip(WEIGHTINGS, counts, self._counts.of_anchor, strict=True)
            if each.name in DAMPED
            for exponent in EXPONENTS
        ]
        expected = n_anchor * n_item / self._n_orders
        columns: list[NDArray[Any]] = [
            *shares,
            *damped,
            n_both,
            counts[RECENT] / np.maximum(best, 1e-9),
            n_both / np.sqrt((n_anchor + 3) * (n_item + 3)),
            np.log((n_both + 0.1) / (expected + 0.1)),
            log_likelihood_ratio(n_both, np.column_stack((n_anchor, n_item)), self._n_orders),
        ]
        return table_of(columns)
