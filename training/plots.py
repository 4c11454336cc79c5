"""A training in pictures, one idea each: figures, differences, what is published, what became of the events."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import FuncFormatter, StrMethodFormatter
from numpy.typing import NDArray

from models.bundle.contents import RELATIONS
from training.canvas import BLUE, DPI, ORANGE, VERMILION, draw_intervals, new_axes, rows_of_text, set_title
from training.confidence_plots import draw_importance, draw_reliability, draw_risk_coverage
from training.evaluation import NOISY, PUBLISHED, RANKER, Evaluation
from training.ingest import IngestReport
from training.result import TrainingResult

N_BINS = 40

LONGEST_NAME = 42
"""Characters of a reason or a fault; longer ones would leave the bars no room."""

OURS = (RANKER, PUBLISHED, NOISY)


def draw_plots(result: TrainingResult, directory: Path) -> None:
    """Write the pictures as PNG files into a directory; those of figures only where there are figures."""
    pictures = {"events": draw_events(result.ingest)}
    if result.evaluation is not None:
        pictures["ndcg"] = draw_figures(result.evaluation, "NDCG", "NDCG")
        pictures["hit_rate"] = draw_figures(result.evaluation, "HR", "Hit rate")
        if result.evaluation.differences:
            pictures["ranker_minus_others"] = draw_differences(result.evaluation, "NDCG", "NDCG")
    if result.assessment is not None:
        pictures["reliability"] = draw_reliability(result.assessment.reliability)
        pictures["risk_coverage"] = draw_risk_coverage(result.assessment.risk_coverage)
    if result.importance:
        pictures["importance"] = draw_importance(result.importance)
    lengths, probability = _shown_pairs(result.bundle)
    pictures["list_lengths"] = draw_list_lengths(lengths)
    if len(probability):
        pictures["probabilities"] = draw_probabilities(probability)
    for name, picture in pictures.items():
        picture.savefig(directory / f"{name}.png", dpi=DPI)


def draw_figures(evaluation: Evaluation, metric: str, title: str) -> Picture:
    """A metric by method with intervals, best on top, the published one marked."""
    rows = {method: figures[metric] for method, figures in evaluation.figures.items()}
    picture, axes = rows_of_text(len(rows))
    draw_intervals(axes, rows, marked=OURS)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"{title}@{evaluation.k}, 95 % interval")
    set_title(
        axes,
        f"{title} of each method's lists",
        f"{evaluation.n_cases:,} pages of {evaluation.n_orders:,} later orders; "
        f"{PUBLISHED} is the {RANKER} without what is held back",
    )
    return picture


def draw_differences(evaluation: Evaluation, metric: str, title: str) -> Picture:
    """How far the ranker is ahead of each other method: right of zero the ranker is better."""
    rows = {name: figures[metric] for name, figures in evaluation.differences.items() if name not in OURS}
    picture, axes = rows_of_text(len(rows))
    draw_intervals(axes, rows, marked=OURS)
    axes.axvline(0, color="black", linewidth=1)
    axes.margins(x=0.08)
    axes.set_xlabel(f"{title}@{evaluation.k} of the {RANKER} minus the method's, paired by order, 95 % interval")
    set_title(axes, f"How much the {RANKER} adds to each method", "right of zero, the ranker is better")
    return picture


def draw_list_lengths(lengths: NDArray[np.int64]) -> Picture:
    """How many items go with each item."""
    picture, axes = new_axes(3.4)
    longest = int(lengths.max(initial=1))
    width = -(-longest // N_BINS)  # whole, or some bars would cover more lengths than others
    bins = np.arange(0.5, longest + width, width).tolist()
    axes.hist(lengths[lengths > 0], bins=bins, color=BLUE)
    axes.set_xlabel("items published for an item")
    axes.set_ylabel("items")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    n, n_none = len(lengths), int(np.count_nonzero(lengths == 0))
    share = n_none / n if n else 0.0
    set_title(
        axes,
        "How long the lists are",
        f"{n_none:,} of {n:,} items ({100 * share:.0f} %) have no list and are not drawn",
    )
    return picture


def draw_probabilities(probability: NDArray[np.float32]) -> Picture:
    """How the published pairs' probabilities spread, on a logarithmic scale."""
    picture, axes = new_axes(3.4)
    low = max(float(probability.min()), 1e-5)
    high = max(float(probability.max()), 2 * low)
    axes.hist(np.clip(probability, low, high), bins=np.geomspace(low, high, N_BINS + 1).tolist(), color=BLUE)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    axes.set_xlabel("probability that the item joins an order of a shopper on the page")
    axes.set_ylabel("pairs")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    set_title(axes, "How sure the model is of its pairs", f"{len(probability):,} published pairs")
    return picture


def draw_events(report: IngestReport) -> Picture:
    """What became of the events: used by type, left out by reason of consent, quarantined by fault."""
    groups = (
        ("used", BLUE, report.n_events_used),
        ("left out", ORANGE, report.n_excluded),
        ("quarantined", VERMILION, report.n_quarantined),
    )
    rows = [
        (f"{label}: {_shortened(name)}", colour, n)
        for label, colour, counts in groups
        for name, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    picture, axes = rows_of_text(max(len(rows), 1))
    places = np.arange(len(rows))[::-1]
    numbers = np.array([n for _, _, n in rows], dtype=np.int64)
    axes.barh(places, numbers, color=[colour for _, colour, _ in rows], height=0.7)
    axes.set_yticks(places, [label for label, _, _ in rows])
    largest = max(int(numbers.max(initial=1)), 1)
    for place, n in zip(places, numbers, strict=True):
        share = _percent(n / max(report.n_events_read, 1))
        axes.annotate(f"{n:,} ({share})", (n, place), (5, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_xlim(0, 1.3 * largest)
    axes.set_xticks([])  # each bar says its number
    axes.spines["bottom"].set_visible(False)
    set_title(axes, "What became of the events", f"{report.n_events_read:,} read")
    return picture


def _shown_pairs(bundle: Path) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """How many items each item's list shows, and the probability of each."""
    indptr, relation, probability = (
        np.load(bundle / f"item_pair_{name}.npy", mmap_mode="r") for name in ("indptr", "relation", "probability")
    )
    shown = relation != RELATIONS.index("alternative")
    before = np.concatenate(([0], np.cumsum(shown)))
    return np.diff(before[indptr]), probability[shown]


def _shortened(name: str) -> str:
    name = name.replace("_", " ")
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _percent(share: float) -> str:
    return "under 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"
