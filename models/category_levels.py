"""Categories as evidence: what goes with what, at the deepest level of the path that enough shoppers bought."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.counting import column_sums, distinct_by, values_at
from models.histories import Histories

LEVEL_SHOPPERS = 30
"""Fewest shoppers of a level for it to speak: at 30 a share is known to about a tenth."""


@dataclass(frozen=True, slots=True, eq=False)
class CategoryLevels:
    """What shoppers of each category bought of the others.

    A category (the whole path of an item) with too few shoppers speaks through the path above it, for instance
    `photo/lenses` for `photo/lenses/macro`; what is counted then is purchases of the item's category together with
    one of another category on that path.

    Attributes:
        names: The categories, in order.
        category: Place of each item in names, -1 where unknown, shape (n_items,), int32.
        steps_back: Steps up the path to the level that speaks for each category, shape (n_categories,), int32.
        n_orders: Orders with an item of that level, shape (n_categories,), float64.
        shoppers: Distinct shoppers who bought of that level and of another category, shape (n_categories,
            n_categories), float32.
        orders: As shoppers, orders that hold both.
        items: As orders, by item instead of category, shape (n_categories, n_items), float32.
        category_orders: Orders with each category, shape (n_categories,), float64.
        item_orders: Orders with each item, shape (n_items,), float64.
        n_orders_all: Orders in all.
    """

    names: tuple[str, ...]
    category: NDArray[np.int32]
    steps_back: NDArray[np.int32]
    n_orders: NDArray[np.float64]
    shoppers: csr_array
    orders: csr_array
    items: csr_array
    category_orders: NDArray[np.float64]
    item_orders: NDArray[np.float64]
    n_orders_all: int

    def n_shoppers(self, category: NDArray[np.integer], item: NDArray[np.integer]) -> NDArray[np.float32]:
        """Distinct shoppers behind each pair of an anchor's category and an item's, shape (n_pairs,).

        Args:
            category: Of the anchor; -1 where unknown.
            item: Index of the item; the shoppers are 0 where its category or the anchor's is unknown.
        """
        known = (category >= 0) & (self.category[item] >= 0)
        found = np.zeros(len(item), np.float32)
        found[known] = values_at(self.shoppers, category[known], self.category[item[known]])
        return found


def count_levels(histories: Histories) -> CategoryLevels:
    """Count all the pairs of categories; grows with the order lines times the depth of the paths."""
    names, category = histories.catalogue.category_codes()
    levels_of = [_path(name) for name in names]
    nodes = sorted({level for levels in levels_of for level in levels})
    place = {node: number for number, node in enumerate(nodes)}
    shoppers_items = distinct_by(histories.orders_items, histories.order_shopper)
    known = np.flatnonzero(category >= 0)
    shape = (histories.n_items, len(names))
    items_categories = csr_array((np.ones(len(known), np.float32), (known, category[known])), shape=shape)
    row = np.repeat(np.arange(len(names)), [len(levels) for levels in levels_of])
    column = np.array([place[level] for levels in levels_of for level in levels], np.int64)
    categories_nodes = csr_array((np.ones(len(row), np.float32), (row, column)), shape=(len(names), len(nodes)))
    shoppers_categories = _held(shoppers_items @ items_categories)
    orders_categories = _held(histories.orders_items @ items_categories)
    n_shoppers = column_sums(_held(shoppers_categories @ categories_nodes))
    chosen, steps = _deepest(levels_of, place, n_shoppers)
    members = csr_array(categories_nodes[:, chosen])
    itself = np.arange(len(names), dtype=np.int32)
    return CategoryLevels(
        names,
        category,
        steps,
        column_sums(_held(orders_categories @ members)),
        _with_another(shoppers_categories, members, shoppers_categories, itself),
        _with_another(orders_categories, members, orders_categories, itself),
        _with_another(orders_categories, members, histories.orders_items, category),
        column_sums(orders_categories),
        column_sums(histories.orders_items),
        histories.n_orders,
    )


def _path(name: str) -> list[str]:
    """The levels of a path, itself first: a/b/c, a/b, a."""
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]


def _deepest(
    levels_of: list[list[str]], place: dict[str, int], n_shoppers: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The node that speaks for each category and the steps up to it; the highest where none has enough shoppers."""
    chosen, steps = [], []
    for levels in levels_of:
        found = next((n for n, level in enumerate(levels) if n_shoppers[place[level]] >= LEVEL_SHOPPERS), None)
        step = len(levels) - 1 if found is None else found
        chosen.append(place[levels[step]])
        steps.append(step)
    return np.array(chosen, np.int64), np.array(steps, np.int32)


def _with_another(
    rows_categories: csr_array, members: csr_array, rows_things: csr_array, category_of_thing: NDArray[np.int32]
) -> csr_array:
    """Rows that hold each thing and an item of each level from another category than the thing's.

    Args:
        rows_categories: 1 where the row holds the category, shape (n_rows, n_categories).
        members: 1 where the category lies under the level of another, shape (n_categories, n_levels).
        rows_things: 1 where the row holds the thing, an item or a category, shape (n_rows, n_things).
        category_of_thing: Shape (n_things,), -1 where unknown.

    Returns:
        Shape (n_levels, n_things), float32, sorted indices.
    """
    n_held = csr_array(rows_categories @ members)
    any_held, two_held = _held(n_held), _held(csr_array(n_held.multiply(n_held > 1)))
    outside, inside = csr_array(any_held.T @ rows_things), csr_array(two_held.T @ rows_things)
    for counts, wanted in ((outside, False), (inside, True)):
        counts.sort_indices()
        level = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        of_thing = category_of_thing[counts.indices]
        under = values_at(members, np.maximum(of_thing, 0), level) > 0
        counts.data[(under & (of_thing >= 0)) != wanted] = 0
    counts = csr_array(outside + inside, dtype=np.float32)
    counts.eliminate_zeros()
    counts.sort_indices()
    return counts


def _held(counts: csr_array) -> csr_array:
    held = csr_array(counts, dtype=np.float32, copy=True)
    held.eliminate_zeros()
    held.data = np.ones_like(held.data)
    held.sort_indices()
    return held
