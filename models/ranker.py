"""The ranker: gradient-boosted trees on all that is known of a pair, fitted on orders later than that."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.calibration import IDENTITY, Calibration
from models.examples import Examples
from models.features.feature import Feature

MIN_POSITIVES = 50.0
"""Fewest hits, weighted as pages are, to fit on; below it the ranker falls back on the share of recent orders."""

OBJECTIVES = ("cross_entropy", "lambdarank")
"""What the trees can be grown for."""

MIN_EXAMPLES = 1_000
"""Fewest pairs to fit on: fifty leaves of twenty. A shop of a few items has fewer; their shares say it all."""

GRADES = 100
"""Steps of relevance that lambdarank tells apart."""

FALLBACK = "order_share_root"
"""The feature that ranks where there is too little to learn from."""


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """How the trees are grown. Chosen on slices of the training parts of UCI Online Retail II and Tmall together.

    Attributes:
        objective: `cross_entropy`, a classifier of each pair's share of pages, or `lambdarank`, which learns the order
            of each page's list.
        n_rounds: Trees.
        learning_rate: What each tree counts.
        num_leaves: Leaves of a tree.
        min_leaf_share: Fewest examples in a leaf, as a share of all of them.
        lambda_l2: Pull of a leaf's value towards 0, in pages; at most a fiftieth of the hits, or a small shop would
            learn nothing.
        feature_fraction: Share of the features that each tree may use.
    """

    objective: str = "cross_entropy"
    n_rounds: int = 200
    learning_rate: float = 0.1
    num_leaves: int = 15
    min_leaf_share: float = 0.0005
    lambda_l2: float = 100.0
    feature_fraction: float = 0.4


@dataclass(frozen=True, eq=False)
class Ranker:
    """Scores pairs by their features.

    Attributes:
        columns: Names of the features, in the order of the table.
        trees: LightGBM's text form; empty where there was too little to learn from.
        is_logit: Whether the trees give log odds that are still to be squeezed into 0 to 1.
        n_positives: Hits behind the fit, weighted as pages are.
        calibration: From score to probability.
    """

    columns: tuple[str, ...]
    trees: str
    is_logit: bool
    n_positives: float
    calibration: Calibration = field(default=IDENTITY)

    @cached_property
    def _booster(self) -> lightgbm.Booster:
        return lightgbm.Booster(model_str=self.trees)

    def score(self, table: NDArray[np.float32], *, n_threads: int = 1) -> NDArray[np.float64]:
        """Score of each pair, 0 to 1, higher first, shape (n_pairs,).

        Args:
            table: Features, shape (n_pairs, n_columns).
            n_threads: Threads to use; they change no bit.
        """
        if not len(table):
            return np.zeros(0)
        if not self.trees:
            return np.asarray(table[:, self.columns.index(FALLBACK)], dtype=np.float64)
        score = np.asarray(self._booster.predict(table, num_threads=n_threads), dtype=np.float64)
        return 1 / (1 + np.exp(-score)) if self.is_logit else score

    def probability(self, table: NDArray[np.float32], *, n_threads: int = 1) -> NDArray[np.float32]:
        """Probability that the item joins an order of the anchor's page, shape (n_pairs,), float32."""
        return self.calibration(self.score(table, n_threads=n_threads))

    def gains(self) -> NDArray[np.float64]:
        """Share of each feature in the gain of all splits, shape (n_columns,); all 0 without trees."""
        if not self.trees:
            return np.zeros(len(self.columns))
        gains = np.asarray(self._booster.feature_importance("gain"), dtype=np.float64)
        return np.asarray(gains / max(gains.sum(), 1e-9))


def fit_ranker(
    slices: Sequence[Examples],
    columns: Sequence[Feature],
    settings: RankerSettings,
    *,
    n_threads: int = 1,
    seed: int = 0,
) -> Ranker:
    """Fit on slices of time, each with features from before it and outcomes from within it.

    Args:
        slices: Any number.
        columns: The features, in the order of the slices' tables.
        settings: How the trees are grown.
        n_threads: Threads to use; they change no bit.
        seed: Of the features that each tree may use.

    Ke et al. (2017), LightGBM: A Highly Efficient Gradient Boosting Decision Tree; Burges (2010), From RankNet to
    LambdaRank to LambdaMART: An Overview.
    """
    names = tuple(column.name for column in columns)
    n_positives = float(sum((part.outcome * part.pages).sum() for part in slices))
    if n_positives < MIN_POSITIVES or sum(len(part.table) for part in slices) < MIN_EXAMPLES:
        return Ranker(names, "", False, n_positives)
    table = np.concatenate([part.table for part in slices])
    outcome = np.concatenate([part.outcome for part in slices])
    weight = np.concatenate([part.weight for part in slices])
    parameters = {
        "objective": settings.objective,
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.num_leaves,
        "min_data_in_leaf": max(20, int(settings.min_leaf_share * len(table))),
        "lambda_l2": min(settings.lambda_l2, n_positives / 50),
        "feature_fraction": settings.feature_fraction,
        "max_bin": 63,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": n_threads,
        "verbose": -1,
    }
    is_ranking = settings.objective == "lambdarank"
    group = None
    if is_ranking:
        outcome = np.round(outcome * GRADES).astype(np.int32)
        group = np.concatenate([part.lengths for part in slices])
        parameters |= {"label_gain": list(range(GRADES + 1)), "lambdarank_truncation_level": 20}
    data = lightgbm.Dataset(table, outcome, weight=weight, group=group, feature_name=list(names))
    booster = lightgbm.train(parameters, data, settings.n_rounds)
    return Ranker(names, _without_parameters(booster.model_to_string()), is_ranking, n_positives)


def _without_parameters(trees: str) -> str:
    """The text without how it was fitted: that names the number of threads, so equal trees would differ."""
    before, _, rest = trees.partition("\nparameters:\n")
    return before + rest.partition("\nend of parameters\n")[2]
