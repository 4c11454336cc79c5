"""What goes with a category: for items too new to have pairs of their own."""

import numpy as np
from scipy.sparse import csr_array

from models.bundle.contents import BASES, RELATIONS, RankedPairs
from models.counting import column_sums, distinct_by
from models.generators.log_likelihood import log_likelihood_ratio
from models.histories import Histories
from models.ranking import best_pairs

SURPRISE = 10.83
"""Log-likelihood ratio beyond which independence would be met once in 1,000: chi-square with one degree of freedom."""


def category_pairs(
    histories: Histories, *, min_shoppers: int, max_candidates: int
) -> tuple[tuple[str, ...], RankedPairs]:
    """For each category the items of other categories that its orders hold more often than chance.

    The probability is the share of the category's orders that hold the item. A pair counts only if at least
    min_shoppers distinct shoppers bought both.

    Args:
        histories: What people did.
        min_shoppers: Fewest distinct shoppers under a published pair.
        max_candidates: Most items kept for a category.

    Returns:
        Category names in order, and their items; the relation is complement, as the anchor itself is not known.
    """
    names, category = histories.catalogue.category_codes()
    known = np.flatnonzero(category >= 0)
    items_categories = csr_array(
        (np.ones(len(known), np.float32), (known, category[known])), shape=(histories.n_items, len(names))
    )
    both = _joint(histories.orders_items, items_categories).tocoo()
    anchor, item, n_both = both.row, both.col, both.data.astype(np.float64)
    in_category = column_sums(_distinct(histories.orders_items @ items_categories))
    in_item = column_sums(histories.orders_items)
    shoppers_items = distinct_by(histories.orders_items, histories.order_shopper)
    support = _joint(shoppers_items, items_categories)
    n_shoppers = np.asarray(support[anchor, item]).ravel() if len(anchor) else np.zeros(0, np.float32)
    margins = np.column_stack((in_category[anchor], in_item[item]))
    surprise = log_likelihood_ratio(n_both, margins, max(1, histories.n_orders))
    keep = (n_shoppers >= min_shoppers) & (surprise > SURPRISE) & (category[item] != anchor)
    anchor, item = anchor[keep], item[keep]
    pairs = best_pairs(
        anchor,
        item,
        (n_both[keep] / in_category[anchor]).astype(np.float32),
        np.full(len(anchor), RELATIONS.index("complement"), np.uint8),
        n_shoppers[keep],
        np.full(len(anchor), BASES.index("purchases"), np.uint8),
        n_anchors=len(names),
        max_candidates=max_candidates,
    )
    return names, pairs


def _distinct(counts: csr_array) -> csr_array:
    counts = csr_array(counts)
    counts.data = np.ones_like(counts.data)
    counts.sort_indices()
    return counts


def _joint(rows_items: csr_array, items_categories: csr_array) -> csr_array:
    """Rows that hold the category and the item, shape (n_categories, n_items)."""
    joint = csr_array(_distinct(rows_items @ items_categories).T @ rows_items)
    joint.sort_indices()
    return joint
