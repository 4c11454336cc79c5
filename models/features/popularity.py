"""How much each of the two items sells, and whether that is rising."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from models.counting import column_sums
from models.features.co_purchase import newness
from models.features.feature import NO_PRODUCTS, Feature, table_of
from models.histories import Histories
from models.pairs import Pairs

DAY_S = 86_400
HALF_LIVES_DAYS = (7, 28, 90)
YEAR_DAYS = 365.25
SEASON_DAYS = 30.0
"""Standard deviation of the season around the coming month, a year before and two."""


class Popularity:
    """Shares of all orders, of both items, now and before.

    Args:
        histories: What people did; its newest order is now.
    """

    n_products = NO_PRODUCTS

    def __init__(self, histories: Histories) -> None:
        orders, times = histories.orders_items, histories.order_time_s
        now = int(times[-1]) if len(times) else 0
        age_days = (now - times) / DAY_S
        n_orders, sizes = max(1, histories.n_orders), np.diff(orders.indptr)
        self._orders = column_sums(orders)
        self._share = self._orders / n_orders
        self._recent = [_share_of(orders, 0.5 ** (age_days / days)) for days in HALF_LIVES_DAYS]
        self._small = _share_of(orders, newness(len(times), 0.1) / np.maximum(sizes - 1, 1))
        centre = [years * YEAR_DAYS - SEASON_DAYS for years in (1, 2)]
        season = np.sum([np.exp(-0.5 * ((age_days - day) / SEASON_DAYS) ** 2) for day in centre], axis=0)
        self._season = _share_of(orders, season)
        self._size = column_sums(csr_array(diags_array(sizes.astype(np.float64)) @ orders)) / np.maximum(
            self._orders, 1
        )
        item, row = orders.indices, np.repeat(np.arange(histories.n_orders), sizes)
        first, last = np.full((2, histories.n_items), np.nan)
        last[item] = age_days[row]  # rows are in the order of time: the last to be written is the newest
        first[item[::-1]] = age_days[row[::-1]]
        self._age, self._idle = first, last

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        recent = (
            Feature(f"item_popularity_{days}d", "share of orders", f"orders with the item, halved every {days} days")
            for days in HALF_LIVES_DAYS
        )
        return (
            Feature("anchor_orders", "orders", "orders with the anchor"),
            Feature("item_orders", "orders", "orders with the item"),
            Feature("item_popularity", "share of orders", "orders with the item"),
            *recent,
            Feature("item_popularity_small", "share of orders", "recent orders with the item, large ones less"),
            Feature(
                "item_popularity_season", "share of orders", "orders with the item in the coming month of past years"
            ),
            Feature("item_trend_week", "ratio", "the item's popularity of a week against that of a month"),
            Feature("item_trend_month", "ratio", "the item's popularity of a month against that of always"),
            Feature("anchor_trend_month", "ratio", "the anchor's popularity of a month against that of always"),
            Feature("item_age", "days", "time since the item's first order"),
            Feature("anchor_age", "days", "time since the anchor's first order"),
            Feature("item_idle", "days", "time since the item's latest order"),
            Feature("item_order_size", "items", "mean size of the item's orders"),
            Feature("anchor_order_size", "items", "mean size of the anchor's orders"),
        )

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        anchor, item = pairs.anchor, pairs.item
        week, month = self._recent[0], self._recent[1]
        columns: list[NDArray[Any]] = [
            self._orders[anchor],
            self._orders[item],
            self._share[item],
            *(recent[item] for recent in self._recent),
            self._small[item],
            self._season[item],
            week[item] / (month[item] + 1e-5),
            month[item] / (self._share[item] + 1e-5),
            month[anchor] / (self._share[anchor] + 1e-5),
            self._age[item],
            self._age[anchor],
            self._idle[item],
            self._size[item],
            self._size[anchor],
        ]
        return table_of(columns)


def _share_of(orders_items: csr_array, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted share of the orders that hold each item, shape (n_items,)."""
    return np.asarray(column_sums(csr_array(diags_array(weight) @ orders_items)) / max(float(weight.sum()), 1e-9))
