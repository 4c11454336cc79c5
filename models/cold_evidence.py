"""What is known of a pair when one of its items has no history: titles, categories, prices, and items called alike."""

from dataclasses import dataclass, replace

import numpy as np
import sparse_dot_topn
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix, diags_array, hstack

from models.bundle.contents import RankedPairs
from models.category_levels import CategoryLevels, count_levels
from models.counting import top_of_rows, values_at
from models.histories import Histories
from models.lists import best_of_each, indptr_of
from models.relations import ALTERNATIVE
from models.titles import Titles

N_NEIGHBOURS = 20
"""Items called alike whose pairs are borrowed."""

N_PROPOSED = 100
"""Most items that each of the three sources proposes for an anchor."""

KIN = 0.5
"""Weight of a shared category beside the words of a title: its square is added to the cosine."""

SMALL = 1e-4
"""Added to both shares of a lift: one order in 10,000 is no evidence."""

NEAREST_EXPONENT = 8
"""Power of the similarity that lets the nearest neighbours speak for the others: 0.7 counts a third of 0.8."""

COLUMNS = (
    "title_similarity",
    "title_similarity_lead",
    "title_similarity_rank",
    "rarest_shared_word",
    "category_share",
    "category_lift",
    "item_share",
    "share_within_category",
    "popularity",
    "steps_back",
    "borrowed",
    "borrowed_of_kin",
    "borrowed_of_nearest",
    "nearest_neighbour",
    "price_ratio",
)
"""Features, in order; ColdPairs says what each is."""


@dataclass(frozen=True, slots=True, eq=False)
class ColdPairs:
    """Pairs that may go together, in order of anchor, then item.

    Attributes:
        anchor: Shape (n_pairs,), int64.
        item: Shape (n_pairs,), int64.
        n_shoppers: Distinct shoppers who bought of both categories, shape (n_pairs,), float32.
        values: Shape (n_pairs, len(COLUMNS)), float32, NaN where unknown:
            title_similarity, cosine, 0 to 1; its lead, less the highest of the anchor's items of the same category,
            0 or less, and its rank among them, from 0; the rarity of the rarest word both titles hold, 0 to 1;
            of the orders with the anchor's category, the share with the item's category, and the logarithm of how
            many times that is chance; the share with the item itself; the item's share of its own category's orders,
            and of all; the steps up the anchor's path to the level that speaks; the probability of the item on the
            pages of the anchor's neighbours, averaged by similarity, over all, over those of its category, and over
            the nearest of these; the similarity of the nearest neighbour, 0 to 1.25; the logarithm of the item's price
            by the anchor's.
    """

    anchor: NDArray[np.int64]
    item: NDArray[np.int64]
    n_shoppers: NDArray[np.float32]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ColdEvidence:
    """What is left to go by where the cold items have no history.

    Attributes:
        titles: Of all items.
        levels: What goes with which category, counted without the cold items' orders.
        probability: Of the published pairs between items that are not cold, shape (n_items, n_items), float32.
        categories: 1 where the item is of the category, shape (n_items, n_categories), float32.
        prices_minor: Shape (n_items,), int64, -1 where unknown.
    """

    titles: Titles
    levels: CategoryLevels
    probability: csr_array
    categories: csr_array
    prices_minor: NDArray[np.int64]


def evidence_without(histories: Histories, warm: RankedPairs, titles: Titles, cold: NDArray[np.bool_]) -> ColdEvidence:
    """The evidence as it would be if no order had ever held one of the cold items.

    Args:
        histories: What people did.
        warm: Published pairs, from these histories.
        titles: Of all items.
        cold: Shape (n_items,).
    """
    orders_items = histories.orders_items.copy()
    orders_items.data = np.where(cold[orders_items.indices], 0, orders_items.data).astype(np.float32)
    orders_items.eliminate_zeros()
    levels = count_levels(replace(histories, orders_items=orders_items))
    n_items = histories.n_items
    anchor = np.repeat(np.arange(n_items), np.diff(warm.indptr))
    keep = (warm.relation != ALTERNATIVE) & ~cold[anchor] & ~cold[warm.item]
    pairs = (warm.probability[keep], (anchor[keep], warm.item[keep]))
    probability = csr_array(pairs, shape=(n_items, n_items), dtype=np.float32)
    probability.sort_indices()
    known = np.flatnonzero(levels.category >= 0)
    categories = csr_array(
        (np.ones(len(known), np.float32), (known, levels.category[known])), shape=(n_items, len(levels.names))
    )
    return ColdEvidence(titles, levels, probability, categories, histories.catalogue.prices_minor)


def pairs_of(
    evidence: ColdEvidence, anchors: NDArray[np.integer], *, min_shoppers: int, n_threads: int = 1
) -> ColdPairs:
    """Items that may go with each anchor, none of its own category, and what is known of each pair.

    Three sources propose, each at most N_PROPOSED: what the orders of the anchor's category hold, what goes with the
    items called alike, and among the categories that go with the anchor's the items whose titles are nearest.
    An anchor without a category is taken to be of the one that most of its neighbours are of. Work grows with the
    anchors times the items of the categories that go with theirs, memory with the anchors alone.

    Args:
        evidence: What there is to go by.
        anchors: Item indices, ascending.
        min_shoppers: Fewest distinct shoppers who bought of both categories; at 0 categories need not be known.
        n_threads: Threads to multiply with; they change no bit.
    """
    n_items = len(evidence.prices_minor)
    if len(anchors) == 0:
        none = np.zeros(0, np.int64)
        return ColdPairs(none, none, np.zeros(0, np.float32), np.zeros((0, len(COLUMNS)), np.float32))
    neighbours = _neighbours(evidence, anchors, n_threads)
    category = _supposed_categories(evidence, anchors, neighbours)
    borrowed = _borrowed(evidence, neighbours, n_threads)
    proposed = (
        _keys(top_of_rows(borrowed, N_PROPOSED, n_threads=n_threads)),
        _keys(_nearest_titles(evidence, anchors, category, min_shoppers, n_threads)),
        _of_category(evidence, category),
    )
    key = np.unique(np.concatenate(proposed))
    row, item = key // n_items, key % n_items
    n_shoppers = evidence.levels.n_shoppers(category[row], item)
    of_item = evidence.levels.category[item]
    keep = (item != anchors[row]) & ((of_item != category[row]) | (of_item < 0)) & (n_shoppers >= min_shoppers)
    row, item, n_shoppers = row[keep], item[keep], n_shoppers[keep]
    of_kin = _of_category_only(evidence, neighbours, category)
    of_nearest = of_kin.copy()
    of_nearest.data **= NEAREST_EXPONENT
    nearest = neighbours.max(axis=1).toarray().ravel()
    columns = _described(evidence, anchors[row], category[row], item) | {
        "borrowed": values_at(borrowed, row, item),
        "borrowed_of_kin": values_at(_borrowed(evidence, of_kin, n_threads), row, item),
        "borrowed_of_nearest": values_at(_borrowed(evidence, of_nearest, n_threads), row, item),
        "nearest_neighbour": nearest[row],
    }
    values = np.column_stack([columns[name] for name in COLUMNS]).astype(np.float32)
    return ColdPairs(anchors[row].astype(np.int64), item, n_shoppers, values)


def _described(
    evidence: ColdEvidence, anchor: NDArray[np.integer], category: NDArray[np.int32], item: NDArray[np.integer]
) -> dict[str, NDArray[np.floating]]:
    """The columns that titles, categories and prices give; pairs are in order of anchor.

    Args:
        evidence: What there is to go by.
        anchor: Shape (n_pairs,).
        category: The anchor's, or what it is taken to be, -1 where unknown, shape (n_pairs,).
        item: Shape (n_pairs,).
    """
    levels = evidence.levels
    of_item = levels.category[item]
    similarity = evidence.titles.similarity(anchor, item)
    lead, rank = _lead_and_rank(anchor, of_item, item, similarity)
    known = (category >= 0) & (of_item >= 0)
    here, there = np.maximum(category, 0), np.maximum(of_item, 0)
    unknown = np.full(len(item), np.nan)
    described = {
        "title_similarity": similarity,
        "title_similarity_lead": lead,
        "title_similarity_rank": rank,
        "rarest_shared_word": evidence.titles.rarest_shared_word(anchor, item),
        **dict.fromkeys(("category_share", "category_lift", "item_share", "share_within_category"), unknown),
        "popularity": levels.item_orders[item] / max(1, levels.n_orders_all),
        "steps_back": unknown,
        "price_ratio": _price_ratio(evidence.prices_minor, anchor, item),
    }
    if len(levels.names):
        share = values_at(levels.orders, here, there) / np.maximum(levels.n_orders[here], 1)
        chance = levels.category_orders[there] / max(1, levels.n_orders_all)
        within = levels.item_orders[item] / np.maximum(levels.category_orders[there], 1)
        described |= {
            "category_share": np.where(known, share, np.nan),
            "category_lift": np.where(known, np.log((share + SMALL) / (chance + SMALL)), np.nan),
            "item_share": np.where(
                known, values_at(levels.items, here, item) / np.maximum(levels.n_orders[here], 1), np.nan
            ),
            "share_within_category": np.where(of_item >= 0, within, np.nan),
            "steps_back": np.where(category >= 0, levels.steps_back[here], np.nan),
        }
    return described


def _lead_and_rank(
    anchor: NDArray[np.integer], of_item: NDArray[np.int32], item: NDArray[np.integer], similarity: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """How far each title is behind the anchor's nearest of the same category, 0 or less, and its rank from 0."""
    order = np.lexsort((item, -similarity, of_item, anchor))
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (np.diff(anchor[order]) != 0) | (np.diff(of_item[order]) != 0)
    first = np.flatnonzero(begins)
    group = np.cumsum(begins) - 1
    lead, rank = np.empty(len(order), np.float32), np.empty(len(order), np.int64)
    lead[order] = similarity[order] - similarity[order][first][group]
    rank[order] = np.arange(len(order)) - first[group]
    return lead, rank


def _price_ratio(
    prices_minor: NDArray[np.int64], anchor: NDArray[np.integer], item: NDArray[np.integer]
) -> NDArray[np.float64]:
    priced = (prices_minor[anchor] > 0) & (prices_minor[item] > 0)
    ratio = np.maximum(prices_minor[item], 1) / np.maximum(prices_minor[anchor], 1)
    return np.where(priced, np.log(ratio), np.nan)


def _neighbours(evidence: ColdEvidence, anchors: NDArray[np.integer], n_threads: int) -> csr_array:
    """Similarity of the items with pairs that are most like each anchor, shape (n_anchors, n_items)."""
    both = csr_matrix(hstack([evidence.titles.items_words, KIN * evidence.categories]), dtype=np.float32)
    speaks = (np.diff(evidence.probability.indptr) > 0).astype(np.float32)
    # One more than wanted: an anchor with pairs of its own is its own nearest neighbour.
    near = _nearest(both[anchors], csr_matrix(diags_array(speaks) @ both), N_NEIGHBOURS + 1, 0.0, n_threads)
    row = np.repeat(np.arange(len(anchors)), np.diff(near.indptr))
    near.data[near.indices == anchors[row]] = 0
    near.eliminate_zeros()
    near.sort_indices()
    return near


def _of_category_only(evidence: ColdEvidence, neighbours: csr_array, category: NDArray[np.int32]) -> csr_array:
    """The neighbours that are of the anchor's category."""
    kin = neighbours.copy()
    row = np.repeat(np.arange(kin.shape[0]), np.diff(kin.indptr))
    kin.data = np.where(evidence.levels.category[kin.indices] == category[row], kin.data, 0).astype(np.float32)
    kin.eliminate_zeros()
    return kin


def _supposed_categories(
    evidence: ColdEvidence, anchors: NDArray[np.integer], neighbours: csr_array
) -> NDArray[np.int32]:
    """The category of each anchor, shape (n_anchors,); where unknown the one most neighbours are of, or -1."""
    category = evidence.levels.category[anchors]
    votes = csr_array(neighbours @ evidence.categories)
    row = np.repeat(np.arange(len(anchors)), np.diff(votes.indptr))
    indptr, first = best_of_each(row, votes.indices, votes.data, n_anchors=len(anchors), n_best=1)
    voted = np.full(len(anchors), -1, np.int32)
    voted[np.diff(indptr) > 0] = votes.indices[first]
    return np.where(category >= 0, category, voted).astype(np.int32)


def _borrowed(evidence: ColdEvidence, neighbours: csr_array, n_threads: int) -> csr_array:
    """Probability of each item on the pages of the neighbours, averaged by similarity, shape (n_anchors, n_items)."""
    total = neighbours.sum(axis=1)
    shares = csr_matrix(diags_array(1 / np.where(total > 0, total, 1)) @ neighbours, dtype=np.float32)
    if shares.nnz == 0 or evidence.probability.nnz == 0:
        return csr_array(neighbours.shape, dtype=np.float32)
    borrowed = sparse_dot_topn.sp_matmul(shares, csr_matrix(evidence.probability), n_threads=n_threads)
    return csr_array(borrowed) if borrowed.indptr[-1] else csr_array(neighbours.shape, dtype=np.float32)


def _nearest_titles(
    evidence: ColdEvidence,
    anchors: NDArray[np.integer],
    category: NDArray[np.int32],
    min_shoppers: int,
    n_threads: int,
) -> csr_array:
    """The nearest titles among the categories that go with each anchor's, shape (n_anchors, n_items).

    A category over the floor adds 1 to the cosine of its items, so that they alone come to more than 1.
    """
    words, categories = evidence.titles.items_words, evidence.categories
    if min_shoppers == 0:
        return _nearest(csr_matrix(words[anchors]), csr_matrix(words), N_PROPOSED, 0.0, n_threads)
    over = evidence.levels.shoppers.copy()
    over.data = (over.data >= min_shoppers).astype(np.float32)
    known = np.flatnonzero(category >= 0)
    is_of = csr_array(
        (np.ones(len(known), np.float32), (known, category[known])), shape=(len(anchors), categories.shape[1])
    )
    left = csr_matrix(hstack([words[anchors], is_of @ over]), dtype=np.float32)
    return _nearest(left, csr_matrix(hstack([words, categories]), dtype=np.float32), N_PROPOSED, 1.0, n_threads)


def _nearest(left: csr_matrix, items: csr_matrix, n: int, threshold: float, n_threads: int) -> csr_array:
    """The n highest products over the threshold of each row with the items, shape (n_rows, n_items)."""
    shape = (left.shape[0], items.shape[0])
    if left.nnz == 0 or items.nnz == 0:
        return csr_array(shape, dtype=np.float32)
    found = sparse_dot_topn.sp_matmul_topn(left, csr_matrix(items.T), top_n=n, threshold=threshold, n_threads=n_threads)
    return csr_array(found) if found.indptr[-1] else csr_array(shape, dtype=np.float32)


def _of_category(evidence: ColdEvidence, category: NDArray[np.int32]) -> NDArray[np.int64]:
    """Keys of what the orders of each anchor's category hold most often."""
    counts = evidence.levels.items
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    indptr, first = best_of_each(row, counts.indices, counts.data, n_anchors=counts.shape[0], n_best=N_PROPOSED)
    known = np.flatnonzero(category >= 0)
    start, length = indptr[category[known]], np.diff(indptr)[category[known]]
    offset = np.arange(length.sum()) - np.repeat(indptr_of(length)[:-1], length)
    items = counts.indices[first][np.repeat(start, length) + offset]
    return np.asarray(np.repeat(known, length) * counts.shape[1] + items, np.int64)


def _keys(rows_items: csr_array) -> NDArray[np.int64]:
    row = np.repeat(np.arange(rows_items.shape[0], dtype=np.int64), np.diff(rows_items.indptr))
    return np.asarray(row * rows_items.shape[1] + rows_items.indices, np.int64)
