"""Items looked at in the same session."""

from dataclasses import dataclass

import numpy as np

from models.candidates import Candidates
from models.counting import PairCounter, column_sums
from models.generators.best import best_of_blocks
from models.generators.pair_counts import recency
from models.histories import Histories


@dataclass(frozen=True, slots=True)
class CoViews:
    """Sessions that look at both, long sessions and popular items weighing less.

    score = sum of w over sessions with both / (sum of w over sessions with the item + smoothing)
        ** popularity_exponent, w = 0.5 ** (age / half_life_days) / (items in the session - 1) ** session_exponent.

    Attributes:
        half_life_days: Age at which a session counts half.
        session_exponent: 0 counts all sessions alike.
        popularity_exponent: 0 ranks by count alone, 0.5 nearly by cosine.
        smoothing: Sessions added to an item's own count.
    """

    half_life_days: float = 120.0
    session_exponent: float = 0.5
    popularity_exponent: float = 0.3
    smoothing: float = 10.0

    @property
    def name(self) -> str:
        """As in settings and tables."""
        return "co_views"

    def generate(self, histories: Histories, n_candidates: int, *, n_threads: int = 1, seed: int = 0) -> Candidates:
        """See models.candidates.Generator."""
        seen = histories.sessions_items.copy()
        seen.data = np.ones_like(seen.data)
        weight = recency(histories.session_time_s, self.half_life_days)
        weight = weight / np.maximum(np.diff(seen.indptr) - 1, 1) ** self.session_exponent
        own = column_sums(seen.multiply(weight[:, None]).tocsr())
        damping = (own + self.smoothing) ** -self.popularity_exponent
        counter = PairCounter(seen, row_weight=weight, item_weight=damping, n_threads=n_threads)
        return best_of_blocks(counter.blocks(), histories.n_items, n_candidates, n_threads=n_threads)
