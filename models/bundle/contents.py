"""What a bundle holds, before it is written."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.items import Catalogue, ItemIndex

RELATIONS = ("unspecified", "accessory", "complement", "refill", "alternative")
"""Names by code; the code is what the bundle stores and what the wire's enum says."""


@dataclass(frozen=True, slots=True, eq=False)
class RankedPairs:
    """For every anchor (an item or a category) its items, most probable first, ties by item index.

    Attributes:
        indptr: Where each anchor's list begins, shape (n_anchors + 1,), int64.
        item: Item index, shape (n_pairs,), int32.
        probability: That the item joins an order of a shopper on the anchor's page, shape (n_pairs,), float32, 0 to 1.
        relation: Place in RELATIONS, shape (n_pairs,), uint8.
        n_shoppers: Distinct shoppers behind the pair, shape (n_pairs,), uint32; never below the floor.
    """

    indptr: NDArray[np.int64]
    item: NDArray[np.int32]
    probability: NDArray[np.float32]
    relation: NDArray[np.uint8]
    n_shoppers: NDArray[np.uint32]


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
    """

    items: ItemIndex
    catalogue: Catalogue
    item_pairs: RankedPairs
    categories: tuple[str, ...]
    category_pairs: RankedPairs
    provenance: dict[str, object]
