"""A bundle that knows people only by noisy counts: what is published of them is made of one private release alone.

The figures of the run are another matter. They are of exact counts, or of a second release of their own; the data
scientist who sees them sees the data too, and they are not private.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle.contents import BASES, RELATIONS, BundleContents, RankedPairs
from models.candidates import Candidates
from models.histories import Histories
from models.items import Catalogue, ItemIndex
from models.noise import NoiseError, Release, Spent, release
from models.ranking import best_pairs
from training.bars import unmeasured_bars
from training.settings import TrainingSettings

PURCHASES = BASES.index("purchases")
UNSPECIFIED, ACCESSORY, COMPLEMENT = (RELATIONS.index(name) for name in ("unspecified", "accessory", "complement"))


@dataclass(frozen=True, slots=True)
class NoiseRecord:
    """What a run says of its noise.

    Attributes:
        spent: What the bundle's release cost, and its thresholds.
        n_pairs: Pairs released, without direction; private as the release is.
        n_items: Items released or listed.
    """

    spent: Spent
    n_pairs: int
    n_items: int

    @property
    def says(self) -> str:
        """What is spent, as the version's tag has it."""
        return f"epsilon={self.spent.epsilon:.6g}, delta={self.spent.delta:.6g}"

    def metrics(self) -> dict[str, float]:
        """Numbers by name, for the run's record."""
        thresholds = {"threshold": self.spent.pair_threshold, "item_threshold": self.spent.item_threshold}
        return {
            "epsilon": self.spent.epsilon,
            "delta": self.spent.delta,
            "scale": self.spent.pair_scale,
            "item_scale": self.spent.item_scale,
            **{name: threshold for name, threshold in thresholds.items() if threshold is not None},
            "pairs_released": self.n_pairs,
            "items_released": self.n_items,
        }


@dataclass(frozen=True, slots=True, eq=False)
class NoisyBundle:
    """What is published under noise.

    Attributes:
        contents: What the bundle holds.
        counts: What was released, published and held back.
        record: For the run.
    """

    contents: BundleContents
    counts: dict[str, int]
    record: NoiseRecord


def noisy_bundle(histories: Histories, settings: TrainingSettings) -> NoisyBundle:
    """Release once, and make the whole bundle of that and of what the shop itself tells.

    Nothing else of people is in it: no refill intervals, no pairs of categories or of new items, no bars measured on
    orders, no fingerprint and no dates of what was read; titles, categories and prices only where the catalogue has
    them, and no item that is neither in the catalogue nor released.

    Args:
        histories: What people did.
        settings: How; its noise is on.

    Raises:
        NoiseError: OpenDP is not there, or there is not one item to tell of.
    """
    told = _released(histories, settings)
    if not told.is_released.any():
        raise NoiseError(
            f"no item is known to {told.spent.item_threshold} shoppers or more, and without a catalogue none with "
            "fewer is released: give --catalogue, raise noise.epsilon, or lower noise.max_items_per_shopper"
        )
    lists, n_below_floor, n_without_item = _ranked(told, histories.catalogue, settings)
    kept = np.flatnonzero(told.is_released)
    place = np.cumsum(told.is_released) - 1
    items = ItemIndex(histories.items.ids[index] for index in kept.tolist())
    catalogue = _public(histories.catalogue, kept)
    # Items that are not released have no list, so their lists' bounds can go.
    pairs = RankedPairs(
        lists.indptr[np.append(kept, histories.n_items)],
        place[lists.item].astype(np.int32),
        lists.probability,
        lists.relation,
        lists.n_shoppers,
        lists.basis,
    )
    categories, _ = catalogue.category_codes()
    bars = unmeasured_bars(settings.placements)
    contents = BundleContents(
        items,
        catalogue,
        pairs,
        categories,
        _no_pairs(len(categories)),
        provenance={"settings": settings.as_dict()},
        min_probability={name: bar.min_probability for name, bar in bars.items()},
    )
    counts = {
        "items": len(items),
        "items_with_pairs": int(np.count_nonzero(np.diff(pairs.indptr))),
        "pairs_released": 2 * len(told.left),
        "pairs_below_floor": n_below_floor,
        "pairs_of_items_not_released": n_without_item,
        "pairs_published": len(pairs.item),
    }
    return NoisyBundle(contents, counts, NoiseRecord(told.spent, len(told.left), len(items)))


def noisy_lists(histories: Histories, settings: TrainingSettings) -> Candidates:
    """The lists of a release of its own, scored by probability: for the run's figures, and for nothing published.

    Args:
        histories: What people did before the pages that the lists are scored on.
        settings: How; its noise is on.
    """
    lists, *_ = _ranked(_released(histories, settings), histories.catalogue, settings)
    return Candidates(lists.indptr, lists.item, lists.probability)


def _released(histories: Histories, settings: TrainingSettings) -> Release:
    listed = histories.catalogue.is_listed
    is_public = listed is not None and bool(listed.any())
    return release(histories, settings.noise, seed=settings.seed, listed=listed if is_public else None)


def _ranked(told: Release, catalogue: Catalogue, settings: TrainingSettings) -> tuple[RankedPairs, int, int]:
    """Each item's list, made of noisy counts and listed prices alone; how many pairs are under the floor, and how many
    of the others have an item that is not released.

    The probability is that of shoppers, not of orders: of those who bought the page's item, the share who also bought
    this one, in whichever order. As a shopper speaks for so many pairs only, it is mostly too low. A pair has a
    direction each way, and neither where one of the items is not released.
    """
    anchor = np.concatenate((told.left, told.right))
    item = np.concatenate((told.right, told.left))
    n_both = np.concatenate((told.pair_counts, told.pair_counts))
    enough = n_both >= settings.min_shoppers
    kept = enough & told.is_released[anchor] & told.is_released[item]
    n_held_back = int(np.count_nonzero(~enough)), int(np.count_nonzero(enough & ~kept))
    anchor, item, n_both = anchor[kept], item[kept], n_both[kept]
    # Noise may leave fewer who bought the one than bought both: then all of them did.
    probability = n_both / np.maximum(n_both, told.item_counts[anchor])
    lists = best_pairs(
        anchor,
        item,
        probability.astype(np.float32),
        _relation(anchor, item, catalogue, settings.relations.accessory_price),
        n_both,
        np.full(len(anchor), PURCHASES, np.uint8),
        n_anchors=len(told.is_released),
        max_candidates=settings.max_candidates,
    )
    return lists, *n_held_back


def _relation(
    anchor: NDArray[np.int64], item: NDArray[np.int64], catalogue: Catalogue, accessory_price: float
) -> NDArray[np.uint8]:
    """Accessory where the item is listed at so much less than the anchor, unspecified the other way round."""
    price = _public(catalogue, np.arange(len(catalogue.prices_minor))).prices_minor
    of_anchor, of_item = price[anchor], price[item]
    is_priced = (of_anchor > 0) & (of_item > 0)
    relation = np.full(len(anchor), COMPLEMENT, np.uint8)
    relation[is_priced & (of_anchor <= accessory_price * of_item)] = UNSPECIFIED
    relation[is_priced & (of_item <= accessory_price * of_anchor)] = ACCESSORY
    return relation


def _public(catalogue: Catalogue, kept: NDArray[np.int64]) -> Catalogue:
    """What the shop's own catalogue says of some items, and nothing that sales say."""
    nothing = np.zeros(len(catalogue.prices_minor), np.bool_)
    is_listed = nothing if catalogue.is_listed is None else catalogue.is_listed
    has_title = nothing if catalogue.title_is_listed is None else is_listed & catalogue.title_is_listed
    has_price = is_listed if catalogue.price_is_listed is None else is_listed & catalogue.price_is_listed
    return Catalogue(
        titles=tuple(catalogue.titles[index] if has_title[index] else "" for index in kept.tolist()),
        categories=tuple(catalogue.categories[index] if is_listed[index] else "" for index in kept.tolist()),
        prices_minor=np.where(has_price, catalogue.prices_minor, -1)[kept],
        available=catalogue.available[kept],
        price_is_listed=has_price[kept],
        is_listed=is_listed[kept],
        title_is_listed=has_title[kept],
    )


def _no_pairs(n_anchors: int) -> RankedPairs:
    return RankedPairs(
        np.zeros(n_anchors + 1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.float32),
        np.zeros(0, np.uint8),
        np.zeros(0, np.uint32),
    )
