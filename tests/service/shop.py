"""A shop small enough to know by heart, as a bundle."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from models.bundle.contents import BASES, RELATIONS, BundleContents, RankedPairs
from models.bundle.writing import write_bundle
from models.items import Catalogue, ItemIndex

Pairs = Mapping[str, Sequence[tuple[str, float, str]]]

TITLES = {
    "camera": "Camera",
    "camera-2": "Other camera",
    "bag": "Camera bag",
    "card": "Memory card",
    "strap": "Strap",
    "lens": "Lens",
    "tripod": "Tripod",
    "gone": "Sold out flash",
    "kettle": "Kettle",
    "filter": "Kettle filter",
    "mug": "",
    "new-camera": "Brand new camera",
    "lonely": "Lonely thing",
}
CATEGORIES = {
    "camera": "photo/cameras",
    "camera-2": "photo/cameras",
    "new-camera": "photo/cameras",
    "kettle": "kitchen/kettles",
}
UNAVAILABLE = frozenset({"gone"})
REFILL_DAYS = MappingProxyType({"filter": 10.0})
Bases = Mapping[tuple[str, str], str]
PAIRS: Pairs = {
    "camera": [
        ("gone", 0.6, "accessory"),
        ("camera-2", 0.55, "alternative"),
        ("bag", 0.5, "accessory"),
        ("card", 0.4, "accessory"),
        ("lens", 0.3, "complement"),
        ("strap", 0.2, "unspecified"),
        ("tripod", 0.01, "accessory"),
    ],
    "kettle": [("filter", 0.35, "refill"), ("mug", 0.25, "complement"), ("camera-2", 0.05, "complement")],
    "lens": [("tripod", 0.3, "accessory"), ("camera", 0.2, "complement")],
    "mug": [("strap", 0.01, "complement")],
}
CATEGORY_PAIRS: Pairs = {
    "photo/cameras": [("bag", 0.3, "accessory"), ("camera", 0.2, "complement"), ("card", 0.1, "accessory")],
    "kitchen/kettles": [],
}


def write_shop(
    directory: Path,
    *,
    pairs: Pairs = PAIRS,
    category_pairs: Pairs = CATEGORY_PAIRS,
    titles: Mapping[str, str] = TITLES,
    categories: Mapping[str, str] = CATEGORIES,
    unavailable: frozenset[str] = UNAVAILABLE,
    rests_on: Bases = MappingProxyType({}),
    min_probability: Mapping[str, float] = MappingProxyType({}),
    prices_minor: Mapping[str, int] = MappingProxyType({}),
    refill_days: Mapping[str, float] = REFILL_DAYS,
) -> str:
    """Write the shop as a bundle and return its fingerprint; pairs rest on purchases unless said otherwise."""
    items = ItemIndex(titles)
    names = tuple(sorted(category_pairs))
    catalogue = Catalogue(
        [titles[item] for item in items.ids],
        [categories.get(item, "") for item in items.ids],
        np.array([prices_minor.get(item, -1) for item in items.ids], np.int64),
        np.array([item not in unavailable for item in items.ids], np.bool_),
    )
    return write_bundle(
        BundleContents(
            items,
            catalogue,
            _ranked(items, pairs, items.ids, rests_on),
            names,
            _ranked(items, category_pairs, names, {}),
            {},
            min_probability,
            np.array([refill_days.get(item, 0) for item in items.ids], np.float32),
        ),
        directory,
    )


def _ranked(items: ItemIndex, pairs: Pairs, anchors: Sequence[str], rests_on: Bases) -> RankedPairs:
    lists = [sorted(pairs.get(anchor, ()), key=lambda pair: (-pair[1], pair[0])) for anchor in anchors]
    flat = [pair for ranked in lists for pair in ranked]
    bases = [
        rests_on.get((anchor, pair[0]), "purchases")
        for anchor, ranked in zip(anchors, lists, strict=True)
        for pair in ranked
    ]
    return RankedPairs(
        np.concatenate(([0], np.cumsum([len(ranked) for ranked in lists]))).astype(np.int64),
        items.indices_of(item for item, _, _ in flat),
        np.array([probability for _, probability, _ in flat], np.float32),
        np.array([RELATIONS.index(relation) for _, _, relation in flat], np.uint8),
        np.full(len(flat), 20, np.uint32),
        np.array([BASES.index(basis) for basis in bases], np.uint8),
    )
