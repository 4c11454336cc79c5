"""What a tuning tries settings on: examples from some slices of time, and pages of the slice that follows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates
from models.evidence import Evidence
from models.examples import Examples
from models.features.feature import Feature
from models.histories import Histories
from models.lists import best_of_each
from models.ranker import MIN_POSITIVES, RankerSettings, fit_ranker
from training.cases import Cases
from training.contribution import cap_contributions
from training.lab import Lab
from training.metrics.ndcg import ndcg
from training.settings import TrainingSettings
from training.shown import shown_lists
from training.split import Slice, split_in_time
from training.steps import Steps

MAX_FOLDS = 2
"""Most slices that settings are scored on: the latest ones, as more of them cost a trial more than they add."""


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One slice's pages, with what a ranker for them may learn from.

    Attributes:
        examples: From the slices before it, one or more.
        columns: Features, in the order of the tables.
        anchor: Anchor of each pair that may be shown on the pages, ascending, shape (n_pairs,), int64.
        item: Its item, shape (n_pairs,), int64.
        table: Its features from before the slice, shape (n_pairs, n_columns), float32.
        cases: The pages, one or more.
        known: Items a list may hold, shape (n_items,).
    """

    examples: tuple[Examples, ...]
    columns: tuple[Feature, ...]
    anchor: NDArray[np.int64]
    item: NDArray[np.int64]
    table: NDArray[np.float32]
    cases: Cases
    known: NDArray[np.bool_]

    def score(
        self, ranker: RankerSettings, *, k: int, n_best: int, n_threads: int, seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """NDCG@k of a ranker of such settings: its sum over the pages of each order, and how many pages those are.

        Args:
            ranker: How its trees are grown.
            k: Length of the scored list.
            n_best: Most items kept for an anchor before those that a list may not hold are skipped.
            n_threads: Threads to use; they change no bit.
            seed: Of the fit.

        Returns:
            Two arrays of shape (n_orders,), orders in time order.
        """
        fitted = fit_ranker(self.examples, self.columns, ranker, n_threads=n_threads, seed=seed)
        row = np.unique(self.anchor, return_inverse=True)[1]
        score = fitted.probability(self.table, row, n_threads=n_threads)
        indptr, kept = best_of_each(self.anchor, self.item, score, n_anchors=len(self.known), n_best=n_best)
        lists = Candidates(indptr, self.item[kept].astype(np.int32), score[kept])
        shown = shown_lists(self.cases, lists, self.known, k)
        sums = shown.by_order(ndcg(shown.hit, self.cases.n_relevant), np.ones(len(self.cases)))
        return sums[:, 0], sums[:, 1]


def folds_before_test(
    histories: Histories, settings: TrainingSettings, *, n_threads: int, steps: Steps
) -> tuple[Fold, ...]:
    """The latest slices before the test slice that have something to learn from, oldest first, MAX_FOLDS at most.

    The last is the slice that a training calibrates on, with the examples that it fits on; the one before it is the
    latest of those, with the examples of the others. The test slice is cut off before anything is looked at.

    Args:
        histories: What there is to learn from, contributions not capped yet.
        settings: How to count, and where to cut.
        n_threads: Threads to use; they change no bit.
        steps: Told of each step.
    """
    slices, past = _slices_before_test(histories, settings)
    lab = Lab(past, settings, n_threads)
    examples: list[Examples] = []
    folds: list[Fold] = []
    for number, each in enumerate(slices, start=1):
        with steps(f"counting what came before slice {number} of {len(slices)}"):
            before, evidence = lab.before(each)
            if number > len(slices) - MAX_FOLDS and _can_be_fitted_on(examples):
                cases, known = lab.cases(each, before)
                if len(cases):
                    folds.append(_fold(examples, evidence, cases, known))
            if number < len(slices):
                examples.append(lab.examples(each, before, evidence))
    return tuple(folds)


def _slices_before_test(histories: Histories, settings: TrainingSettings) -> tuple[list[Slice], Histories]:
    """The usable slices before the test slice, oldest first, and the capped histories they are rows of."""
    split = split_in_time(
        histories,
        n_slices=settings.n_slices,
        validation_share=settings.validation_share,
        test_share=settings.test_share,
    )
    past, _ = cap_contributions(histories.before(split.test.start_s), settings.max_items_per_shopper)
    starts = [each.start_s for each in (*split.ranker, split.calibration) if each.is_usable]
    rows = np.searchsorted(past.order_time_s, [*starts, split.test.start_s], side="left").tolist()
    slices = [Slice(start, first, end) for start, (first, end) in zip(starts, pairwise(rows), strict=True)]
    return [each for each in slices if each.is_usable], past


def _can_be_fitted_on(examples: Sequence[Examples]) -> bool:
    """Whether trees would be grown at all: where none are, no setting of theirs makes a difference."""
    return sum(float((part.outcome * part.pages).sum()) for part in examples) >= MIN_POSITIVES


def _fold(examples: Sequence[Examples], evidence: Evidence, cases: Cases, known: NDArray[np.bool_]) -> Fold:
    pairs = list(evidence.runs(np.unique(cases.anchor)))
    return Fold(
        tuple(examples),
        evidence.columns,
        np.concatenate([run.anchor for run in pairs]),
        np.concatenate([run.item for run in pairs]),
        np.concatenate([evidence.table(run) for run in pairs]),
        cases,
        known,
    )
