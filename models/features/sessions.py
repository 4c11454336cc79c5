"""What people look at together, and what lookers buy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from models.counting import column_sums, distinct_by
from models.features.co_purchase import newness
from models.features.feature import Feature, share, table_of
from models.features.weighted_counts import WeightedCounts
from models.histories import Histories
from models.pairs import Pairs

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
        viewers, buyers = _same_shoppers(histories)
        ones = [np.ones(viewers.shape[0])]
        self._viewed_bought = WeightedCounts(buyers, ones, rows_anchors=viewers, n_threads=n_threads)
        self._bought_viewed = WeightedCounts(viewers, ones, rows_anchors=buyers, n_threads=n_threads)
        self._views = column_sums(seen)
        parts = (self._sessions, self._viewed_bought, self._bought_viewed)
        self.n_products = np.sum([part.n_products for part in parts], axis=0)

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        return (
            Feature("sessions", "sessions", "sessions that look at both"),
            Feature("session_share", "share of sessions", "the anchor's sessions that look at the item"),
            Feature("session_share_recent", "share of sessions", "the same, recent sessions counting more"),
            Feature("session_cosine", "cosine", "sessions that look at both against the mean of both items' sessions"),
            Feature("viewers_who_bought", "share of shoppers", "the anchor's lookers who bought the item"),
            Feature("buyers_who_viewed", "share of shoppers", "the anchor's buyers who looked at the item"),
        )

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        anchor = pairs.anchor
        plain, recent = self._sessions.of(pairs)
        (bought,), (viewed,) = self._viewed_bought.of(pairs), self._bought_viewed.of(pairs)
        columns: list[NDArray[Any]] = [
            plain,
            share(plain, self._sessions.of_anchor[0][anchor]),
            share(recent, self._sessions.of_anchor[1][anchor]),
            plain / np.sqrt((self._views[anchor] + 3) * (self._views[pairs.item] + 3)),
            share(bought, self._viewed_bought.of_anchor[0][anchor]),
            share(viewed, self._bought_viewed.of_anchor[0][anchor]),
        ]
        return table_of(columns)


def _same_shoppers(histories: Histories) -> tuple[csr_array, csr_array]:
    """Who looked at and who bought each item, two matrices of the same shoppers in their rows."""
    orders, sessions = histories.orders_items, histories.sessions_items
    nothing_bought = csr_array(sessions.shape, dtype=np.float32)
    nothing_seen = csr_array(orders.shape, dtype=np.float32)
    shopper = np.concatenate((histories.order_shopper, histories.session_shopper))
    if not len(shopper):
        return nothing_bought, nothing_bought
    seen = distinct_by(csr_array(vstack((nothing_seen, sessions))), shopper)
    bought = distinct_by(csr_array(vstack((orders, nothing_bought))), shopper)
    return seen, bought
