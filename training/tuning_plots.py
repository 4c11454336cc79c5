"""A tuning in pictures: how the figure rose, and which settings it hangs on."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import MaxNLocator, PercentFormatter

from training.canvas import BLUE, MUTED, VERMILION, new_axes, rows_of_text, set_title
from training.tuning import Tuned


def draw_history(tuned: Tuned, k: int) -> Picture:
    """NDCG of every trial, the best so far, and how high a trial must come to stand out from chance."""
    picture, axes = new_axes(3.6)
    number = [trial.number for trial in tuned.trials]
    value = np.array([trial.ndcg.value for trial in tuned.trials])
    axes.plot(number, value, "o", color=BLUE, markersize=5)
    axes.step(number, np.maximum.accumulate(value), where="post", color=BLUE, linewidth=1.5)
    axes.plot(tuned.best.number, tuned.best.ndcg.value, "D", color=VERMILION, markersize=8)
    axes.axhline(value[0] + tuned.needed, color=MUTED, linewidth=1, linestyle=":")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("trial")
    axes.set_ylabel(f"NDCG@{k}")
    set_title(
        axes,
        "Did the search find better settings?",
        "the line is the best so far; above the dotted line the gain on trial 0 is more than luck",
    )
    return picture


def draw_setting_importance(importance: Mapping[str, float]) -> Picture:
    """The settings by their share of the variance between trials, weightiest on top."""
    ordered = sorted(importance.items(), key=lambda one: (-one[1], one[0]))
    picture, axes = rows_of_text(len(ordered))
    places = np.arange(len(ordered))[::-1]
    axes.barh(places, [share for _, share in ordered], color=BLUE, height=0.7)
    axes.set_yticks(places, [name.replace("_", " ") for name, _ in ordered])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %", decimals=0))
    axes.set_xlabel("share of the variance of NDCG between trials")
    set_title(axes, "Which settings does it hang on?", "of a forest of trees fitted to the trials")
    return picture
