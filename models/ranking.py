"""From evidence to what is published: probability, relation, the floor of shoppers, the best of each anchor."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.association import Association
from models.bundle.contents import BASES, RankedPairs
from models.candidates import Candidates
from models.counting import runs_of
from models.evidence import Evidence
from models.histories import Histories
from models.lists import best_of_each, indptr_of
from models.pairs import Pairs
from models.ranker import Ranker
from models.relations import ALTERNATIVE, RelationCounts, RelationRules

PURCHASES, VIEWS = BASES.index("purchases"), BASES.index("views")


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """What is published, and what was held back.

    Attributes:
        pairs: The published pairs; alternatives are among them, for a server to know what not to show.
        open_pairs: The lists as they would be with nothing held back; relation, shoppers and basis are not told.
        n_proposed: Pairs that any generator proposed.
        n_below_floor: Of them, those that fewer than min_shoppers distinct shoppers made.
        n_by_chance: Of the others, the ones bought together little more often than chance.
        n_alternatives: Of those over the floor, the ones bought instead of the anchor.
    """

    pairs: RankedPairs
    open_pairs: RankedPairs
    n_proposed: int
    n_below_floor: int
    n_by_chance: int
    n_alternatives: int

    def as_candidates(self) -> Candidates:
        """What may be shown, scored by probability: the lists without the alternatives."""
        shown = self.pairs.relation != ALTERNATIVE
        return Candidates(indptr_of(shown)[self.pairs.indptr], self.pairs.item[shown], self.pairs.probability[shown])

    def as_open_candidates(self) -> Candidates:
        """The ranker's lists as they are, with nothing held back."""
        return Candidates(self.open_pairs.indptr, self.open_pairs.item, self.open_pairs.probability)


def rank(
    histories: Histories,
    evidence: Evidence,
    ranker: Ranker,
    *,
    min_shoppers: int,
    min_lift: float,
    max_candidates: int,
    rules: RelationRules,
    known: NDArray[np.bool_] | None = None,
    anchors: NDArray[np.integer] | None = None,
    n_threads: int = 1,
) -> Ranking:
    """Rank every anchor's candidates by probability and keep what may be published.

    Args:
        histories: What the evidence was gathered from.
        evidence: Candidates and features.
        ranker: Gives the probabilities.
        min_shoppers: Fewest distinct shoppers behind a published pair: who bought both, or where too few did, who
            bought, carted, favourited or looked at both; where the item is an alternative, who looked at both.
        min_lift: How many times more often than chance orders or shoppers must join a published pair: what
            everybody buys with everything says nothing about the page.
        max_candidates: Most items kept for an anchor.
        rules: Where the lines between relations are drawn.
        known: Items that the ranker's examples were of, shape (n_items,); all where not given.
        anchors: Those to rank, ascending; all where not given. The others have no list.
        n_threads: Threads to use; they change no bit.
    """
    association = Association(histories)
    relations = RelationCounts(histories, rules, n_threads=n_threads)
    wanted = np.arange(histories.n_items) if anchors is None else anchors
    weight = np.ones(histories.n_items) if known is None else known.astype(np.float64)
    parts: list[RankedPairs] = []
    open_lists = []
    n_proposed = n_below_floor = n_by_chance = n_alternatives = 0
    for pairs in _runs(evidence, relations, wanted):
        table = evidence.table(pairs)
        counted = evidence.by_name(table)
        probability = ranker.probability(table, pairs.row, weight=weight[pairs.item], n_threads=n_threads)
        nothing = np.zeros(len(pairs), np.uint8)
        open_lists.append(_best(pairs, probability, nothing, nothing, nothing, max_candidates))
        pair = association.of(pairs, counted)
        bought = pair.n_buyers >= min_shoppers
        relation = relations.classify(pairs, pair.buyer_lift, counted, bought)
        alternative = relation == ALTERNATIVE
        n_shoppers = np.where(bought, pair.n_buyers, pair.n_shoppers)
        n_shoppers[alternative] = relations.n_viewers(pairs.only(alternative))
        enough = n_shoppers >= min_shoppers
        # Where too few bought both, what those few did decides nothing.
        by_buyers = np.maximum(pair.order_excess, pair.buyer_excess)
        excess = np.where(bought, by_buyers, pair.shopper_excess)
        keep = enough & (alternative | (excess >= min_lift))
        n_proposed += len(enough)
        n_below_floor += int(np.count_nonzero(~enough))
        n_by_chance += int(np.count_nonzero(enough & ~keep))
        n_alternatives += int(np.count_nonzero(enough & alternative))
        basis = np.where(alternative | ~bought, VIEWS, PURCHASES)
        kept = (probability[keep], relation[keep], n_shoppers[keep], basis[keep])
        parts.append(_best(pairs.only(keep), *kept, max_candidates))
    return Ranking(
        _of_all(joined(parts), wanted, histories.n_items),
        _of_all(joined(open_lists), wanted, histories.n_items),
        n_proposed,
        n_below_floor,
        n_by_chance,
        n_alternatives,
    )


def _best(
    pairs: Pairs,
    probability: NDArray[np.float32],
    relation: NDArray[np.uint8],
    n_shoppers: NDArray[np.floating] | NDArray[np.integer],
    basis: NDArray[np.integer],
    max_candidates: int,
) -> RankedPairs:
    return best_pairs(
        pairs.row,
        pairs.item,
        probability,
        relation,
        n_shoppers,
        basis,
        n_anchors=len(pairs.anchors),
        max_candidates=max_candidates,
    )


def _runs(evidence: Evidence, relations: RelationCounts, anchors: NDArray[np.integer]) -> Iterator[Pairs]:
    """Runs of anchors short enough for the features and for the counts behind what is held back."""
    for first, end in runs_of(relations.n_products[anchors]):
        yield from evidence.runs(anchors[first:end])


def _of_all(pairs: RankedPairs, anchors: NDArray[np.integer], n_items: int) -> RankedPairs:
    """Lists of some anchors among those of all, empty for the others."""
    lengths = np.zeros(n_items, np.int64)
    lengths[anchors] = np.diff(pairs.indptr)
    return replace(pairs, indptr=indptr_of(lengths))


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
