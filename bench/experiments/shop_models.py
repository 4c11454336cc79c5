"""Models of the simulated shop as good or as bad as wanted: they are made of its truth and not trained."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.bundle.contents import RELATIONS, BundleContents, RankedPairs
from models.bundle.writing import write_bundle
from models.items import Catalogue, ItemIndex
from simulation.families import Relation
from simulation.shop import Shop
from simulation.visits import wanted

LEAST, MOST = 0.03, 0.6
"""Probabilities that models give: over every placement's bar, so that all they name may be shown."""
N_SHOPPERS = 20
"""Behind each pair: as many as any floor asks for."""


def write_model(shop: Shop, directory: Path, *, n_fitting: int, n_strangers: int) -> None:
    """Write a bundle that names of each item so many that go with it, the most wanted first, and then strangers; of an
    item with which nothing goes, nothing.

    Args:
        shop: Whose catalogue and truth.
        directory: Of the bundle.
        n_fitting: Items that go with the page's at most; fewer where there are fewer.
        n_strangers: Items that do not, the same whenever they are drawn.
    """
    sold, rng = shop.catalogue, np.random.default_rng(shop.settings.seed)
    items = ItemIndex(sold.item_ids)
    place = items.indices_of(sold.item_ids)
    number = np.argsort(place)
    lists = []
    for anchor in number.tolist():
        goes_with = wanted(shop.truth, anchor)
        fitting = [*goes_with][:n_fitting]
        drawn = rng.permutation(sold.n_items)[: n_strangers + len(goes_with) + 1].tolist()
        strangers = [item for item in drawn if item != anchor and item not in goes_with][
            : n_strangers if fitting else 0
        ]
        lists.append((fitting + strangers, [_relation(shop, anchor, item) for item in fitting] + [0] * len(strangers)))
    lengths = [len(listed) for listed, _ in lists]
    pairs = RankedPairs(
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        place[np.concatenate([listed for listed, _ in lists]).astype(np.int64)],
        np.concatenate([_falling(length) for length in lengths]),
        np.concatenate([relations for _, relations in lists]).astype(np.uint8),
        np.full(sum(lengths), N_SHOPPERS, np.uint32),
    )
    names = tuple(sorted({*sold.categories}))
    nothing = RankedPairs(np.zeros(len(names) + 1, np.int64), *(np.zeros(0, kind) for kind in ("i4", "f4", "u1", "u4")))
    catalogue = Catalogue(
        [sold.titles[item] for item in number],
        [sold.categories[item] for item in number],
        sold.price_minor[number],
        sold.available[number],
    )
    write_bundle(BundleContents(items, catalogue, pairs, names, nothing, {}), directory)


def _falling(n: int) -> NDArray[np.float32]:
    return np.linspace(MOST, LEAST, n).astype(np.float32)


def _relation(shop: Shop, anchor: int, item: int) -> int:
    links = dict(zip(shop.truth.links[anchor].tolist(), shop.truth.relations[anchor].tolist(), strict=True))
    return RELATIONS.index(Relation(links.get(item, Relation.REFILL)).label)
