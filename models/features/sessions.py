"""What people look at together, and what lookers buy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.counting import column_sums
from models.features.co_purchase import newness
from models.features.feature import Feature, share, table_of
from models.features.shared_shoppers import by_same_shoppers
from models.features.weighted_counts import WeightedCounts
from models.histories import Histories
from models.pairs import Pairs
from models.sequences import looked_at_before

RECENT = 0.1
"""Share of the sessions after which an older one counts half."""


class Sessions:
    """Co-views, and cross-counts of views with purchases; views, favourites and additions to the cart alike.

    Args:
        histories: What people did.
        n_threads: Threads to count with.
    """

    def __init__(self, histories: Histories, *, n_threads: int = 1) -> None:
        seen = histories.sessions_items.copy()
        seen.data = np.ones_like(seen.data)
        n = histories.n_sessions
        self._sessions = WeightedCounts(seen, [np.ones(n), newness(n, RECENT)], n_threads=n_threads)
        looked, ones = looked_at_before(histories), [np.ones(histories.n_orders)]
        self._looked_bought = WeightedCounts(histories.orders_items, ones, rows_anchors=looked, n_threads=n_threads)
        viewers, buyers = by_same_shoppers(histories, histories.sessions_items)
        ones = [np.ones(viewers.shape[0])]
        self._bought_viewed = WeightedCounts(viewers, ones, rows_anchors=buyers, n_threads=n_threads)
        self._views = column_sums(seen)
        parts = (self._sessions, self._looked_bought, self._bought_viewed)
        self.n_products = np.sum([part.n_products for part in parts], axis=0)

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        return (
            Feature("sessions", "sessions", "sessions that look at both"),
            Feature("session_share", "share of sessions", "the anchor's sessions that look at the item"),
            Feature("session_share_recent", "share of sessions", "the same, recent sessions counting more"),
            Feature("session_cosine", "cosine", "sessions that look at both against the mean of both items' sessions"),
            Feature("looked_then_bought", "share of orders", "orders after a look at the anchor that hold the item"),
            Feature("buyers_who_viewed", "share of shoppers", "the anchor's buyers who looked at the item"),
        )

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        anchor = pairs.anchor
        plain, recent = self._sessions.of(pairs)
        (bought,), (viewed,) = self._looked_bought.of(pairs), self._bought_viewed.of(pairs)
        columns: list[NDArray[Any]] = [
            plain,
            share(plain, self._sessions.of_anchor[0][anchor]),
            share(recent, self._sessions.of_anchor[1][anchor]),
            plain / np.sqrt((self._views[anchor] + 3) * (self._views[pairs.item] + 3)),
            share(bought, self._looked_bought.of_anchor[0][anchor]),
            share(viewed, self._bought_viewed.of_anchor[0][anchor]),
        ]
        return table_of(columns)
