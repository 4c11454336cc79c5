"""What trainings and tunings do alike: evidence from before a slice of time, examples and pages from within it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.counting import column_sums
from models.evidence import Evidence, gather_evidence
from models.examples import Examples, examples_of
from models.features.feature import Feature
from models.histories import Histories
from models.ranker import Ranker, fit_ranker
from models.ranking import Ranking, rank
from training.cases import Cases, sample_cases
from training.contribution import cap_contributions
from training.settings import TrainingSettings
from training.split import Slice

MIN_ORDERS_KNOWN = 5
"""Fewest training orders that hold an item for it to be scored, as in common evaluation protocols."""


class Lab:
    """The steps of learning, with what stays the same between them.

    Args:
        histories: All there is to learn from, each shopper's contribution capped; a step looks at nothing that is
            later than its slice.
        settings: How to learn.
        n_threads: Threads to use, 1 or more; they change no bit.
        uncapped: The same before the cap, the histories themselves where not given. The past is capped by itself: what
            a shopper bought later must not push out what counted then.
    """

    def __init__(
        self, histories: Histories, settings: TrainingSettings, n_threads: int, *, uncapped: Histories | None = None
    ) -> None:
        self.histories, self.settings, self.n_threads = histories, settings, n_threads
        self._uncapped = histories if uncapped is None else uncapped
        self._columns: tuple[Feature, ...] = ()

    def gather(self, past: Histories) -> Evidence:
        """Everything that some histories say of pairs."""
        settings = self.settings
        evidence = gather_evidence(
            past, settings.generators, settings.n_candidates, n_threads=self.n_threads, seed=settings.seed
        )
        self._columns = evidence.columns
        return evidence

    def past(self, each: Slice) -> Histories:
        """What had happened before a slice, each shopper's contribution capped."""
        past, _ = cap_contributions(self._uncapped.before(each.start_s), self.settings.max_items_per_shopper)
        return past

    def before(self, each: Slice) -> tuple[Histories, Evidence]:
        """What had happened before a slice, and what it says of pairs."""
        past = self.past(each)
        return past, self.gather(past)

    def examples(self, each: Slice, past: Histories, evidence: Evidence) -> Examples:
        """What the ranker learns from a slice, given what had happened before it and what that says."""
        later = self.histories.orders_items[each.first : each.end]
        known = column_sums(past.orders_items) >= MIN_ORDERS_KNOWN
        return examples_of(evidence, later, known, n_threads=self.n_threads, seed=self.settings.seed)

    def fit(self, examples: Sequence[Examples]) -> Ranker:
        """A ranker of the slices' examples, its probabilities not calibrated yet."""
        columns = self._columns or self.gather(self.histories.before(0)).columns
        settings = self.settings
        return fit_ranker(examples, columns, settings.ranker, n_threads=self.n_threads, seed=settings.seed)

    def cases(self, each: Slice, past: Histories) -> tuple[Cases, NDArray[np.bool_]]:
        """Pages of the slice's orders with known outcomes, and the items that a list may hold on them."""
        known = column_sums(past.orders_items) >= MIN_ORDERS_KNOWN
        settings = self.settings
        upto = replace(self.histories, orders_items=self.histories.orders_items[: each.end])
        return sample_cases(upto, each.first, known, max_cases=settings.max_cases, seed=settings.seed), known

    def rank(
        self, past: Histories, evidence: Evidence, ranker: Ranker, anchors: NDArray[np.integer] | None = None
    ) -> Ranking:
        """The lists of the anchors, all of them where not given."""
        settings = self.settings
        return rank(
            past,
            evidence,
            ranker,
            min_shoppers=settings.min_shoppers,
            min_lift=settings.min_lift,
            max_candidates=settings.max_candidates,
            rules=settings.relations,
            known=column_sums(past.orders_items) >= MIN_ORDERS_KNOWN,
            anchors=anchors,
            n_threads=self.n_threads,
        )
