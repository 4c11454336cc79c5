"""From candidates to what is published: probability, relation, the floor of shoppers, the best of each anchor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.association import Association
from models.blend import Blend, anchor_runs
from models.bundle.contents import BASES, RankedPairs
from models.candidates import Candidates
from models.counting import distinct_by, runs_of
from models.histories import Histories
from models.lists import best_of_each, indptr_of
from models.pair_features import pair_features, smallest_log_scores
from models.relations import ALTERNATIVE, RelationCounts, RelationRules

PURCHASES, VIEWS = BASES.index("purchases"), BASES.index("views")


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """What is published, and what was held back.

    Attributes:
        pairs: The published pairs; alternatives are among them, for a server to know what not to show.
        n_proposed: Pairs that any generator proposed.
        n_below_floor: Of them, those that fewer than min_shoppers distinct shoppers made.
        n_by_chance: Of the others, the ones bought together little more often than chance.
        n_alternatives: Of those over the floor, the ones bought instead of the anchor.
    """

    pairs: RankedPairs
    n_proposed: int
    n_below_floor: int
    n_by_chance: int
    n_alternatives: int

    def as_candidates(self) -> Candidates:
        """What may be shown, scored by probability: the lists without the alternatives."""
        shown = self.pairs.relation != ALTERNATIVE
        return Candidates(indptr_of(shown)[self.pairs.indptr], self.pairs.item[shown], self.pairs.probability[shown])


def rank(
    histories: Histories,
    candidates: Mapping[str, Candidates],
    blend: Blend,
    *,
    min_shoppers: int,
    min_lift: float,
    max_candidates: int,
    rules: RelationRules,
    n_threads: int = 1,
) -> Ranking:
    """Rank every anchor's candidates by the blend's probability and keep what may be published.

    Args:
        histories: What the candidates were counted on.
        candidates: By generator.
        blend: What the generators' words are worth.
        min_shoppers: Fewest distinct shoppers who bought both items of a published pair, or who looked at both
            where the item is an alternative.
        min_lift: How many times more often than chance orders or shoppers must join a published pair: what
            everybody buys with everything says nothing about the page.
        max_candidates: Most items kept for an anchor.
        rules: Where the lines between relations are drawn.
        n_threads: Threads to count with.
    """
    shoppers_items = distinct_by(histories.orders_items, histories.order_shopper)
    association = Association(histories.orders_items, shoppers_items, n_threads=n_threads)
    relations = RelationCounts(histories, rules, n_threads=n_threads)
    smallest = smallest_log_scores(candidates, blend.names)
    parts: list[RankedPairs] = []
    n_proposed = n_below_floor = n_by_chance = n_alternatives = 0
    for first, end in _runs(association.n_products + relations.n_products, candidates, blend.names):
        features = pair_features(candidates, blend.names, smallest, first, end)
        pair = association.of(features, first, end)
        relation = relations.classify(features, pair.shopper_lift, first, end)
        alternative = relation == ALTERNATIVE
        n_shoppers = pair.n_shoppers.copy()
        n_shoppers[alternative] = relations.n_viewers(features.anchor[alternative], features.item[alternative])
        enough = n_shoppers >= min_shoppers
        associated = np.maximum(pair.order_lift, pair.shopper_lift) >= min_lift
        keep = enough & (alternative | associated)
        n_proposed += len(enough)
        n_below_floor += int(np.count_nonzero(~enough))
        n_by_chance += int(np.count_nonzero(enough & ~keep))
        n_alternatives += int(np.count_nonzero(enough & alternative))
        probability = blend.probability(features)
        parts.append(
            best_pairs(
                features.anchor[keep] - first,
                features.item[keep],
                probability[keep],
                relation[keep],
                n_shoppers[keep],
                np.where(alternative[keep], VIEWS, PURCHASES),
                n_anchors=end - first,
                max_candidates=max_candidates,
            )
        )
    return Ranking(joined(parts), n_proposed, n_below_floor, n_by_chance, n_alternatives)


def blended(candidates: Mapping[str, Candidates], blend: Blend, n_candidates: int) -> Candidates:
    """The blend's lists as they are, with nothing held back.

    Args:
        candidates: By generator.
        blend: What the generators' words are worth.
        n_candidates: Most items kept for an anchor.
    """
    smallest = smallest_log_scores(candidates, blend.names)
    n_items = candidates[blend.names[0]].n_items
    parts = []
    for first, end in anchor_runs(candidates, blend.names, 0, n_items):
        features = pair_features(candidates, blend.names, smallest, first, end)
        probability, nothing = blend.probability(features), np.zeros(len(features.item), np.uint8)
        anchor = features.anchor - first
        parts.append(
            best_pairs(
                anchor,
                features.item,
                probability,
                nothing,
                nothing,
                nothing,
                n_anchors=end - first,
                max_candidates=n_candidates,
            )
        )
    pairs = joined(parts)
    return Candidates(pairs.indptr, pairs.item, pairs.probability)


def best_pairs(
    anchor: NDArray[np.integer],
    item: NDArray[np.integer],
    probability: NDArray[np.float32],
    relation: NDArray[np.uint8],
    n_shoppers: NDArray[np.floating] | NDArray[np.integer],
    basis: NDArray[np.integer],
    *,
    n_anchors: int,
    max_candidates: int,
) -> RankedPairs:
    """The most probable items of each anchor, ties by item index; all arrays but the counts have shape (n_pairs,)."""
    indptr, kept = best_of_each(anchor, item, probability, n_anchors=n_anchors, n_best=max_candidates)
    return RankedPairs(
        indptr,
        item[kept].astype(np.int32),
        probability[kept].astype(np.float32),
        relation[kept].astype(np.uint8),
        n_shoppers[kept].astype(np.uint32),
        basis[kept].astype(np.uint8),
    )


def joined(parts: list[RankedPairs]) -> RankedPairs:
    """Runs of anchors one after the other."""
    none = RankedPairs(
        np.zeros(1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.float32),
        np.zeros(0, np.uint8),
        np.zeros(0, np.uint32),
        np.zeros(0, np.uint8),
    )
    held = [none, *parts]
    return RankedPairs(
        indptr_of(np.concatenate([np.diff(part.indptr) for part in held])),
        np.concatenate([part.item for part in held]),
        np.concatenate([part.probability for part in held]),
        np.concatenate([part.relation for part in held]),
        np.concatenate([part.n_shoppers for part in held]),
        np.concatenate([part.basis for part in held]),
    )


def _runs(
    n_products: NDArray[np.int64], candidates: Mapping[str, Candidates], names: tuple[str, ...]
) -> Iterator[tuple[int, int]]:
    """Runs of anchors short enough for both the counts and the features."""
    for first, end in runs_of(n_products):
        yield from anchor_runs(candidates, names, first, end)
