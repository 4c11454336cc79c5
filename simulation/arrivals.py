"""Items that have just come in: in the catalogue, and nobody has looked at or bought one yet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.catalogue import Catalogue, catalogue_codes
from simulation.families import Relation
from simulation.truth import Truth

ARRIVALS_SHARE = 0.05
"""New items for each item that is sold: what a shop takes in between two trainings, rounded up."""

PRICE_SPREAD = 0.1
"""Most that a new item costs more than the one it succeeds."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """New items, numbered on from the catalogue's. Each is this year's model of a sold item.

    Attributes:
        model: Index of the sold item that each succeeds, shape (n_arrivals,), int64, ascending.
        item_ids: Not among the catalogue's, unique.
        titles: Not among the catalogue's, unique.
        categories: Those of the models.
        brands: Those of the models.
        price_minor: Euro cents, shape (n_arrivals,), int64.
    """

    model: NDArray[np.int64]
    item_ids: tuple[str, ...]
    titles: tuple[str, ...]
    categories: tuple[str, ...]
    brands: tuple[str, ...]
    price_minor: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of new items."""
        return len(self.item_ids)

    def rows(self, truth: Truth) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Anchor, item and relation of every true pair with a new item, in no order.

        A new item is wanted with what its model is wanted with, and is an alternative to its model and that one's
        rivals, both ways. What goes with a sold item stays as it was: nobody has bought a new accessory of it yet.
        """
        first = len(truth.open_choice)
        anchors, targets, relations = truth.rows()
        arrival = np.full(first, -1)
        arrival[self.model] = first + np.arange(len(self))
        known = arrival[anchors] >= 0
        new, old, kind = arrival[anchors[known]], targets[known], relations[known]
        new, old = np.concatenate([new, arrival[self.model]]), np.concatenate([old, self.model])
        kind = np.concatenate([kind, np.full(len(self), Relation.ALTERNATIVE)])
        rival = kind == Relation.ALTERNATIVE
        return np.concatenate([new, old[rival]]), np.concatenate([old, new[rival]]), np.concatenate([kind, kind[rival]])


def draw_arrivals(catalogue: Catalogue, truth: Truth, year: int, rng: np.random.Generator) -> Arrivals:
    """This year's models of some of the items that something goes with.

    Args:
        catalogue: What is sold.
        truth: What goes with it.
        year: Written into the titles.
        rng: Of this draw alone.
    """
    anchors = np.flatnonzero((truth.links[:, 0] >= 0) | (truth.refills[:, 0] >= 0))
    n_arrivals = min(len(anchors), int(np.ceil(ARRIVALS_SHARE * catalogue.n_items)))
    model = np.sort(rng.choice(anchors, n_arrivals, replace=False))
    factor = 1 + PRICE_SPREAD * rng.random(n_arrivals)
    codes = rng.permutation(np.setdiff1d(catalogue_codes(catalogue.n_items), _codes(catalogue.item_ids)))
    categories = tuple(catalogue.categories[item] for item in model)
    return Arrivals(
        model=model,
        item_ids=tuple(f"{category[:3].upper()}-{code}" for category, code in zip(categories, codes, strict=False)),
        titles=tuple(f"{catalogue.titles[item]} ({year})" for item in model),
        categories=categories,
        brands=tuple(catalogue.brands[item] for item in model),
        price_minor=_prices(catalogue.price_minor[model] * factor),
    )


def _codes(item_ids: tuple[str, ...]) -> NDArray[np.int64]:
    return np.array([int(item_id.rpartition("-")[2]) for item_id in item_ids], np.int64)


def _prices(minor: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole euros, from under 100 euros on less five cents."""
    euros = np.maximum(np.round(minor / 100), 1)
    return np.asarray(euros * 100 - np.where(euros < 100, 5, 0), np.int64)
