"""Figures of parts of the shop: what sells most and what seldom does, and each part of the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates
from training.cases import Cases
from training.evaluation import Evaluation, evaluate

BANDS = ("head", "torso", "tail")
BAND_ENDS = (0.5, 0.8)
"""Shares of all order lines at which the head and the torso end, the best-sold items first."""

MAX_CATEGORIES = 12
"""Most categories told apart: more make a table that nobody reads."""

OTHER_CATEGORIES = "all other categories"
NO_CATEGORY = "without a category"


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """A partition of the items.

    Attributes:
        labels: Names of the parts, in the order they are told.
        of_item: Place of each item's part among them, shape (n_items,), int64.
    """

    labels: tuple[str, ...]
    of_item: NDArray[np.int64]


def by_popularity(popularity: NDArray[np.integer]) -> Segments:
    """Head: the best-sold items that make the first half of all order lines; torso: the next 30 %; tail: the rest.

    The item in which a share is reached belongs to the better-sold band, so where one item makes more than half of the
    lines it alone is the head. An item that never sold is of the tail.

    Args:
        popularity: Orders that hold each item, shape (n_items,). Ties go by item index.

    Anderson (2006), The Long Tail; the shares are ours.
    """
    order = np.lexsort((np.arange(len(popularity)), -popularity))
    ordered = popularity[order].astype(np.float64)
    before = (np.cumsum(ordered) - ordered) / max(1.0, ordered.sum())
    band = np.searchsorted(BAND_ENDS, before, side="right")
    band[ordered == 0] = BANDS.index("tail")
    of_item = np.empty(len(popularity), np.int64)
    of_item[order] = band
    return Segments(BANDS, of_item)


def by_category(
    categories: Sequence[str], popularity: NDArray[np.integer], *, max_categories: int = MAX_CATEGORIES
) -> Segments | None:
    """The top-level categories of most order lines, then all others together, then the items without one.

    Args:
        categories: Path of each item such as "photo/cameras"; empty where unknown.
        popularity: Orders that hold each item, shape (n_items,).
        max_categories: Most categories with a part of their own, 1 or more.

    Returns:
        None where no item has a category. Categories of equally many lines go by name.
    """
    tops = np.array([path.split("/", 1)[0] for path in categories], dtype=np.str_)
    names, place = np.unique(tops, return_inverse=True)
    lines = np.bincount(place, popularity, len(names))
    ranked = [i for i in np.lexsort((np.arange(len(names)), -lines)).tolist() if names[i]]
    if not ranked:
        return None
    labels = [str(names[i]) for i in ranked[:max_categories]]
    of_name = np.full(len(names), len(labels), np.int64)
    of_name[ranked[:max_categories]] = np.arange(len(labels))
    if len(ranked) > max_categories:
        labels.append(OTHER_CATEGORIES)
    if (names == "").any():
        of_name[names == ""] = len(labels)
        labels.append(NO_CATEGORY)
    return Segments(tuple(labels), of_name[place])


def evaluate_segments(
    cases: Cases,
    lists: Mapping[str, Candidates],
    popularity: NDArray[np.int64],
    known: NDArray[np.bool_],
    segments: Segments,
    *,
    k: int,
    n_bootstrap: int,
    seed: int,
) -> dict[str, Evaluation]:
    """The figures of the pages of each part's items, by label; parts without a page are left out.

    Coverage is the share of all known items, of whatever part, that these pages show.

    Args:
        cases: As for training.evaluation.evaluate.
        lists: As there.
        popularity: As there.
        known: As there.
        segments: The parts.
        k: As there.
        n_bootstrap: As there.
        seed: As there.
    """
    part = segments.of_item[cases.anchor]
    return {
        label: evaluate(kept(cases, part == place), lists, popularity, known, k=k, n_bootstrap=n_bootstrap, seed=seed)
        for place, label in enumerate(segments.labels)
        if (part == place).any()
    }


def kept(cases: Cases, which: NDArray[np.bool_]) -> Cases:
    """Some of the cases, in their order.

    Args:
        cases: All of them.
        which: Which to keep, shape (n_cases,).
    """
    n_relevant = cases.n_relevant
    indptr = np.concatenate(([0], np.cumsum(n_relevant[which]))).astype(np.int64)
    relevant = cases.relevant_item[np.repeat(which, n_relevant)]
    return Cases(cases.anchor[which], indptr, relevant, cases.order[which])
