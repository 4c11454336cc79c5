"""Where a tuning looks for settings of the ranker."""

from dataclasses import asdict
from typing import Any

import optuna

from models.ranker import OBJECTIVES, RankerSettings

WHOLE = {"n_rounds": (50, 800), "num_leaves": (4, 127)}
"""Ranges of whole numbers, both ends included, searched by their logarithm: four times the defaults to either side,
and up to where a training of a million events takes minutes instead of one."""

REAL = {"learning_rate": (0.02, 0.4), "min_leaf_share": (1e-5, 1e-2), "lambda_l2": (0.1, 1_000.0)}
"""Ranges of numbers, searched by their logarithm."""

FEATURE_FRACTION = (0.1, 1.0)
"""Range of the share of features, searched as it is."""

DIGITS = 3
"""Significant digits of what is tried: no ranker tells more apart, and people read the file."""


def suggested(trial: optuna.Trial) -> RankerSettings:
    """The settings that a trial is to try."""
    values: dict[str, Any] = {"objective": trial.suggest_categorical("objective", OBJECTIVES)}
    values |= {name: trial.suggest_int(name, low, high, log=True) for name, (low, high) in WHOLE.items()}
    values |= {name: _rounded(trial.suggest_float(name, low, high, log=True)) for name, (low, high) in REAL.items()}
    values["feature_fraction"] = _rounded(trial.suggest_float("feature_fraction", *FEATURE_FRACTION))
    return RankerSettings(**values)


def nearest(settings: RankerSettings) -> dict[str, object]:
    """The point of the space that is nearest to some settings, which may lie outside of it."""
    ranges = {**WHOLE, **REAL, "feature_fraction": FEATURE_FRACTION}
    point = asdict(settings)
    return point | {name: min(max(point[name], low), high) for name, (low, high) in ranges.items()}


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
