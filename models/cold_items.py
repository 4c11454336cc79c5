"""What goes with items that have no orders yet, from their category and title."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.bundle.contents import BASES, RankedPairs
from models.cold_evidence import COLUMNS, ColdEvidence, evidence_without, pairs_of
from models.cold_model import COLD_ORDERS, ColdModel
from models.counting import column_sums, values_at
from models.histories import Histories
from models.lists import best_of_each, indptr_of
from models.relations import ACCESSORY, ALTERNATIVE, COMPLEMENT, UNSPECIFIED, RelationRules
from models.titles import Titles

RUN_ANCHORS = 10_000
"""Anchors ranked at a time: 3 million pairs, 200 MB of features at the most."""

RARE_WORD = 0.5
"""Rarity from which on a shared word is what joins a pair: a word of at most the square root of the items' titles."""

PURCHASES, CATEGORY, TITLE = (BASES.index(name) for name in ("purchases", "category", "title"))


def cold_pairs(
    histories: Histories,
    warm: RankedPairs,
    model: ColdModel,
    titles: Titles,
    *,
    min_shoppers: int,
    min_lift: float,
    max_candidates: int,
    rules: RelationRules,
    n_threads: int = 1,
) -> RankedPairs:
    """Rank what goes with each item that has fewer than COLD_ORDERS orders or no published pair.

    A pair rests on distinct shoppers who bought of both categories, and n_shoppers says how many; likeness alone lifts
    no pair over the floor. Items of the anchor's own category are left out: they are bought instead of it. Work grows
    with the order lines, and with the cold items times the items of the categories that go with theirs.

    Args:
        histories: What people did.
        warm: What is published of the other items, from these histories.
        model: What the evidence is worth.
        titles: Of all items.
        min_shoppers: Fewest distinct shoppers who bought of both categories; at 0 categories need not be known.
        min_lift: How many times more often than chance the anchor's category must be bought with the item's.
        max_candidates: Most items kept for an anchor.
        rules: Where an accessory begins.
        n_threads: Threads to use; they change no bit.

    Returns:
        Pairs of the cold anchors alone, n_anchors = n_items. An accessory costs at most rules.accessory_price of its
        anchor and is of a category whose published pairs with the anchor's are accessories for the most part; the
        other way round the relation is unspecified.
    """
    cold = column_sums(histories.orders_items) < COLD_ORDERS
    anchors = np.flatnonzero(cold | (np.diff(warm.indptr) == 0))
    evidence = evidence_without(histories, warm, titles, cold)
    runs = np.array_split(anchors, np.arange(RUN_ANCHORS, len(anchors), RUN_ANCHORS))
    best = [_best(evidence, run, model, min_shoppers, min_lift, max_candidates, n_threads) for run in runs]
    anchor, item, n_shoppers, rarest, probability = (np.concatenate(column) for column in zip(*best, strict=True))
    _, category = histories.catalogue.category_codes()
    by_title = (rarest >= RARE_WORD) | (category[anchor] < 0)
    return RankedPairs(
        indptr_of(np.bincount(anchor, minlength=histories.n_items)),
        item.astype(np.int32),
        probability,
        _relations(histories, warm, anchor, item, rules),
        n_shoppers.astype(np.uint32),
        np.where(by_title, TITLE, CATEGORY).astype(np.uint8),
    )


def _best(
    evidence: ColdEvidence,
    anchors: NDArray[np.int64],
    model: ColdModel,
    min_shoppers: int,
    min_lift: float,
    max_candidates: int,
    n_threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Anchor, item, shoppers, rarity of the rarest shared word and probability of the best pairs, anchor by anchor."""
    pairs = pairs_of(evidence, anchors, min_shoppers=min_shoppers, n_threads=n_threads)
    probability = model.probability(pairs)
    # NaN, where no category is known, is not under the line.
    by_chance = np.exp(pairs.values[:, COLUMNS.index("category_lift")]) < min_lift
    kept = np.flatnonzero(~by_chance & (probability > 0))
    row = np.searchsorted(anchors, pairs.anchor[kept])
    item = pairs.item[kept]
    _, first = best_of_each(row, item, probability[kept], n_anchors=len(anchors), n_best=max_candidates)
    kept = kept[first]
    rarest = pairs.values[kept, COLUMNS.index("rarest_shared_word")]
    return pairs.anchor[kept], pairs.item[kept], pairs.n_shoppers[kept], rarest, probability[kept]


def merged(first: RankedPairs, second: RankedPairs, *, max_candidates: int) -> RankedPairs:
    """The pairs of both, most probable first; where both have a pair, the first's word counts.

    Args:
        first: n_anchors as second.
        second: For instance pairs of cold anchors.
        max_candidates: Most items kept for an anchor.
    """
    n_anchors = len(first.indptr) - 1
    sources = (first, second)
    anchor = np.concatenate([np.repeat(np.arange(n_anchors), np.diff(source.indptr)) for source in sources])
    item = np.concatenate([source.item for source in sources])
    # One number a pair: rows of two sort ten times slower.
    _, once = np.unique(anchor * (int(item.max(initial=0)) + 1) + item, return_index=True)
    probability = np.concatenate([source.probability for source in sources])
    indptr, best = best_of_each(anchor[once], item[once], probability[once], n_anchors=n_anchors, n_best=max_candidates)
    kept = once[best]
    return RankedPairs(
        indptr,
        item[kept],
        probability[kept],
        np.concatenate([source.relation for source in sources])[kept],
        np.concatenate([source.n_shoppers for source in sources])[kept],
        np.concatenate([source.basis for source in sources])[kept],
    )


def _relations(
    histories: Histories,
    warm: RankedPairs,
    anchor: NDArray[np.integer],
    item: NDArray[np.integer],
    rules: RelationRules,
) -> NDArray[np.uint8]:
    """Accessory where price and the published pairs of the two categories say so; unspecified where they say that the
    anchor is one of the item; else complement."""
    relation = np.full(len(anchor), COMPLEMENT, np.uint8)
    names, category = histories.catalogue.category_codes()
    if not names:
        return relation
    warm_anchor = np.repeat(np.arange(histories.n_items), np.diff(warm.indptr))
    left, right = category[warm_anchor], category[warm.item]
    known = (left >= 0) & (right >= 0) & (warm.relation != ALTERNATIVE)
    vote = np.where(warm.relation == ACCESSORY, 1, -1)[known].astype(np.float32)
    votes = csr_array((vote, (left[known], right[known])), shape=(len(names), len(names)))
    here, there = np.maximum(category[anchor], 0), np.maximum(category[item], 0)
    both = (category[anchor] >= 0) & (category[item] >= 0)
    price = histories.catalogue.prices_minor
    for code, dear, cheap, vote in (
        (UNSPECIFIED, item, anchor, values_at(votes, there, here)),
        (ACCESSORY, anchor, item, values_at(votes, here, there)),
    ):
        costs_less = (price[cheap] > 0) & (price[cheap] <= rules.accessory_price * price[dear])
        relation[both & costs_less & (vote > 0)] = code
    return relation
