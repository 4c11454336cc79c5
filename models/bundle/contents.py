"""What a bundle holds, before it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.items import Catalogue, ItemIndex

RELATIONS = ("unspecified", "accessory", "complement", "refill", "alternative")
"""Names by code; the code is what the bundle stores and what the wire's enum says. Unspecified are the items that go
with an anchor as none of the others, for instance what the anchor is an accessory of."""

BASES = ("purchases", "category", "title", "views")
"""What a pair may rest on, by code: shoppers who bought both items, shoppers who bought items of both categories, the
words of the titles, shoppers who looked at both."""


@dataclass(frozen=True, slots=True, eq=False)
class RankedPairs:
    """For every anchor (an item or a category) its items, most probable first, ties by item index.

    Attributes:
        indptr: Where each anchor's list begins, shape (n_anchors + 1,), int64.
        item: Item index, shape (n_pairs,), int32.
        probability: That the item joins an order of a shopper on the anchor's page, of the orders that hold anything
            else; a category's is of all its orders; shape (n_pairs,), float32, 0 to 1.
        relation: Place in RELATIONS, shape (n_pairs,), uint8.
        n_shoppers: Distinct shoppers behind the pair, shape (n_pairs,), uint32; never below the floor.
        basis: What lifted the pair over the floor, a place in BASES, shape (n_pairs,), uint8; purchases where not
            given.
    """

    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    probability: NDArray[np.float32]
    relation: NDArray[np.uint8]
    n_shoppers: NDArray[np.uint32]
    basis: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))

    def __post_init__(self) -> None:
        if not len(self.basis):
            object.__setattr__(self, "basis", np.zeros(len(self.item), np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class BundleContents:
    """Items and statistics of items, nothing of any person.

    Attributes:
        items: The items, their index is the one in every array.
        catalogue: Titles, categories, prices and availability as known when trained.
        item_pairs: What goes with each item, n_anchors = n_items.
        categories: Category names in order.
        category_pairs: What goes with each category, for items without pairs of their own;
            n_anchors = len(categories).
        provenance: Plain JSON values for the manifest's `training` section: cutoffs, floor, seed, settings.
        min_probability: Bar of each placement as chosen in training, by the placement's name, 0 to 1; a server has its
            own for a placement that is missing.
        refill_interval_days: Days after which the item is bought again, shape (n_items,), float32; 0 where it is not
            known to be, and everywhere where not given.
    """

    items: ItemIndex
    catalogue: Catalogue
    item_pairs: RankedPairs
    categories: tuple[str, ...]
    category_pairs: RankedPairs
    provenance: dict[str, object]
    min_probability: Mapping[str, float] = field(default_factory=dict)
    refill_interval_days: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    def __post_init__(self) -> None:
        if not len(self.refill_interval_days):
            object.__setattr__(self, "refill_interval_days", np.zeros(len(self.items), np.float32))
