"""How far the probabilities can be trusted, in pictures, and what they are made of."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import PercentFormatter

from training.canvas import BLUE, MUTED, ORANGE, RULE, VERMILION, new_axes, rows_of_text, set_title
from training.importance import FeatureShare
from training.reliability import Reliability
from training.risk_coverage import RiskCoverage

MAX_FEATURES = 20
"""Most features drawn: the others' shares are small."""


def draw_reliability(reliability: Reliability) -> Picture:
    """Share bought against the probability said, by bin; on the line the two agree."""
    picture, axes = new_axes(5.2)
    stated = np.array([one.stated for one in reliability.bins])
    bought = np.array([(one.bought.value, one.bought.low, one.bought.high) for one in reliability.bins]).reshape(-1, 3)
    top = 1.05 * max(stated.max(initial=0.01), bought.max(initial=0.01))
    axes.plot([0, top], [0, top], color=MUTED, linewidth=1, linestyle="--")
    axes.vlines(stated, bought[:, 1], bought[:, 2], color=BLUE, linewidth=2)
    axes.plot(stated, bought[:, 0], "o", color=BLUE, markersize=6)
    _percents(axes)
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    axes.set_xlabel("probability said")
    axes.set_ylabel("share bought, 95 % interval")
    set_title(
        axes,
        "Were the probabilities right?",
        f"{reliability.n_shown:,} items, the first {reliability.k} of each list, in bins of equal size; "
        f"calibration error {reliability.error.value:.3f}",
    )
    return picture


def draw_risk_coverage(curve: RiskCoverage) -> Picture:
    """Hit rate and precision when only the surest pages are answered."""
    picture, axes = new_axes(4.4)
    axes.grid(color=RULE, linewidth=0.8)
    for name, colour, style, values in (
        ("pages with a bought item", BLUE, "-", curve.hit_rate),
        ("shown items that were bought", ORANGE, "--", curve.precision),
    ):
        axes.fill_between(curve.coverage, values[:, 1], values[:, 2], color=colour, alpha=0.2, linewidth=0)
        axes.plot(curve.coverage, values[:, 0], color=colour, linestyle=style, linewidth=2, label=name)
    axes.axvline(0.5, color=MUTED, linewidth=1, linestyle=":")
    axes.plot(0.5, curve.at_half.value, "D", color=VERMILION, markersize=7)
    axes.annotate(
        f"{curve.gain_at_half.value:.2f} times the overall rate",
        (0.5, curve.at_half.value),
        (8, 8),
        textcoords="offset points",
        fontsize=9,
    )
    _percents(axes)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, float(np.clip(1.1 * np.max(curve.hit_rate[4:, 2]), 0.01, 1.0)))
    axes.set_xlabel("share of the pages answered, the surest first")
    axes.set_ylabel("share, 95 % interval")
    axes.legend(loc="best", frameon=False, fontsize=9)
    set_title(axes, "Is it right more often where it is sure?", f"the first {curve.k} of each list")
    return picture


def draw_importance(importance: Sequence[FeatureShare]) -> Picture:
    """The features by their share of the ranker's gain, the weightiest on top."""
    ordered = sorted(importance, key=lambda one: (-one.gain_share, one.name))[:MAX_FEATURES]
    picture, axes = rows_of_text(len(ordered))
    places = np.arange(len(ordered))[::-1]
    axes.barh(places, [one.gain_share for one in ordered], color=BLUE, height=0.7)
    axes.set_yticks(places, [one.name.replace("_", " ") for one in ordered])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %", decimals=0))
    axes.set_xlabel("share of the gain of all splits")
    others = len(importance) - len(ordered)
    set_title(
        axes, "What the ranker looks at", f"{others} further features are not drawn" if others else "all features"
    )
    return picture


def _percents(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %", decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %", decimals=0))
