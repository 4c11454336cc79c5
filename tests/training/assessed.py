"""A training's result with everything a report tells, made by hand from a few pages."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from models.candidates import Candidates
from tests.training.trained import ITEMS, PAIRS, result_in
from training.assessment import Assessment, assess
from training.bars import Bar, PlacementRules
from training.cases import Cases
from training.evaluation import Figure
from training.importance import FeatureShare
from training.result import TrainingResult

CATEGORIES = ("photo/bags", "light/bulbs", "photo/cameras", "photo/cards", "light/lamps")
POPULARITY = np.array([5, 20, 60, 10, 5])

IMPORTANCE = (
    FeatureShare("pair_counts_log", 0.7, "logarithm of the orders that hold both"),
    FeatureShare("price_ratio", 0.3, "price of the item over that of the page"),
)


def published() -> Candidates:
    """PAIRS without the alternatives."""
    lists = [[pair for pair in PAIRS.get(item_id, []) if pair[2] != 4] for item_id in ITEMS.ids]
    flat = [pair for pairs in lists for pair in pairs]
    return Candidates(
        np.cumsum([0, *map(len, lists)]),
        ITEMS.indices_of(item_id for item_id, *_ in flat),
        np.array([probability for _, probability, *_ in flat], np.float32),
    )


def assessed(categories: tuple[str, ...] = CATEGORIES) -> Assessment:
    """Forty orders of a camera with a card or a lamp with a bag, read on the camera's and the lamp's pages."""
    n = 40
    anchor = np.where(np.arange(n) % 4 < 3, ITEMS.index_of("camera"), ITEMS.index_of("lamp")).astype(np.int32)
    bought = np.where(np.arange(n) % 4 < 3, ITEMS.index_of("card"), ITEMS.index_of("bag")).astype(np.int32)
    cases = Cases(anchor, np.arange(n + 1, dtype=np.int64), bought, np.arange(n, dtype=np.int32))
    bars = {
        "product_page": Bar(PlacementRules(4, 0.2), 0.3, 0.25, 300),
        "cart": Bar(PlacementRules(3, 0.9), 0.45, 0.5, 300),
        "order_confirmation": Bar(PlacementRules(3, 0.2), 0.2, 0.0, 0),
    }
    lists = {"published": published(), "popularity": published()}
    known = np.ones(len(ITEMS), np.bool_)
    return assess(cases, lists, POPULARITY, known, categories, bars, k=10, n_bootstrap=100, seed=0)


def assessed_result_in(directory: Path, *, name: str = "bundle") -> TrainingResult:
    """A result with its bundle in a new folder of the directory, a champion it was compared with and all there is."""
    result = result_in(directory, name=name)
    assert result.evaluation is not None
    own = result.evaluation.figures["ranker"]
    ahead = {metric: Figure(0.02, 0.01, 0.03) for metric in own}
    costs = {metric: Figure(0.05, 0.04, 0.06) for metric in own}
    evaluation = replace(
        result.evaluation,
        figures={**result.evaluation.figures, "published": own, "champion": own},
        differences={**result.evaluation.differences, "published": costs, "champion": ahead},
        published_differences={"champion": ahead},
    )
    return replace(result, evaluation=evaluation, assessment=assessed(), importance=IMPORTANCE)
