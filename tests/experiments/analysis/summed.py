"""Sums of rows, and arms made of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from experiments.analysis.sums import ArmCounts, Counts, MetricSums
from experiments.definition import Metric


def summed(x: ArrayLike, y: ArrayLike = 1.0, c: ArrayLike = 0.0) -> MetricSums:
    """Of units given one by one."""
    rows = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float), np.asarray(c, float))
    x, y, c = rows
    return MetricSums(len(x), *(float(v.sum()) for v in (x, y, x * x, y * y, x * y, c, c * c, x * c, y * c)))


def shares(n: int, n_of_them: float) -> MetricSums:
    """Of n units, so many of which did it."""
    return MetricSums(n, n_of_them, n, n_of_them, n, n_of_them)


def an_arm(arm: str, n_units: int, metrics: Mapping[Metric, MetricSums] | None = None, **more: Any) -> ArmCounts:
    """Units that saw one answer each."""
    return ArmCounts(arm, n_units, n_units, metrics or {}, **more)


def counted(*arms: ArmCounts, **more: Any) -> Counts:
    """These arms."""
    return Counts({arm.arm: arm for arm in arms}, **more)


def buyers(control: tuple[int, float], new: tuple[int, float], **of_new: Any) -> Counts:
    """Units and buyers of two arms."""
    return counted(
        an_arm("control", control[0], {Metric.BUYERS: shares(*control)}),
        an_arm("new", new[0], {Metric.BUYERS: shares(*new)}, **of_new),
    )
