"""The ranker: gradient-boosted trees on all that is known of a pair, fitted on orders later than that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models.calibration import IDENTITY, Calibration
from models.examples import Examples
from models.features.feature import Feature

MIN_POSITIVES = 50.0
"""Fewest hits, weighted as pages are, to fit on; below it the ranker falls back on the share of recent orders."""

FORESTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "both": ("cross_entropy", "lambdarank"),
        "cross_entropy": ("cross_entropy",),
        "lambdarank": ("lambdarank",),
    }
)
"""What the trees of each objective are grown for."""

OBJECTIVES = tuple(FORESTS)
"""What a ranker can be fitted for."""

LAMBDARANK_ROUNDS = 0.5
"""Share of the rounds that lambdarank gets: on Tmall's few hits its lists fell apart between 150 and 200 of them."""

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
        objective: `cross_entropy`, a classifier of each pair's share of pages; `lambdarank`, which learns the order of
            each page's list; or `both`, the mean of the two: what errs differently errs less together.
        n_rounds: Trees of the classifier; lambdarank has half as many.
        learning_rate: What each tree counts.
        num_leaves: Leaves of a tree.
        min_leaf_share: Fewest examples in a leaf, as a share of all of them.
        lambda_l2: Pull of a leaf's value towards 0, in pages; at most a fiftieth of the hits, or a small shop would
            learn nothing.
        feature_fraction: Share of the features that each tree may use.
    """

    objective: str = "both"
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
        trees: LightGBM's text form of each forest by what it was grown for; empty where there was too little to learn
            from. Each gives log odds, and their mean is squeezed into 0 to 1.
        n_positives: Hits behind the fit, weighted as pages are.
        calibration: From score to probability.
    """

    columns: tuple[str, ...]
    trees: Mapping[str, str]
    n_positives: float
    calibration: Calibration = field(default=IDENTITY)

    @cached_property
    def _boosters(self) -> dict[str, lightgbm.Booster]:
        return {name: lightgbm.Booster(model_str=text) for name, text in self.trees.items()}

    def score(
        self,
        table: NDArray[np.float32],
        row: NDArray[np.integer],
        *,
        weight: NDArray[np.floating] | None = None,
        n_threads: int = 1,
    ) -> NDArray[np.float64]:
        """Score of each pair, 0 to 1, higher first, shape (n_pairs,).

        The classifier says how probable a pair is, lambdarank which of an anchor's pairs come first and no more than
        that: it never compared two anchors, so its scores count from their mean over the anchor's pairs.

        Args:
            table: Features, shape (n_pairs, n_columns).
            row: Number of each pair's anchor, rising from 0, shape (n_pairs,); all pairs of an anchor are there.
            weight: Pairs that each pair stands for, where some were left out, 0 where it is none of those that the
                calibration saw; shape (n_pairs,), 1 where not given.
            n_threads: Threads to use; they change no bit.
        """
        if not len(table):
            return np.zeros(0)
        if not self.trees:
            return np.asarray(table[:, self.columns.index(FALLBACK)], dtype=np.float64)
        log_odds = np.zeros(len(table))
        for name, booster in self._boosters.items():
            of_forest = np.asarray(booster.predict(table, raw_score=True, num_threads=n_threads), dtype=np.float64)
            if name == "lambdarank" and len(self.trees) > 1:
                of_forest -= _means(of_forest, row, weight)[row]
            log_odds += of_forest / len(self.trees)
        return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)

    def probability(
        self,
        table: NDArray[np.float32],
        row: NDArray[np.integer],
        *,
        weight: NDArray[np.floating] | None = None,
        n_threads: int = 1,
    ) -> NDArray[np.float32]:
        """Probability that the item joins an order of the anchor's page, shape (n_pairs,), float32; see `score`."""
        return self.calibration(self.score(table, row, weight=weight, n_threads=n_threads))

    def gains(self) -> NDArray[np.float64]:
        """Share of each feature in the gain of all splits, mean of the forests, shape (n_columns,); 0 without trees."""
        shares = np.zeros(len(self.columns))
        for booster in self._boosters.values():
            gains = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
            shares += gains / max(gains.sum(), 1e-9) / len(self.trees)
        return shares


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
        return Ranker(names, {}, n_positives)
    table = np.concatenate([part.table for part in slices])
    parameters: dict[str, Any] = {
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
    # Cut into bins once: the forests differ in what is asked of the pairs alone.
    data = lightgbm.Dataset(table, feature_name=list(names), params=parameters)
    data.set_weight(np.concatenate([part.weight for part in slices]))
    grow = {"cross_entropy": _grow_classifier, "lambdarank": _grow_lambdarank}
    trees = {
        name: _without_parameters(grow[name](data, slices, parameters, settings.n_rounds).model_to_string())
        for name in FORESTS[settings.objective]
    }
    return Ranker(names, trees, n_positives)


def _grow_classifier(
    data: lightgbm.Dataset, slices: Sequence[Examples], parameters: Mapping[str, Any], n_rounds: int
) -> lightgbm.Booster:
    data.set_label(np.concatenate([part.outcome for part in slices]))
    return lightgbm.train({**parameters, "objective": "cross_entropy"}, data, n_rounds)


def _grow_lambdarank(
    data: lightgbm.Dataset, slices: Sequence[Examples], parameters: Mapping[str, Any], n_rounds: int
) -> lightgbm.Booster:
    data.set_label(np.round(np.concatenate([part.outcome for part in slices]) * GRADES).astype(np.int32))
    data.set_group(np.concatenate([part.lengths for part in slices]))
    of_lists = {"objective": "lambdarank", "label_gain": list(range(GRADES + 1)), "lambdarank_truncation_level": 20}
    return lightgbm.train({**parameters, **of_lists}, data, max(1, int(LAMBDARANK_ROUNDS * n_rounds)))


def _means(
    values: NDArray[np.float64], row: NDArray[np.integer], weight: NDArray[np.floating] | None
) -> NDArray[np.float64]:
    """Weighted mean of each row's values, shape (n_rows,)."""
    weight = np.ones(len(values)) if weight is None else weight
    return np.asarray(np.bincount(row, values * weight) / np.maximum(np.bincount(row, weight), 1e-12))


def _without_parameters(trees: str) -> str:
    """The text without how it was fitted: that names the number of threads, so equal trees would differ."""
    before, _, rest = trees.partition("\nparameters:\n")
    return before + rest.partition("\nend of parameters\n")[2]
