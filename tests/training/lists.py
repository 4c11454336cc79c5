"""Ranked lists made up, and their figures."""

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates
from tests.training.orders import all_known
from training.cases import Cases
from training.evaluation import Evaluation, evaluate
from training.shown import Shown


def lists_of(**items_of: list[int]) -> Candidates:
    """Ranked lists by anchor, letters a to f."""
    rows = [items_of.get(letter, []) for letter in "abcdef"]
    flat = [item for row in rows for item in row]
    score = [1 / (1 + place) for row in rows for place in range(len(row))]
    return Candidates(np.cumsum([0, *map(len, rows)]), np.array(flat, np.int32), np.array(score, np.float32))


def score(cases: Cases, known: NDArray[np.bool_] | None = None, k: int = 2, **lists: Candidates) -> Evaluation:
    known = all_known() if known is None else known
    return evaluate(cases, lists, np.ones(6, np.int64), known, k=k, n_bootstrap=200, seed=0)


def shown(score: NDArray[np.floating], hit: NDArray[np.bool_], cluster: NDArray[np.int64] | None = None) -> Shown:
    """Every score over 0 is an item shown; by default each case is an order of its own."""
    score = np.asarray(score, np.float32)
    cluster = np.arange(len(score)) if cluster is None else cluster
    item = np.where(score > 0, 1, -1).astype(np.int32)
    return Shown(item, score, np.asarray(hit, np.bool_), cluster, int(cluster.max(initial=-1)) + 1)
