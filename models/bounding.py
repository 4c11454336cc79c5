"""Bounds what one shopper says, so that noise can hide any of them: whole shoppers, all their orders together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.histories import Histories
from models.lists import indptr_of

RUN_PAIRS = 5_000_000
"""Pairs looked at together: 200 MB of codes and ranks."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""SplitMix64: Steele, Lea and Flood (2014), Fast Splittable Pseudorandom Number Generators."""


@dataclass(frozen=True, slots=True, eq=False)
class BoundedCounts:
    """How many shoppers bought each item and each pair, none of them counted for more than the bounds.

    Attributes:
        item_counts: Shoppers of each item, shape (n_items,), int64.
        left: The pair's item of the smaller index, shape (n_pairs,), int64; pairs are distinct and in order.
        right: Its other item, shape (n_pairs,), int64.
        pair_counts: Shoppers of each pair, shape (n_pairs,), int64, 1 or more.
    """

    item_counts: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    pair_counts: NDArray[np.int64]


def bounded_counts(
    histories: Histories, *, max_items: int, max_pairs: int, seed: int, may_count: NDArray[np.bool_] | None = None
) -> BoundedCounts:
    """Count shoppers of items and pairs after cutting what each shopper says to the bounds.

    Without a shopper at most max_items of the item counts and at most max_pairs of the pair counts are lower, each by
    1, and nothing else differs. So which of a shopper's items and pairs count is decided by what that shopper bought
    and by the seed, never by a number that others have a part in: not by how an item sells, nor by its index, which
    moves when another shopper's only item is gone.

    Of a shopper's items those of most own orders count; of their pairs those that most own orders hold together.
    Among equals a hash of ids and seed decides. It is the same for everybody, so that shoppers who cannot speak for
    all their pairs speak for the same ones: some pairs are then counted nearly in full, where choices of each
    shopper's own would leave a little of all of them and nothing over the noise.

    Args:
        histories: What people did; orders alone count. An order without a known person is a shopper of its own.
        max_items: Most items that count of a shopper, 1 or more.
        max_pairs: Most pairs, of those items, that count of a shopper, 1 or more.
        seed: Of the hash.
        may_count: Items that may count, shape (n_items,), the same whoever buys; all where not given.
    """
    keys = item_keys(histories.items.ids, seed)
    shoppers_items, orders_items, order_shopper = _bounded_items(histories, keys, max_items, may_count)
    item_counts = np.bincount(shoppers_items.indices, minlength=histories.n_items).astype(np.int64)
    codes = [np.zeros(0, np.int64)]
    for first, end in _runs(shoppers_items, orders_items, order_shopper):
        begin, stop = np.searchsorted(order_shopper, (first, end))
        shopper, left, right = _pairs_of_rows(shoppers_items[first:end])
        order, *together = _pairs_of_rows(orders_items[begin:stop])
        who = np.concatenate((shopper, order_shopper[begin:stop][order] - first))
        of_all = np.concatenate((left, together[0])), np.concatenate((right, together[1]))
        codes.append(_chosen(who, *of_all, keys, max_pairs))
    code, pair_counts = np.unique(np.concatenate(codes), return_counts=True)
    n_items = max(1, histories.n_items)
    return BoundedCounts(item_counts, code // n_items, code % n_items, pair_counts.astype(np.int64))


def item_keys(item_ids: Sequence[str], seed: int) -> NDArray[np.uint64]:
    """A number of each item that its id and the seed decide, shape (n_items,)."""
    key = seed.to_bytes(8, "little")
    digests = (blake2b(item_id.encode(), digest_size=8, key=key).digest() for item_id in item_ids)
    return np.fromiter((int.from_bytes(digest, "little") for digest in digests), np.uint64, len(item_ids))


def _bounded_items(
    histories: Histories, keys: NDArray[np.uint64], max_items: int, may_count: NDArray[np.bool_] | None
) -> tuple[csr_array, csr_array, NDArray[np.int64]]:
    """Shoppers by the items that count, orders of only those items, and whose each order is; orders by shopper."""
    n_items = histories.n_items
    by_shopper = np.argsort(histories.order_shopper, kind="stable")
    orders = histories.orders_items[by_shopper]
    _, order_shopper = np.unique(histories.order_shopper[by_shopper], return_inverse=True)
    order = np.repeat(np.arange(orders.shape[0]), np.diff(orders.indptr))
    item = orders.indices.astype(np.int64)
    if may_count is not None:
        order, item = order[may_count[item]], item[may_count[item]]
    cell = order_shopper[order] * n_items + item
    held, n_orders = np.unique(cell, return_counts=True)
    shopper, held_item = held // max(1, n_items), held % max(1, n_items)
    # Of equal keys, which 64 bits hardly ever are, the smaller id: indices follow the ids whatever others bought.
    best = np.lexsort((held_item, keys[held_item], -n_orders, shopper))
    kept = np.sort(held[best][_place_in_run(shopper[best]) < max_items])
    n_shoppers = int(order_shopper.max(initial=-1)) + 1
    counts = np.isin(cell, kept)
    return (
        _matrix(kept // max(1, n_items), kept % max(1, n_items), (n_shoppers, n_items)),
        _matrix(order[counts], item[counts], orders.shape),
        order_shopper.astype(np.int64),
    )


def _matrix(row: NDArray[np.int64], column: NDArray[np.int64], shape: tuple[int, int]) -> csr_array:
    """Cells of 1, given by row and then column."""
    indptr = indptr_of(np.bincount(row, minlength=shape[0]))
    return csr_array((np.ones(len(column), np.float32), column, indptr), shape=shape)


def _runs(
    shoppers_items: csr_array, orders_items: csr_array, order_shopper: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Runs of shoppers, first and one past the last, of about RUN_PAIRS pairs or of one shopper."""
    n_items, n_of_order = np.diff(shoppers_items.indptr), np.diff(orders_items.indptr)
    n_shoppers = len(n_items)
    of_orders = np.bincount(order_shopper, weights=n_of_order * (n_of_order - 1) / 2, minlength=n_shoppers)
    before = np.concatenate(([0], np.cumsum(n_items * (n_items - 1) / 2 + of_orders)))
    first = 0
    while first < n_shoppers:
        end = max(first + 1, int(np.searchsorted(before, before[first] + RUN_PAIRS, side="right")) - 1)
        yield first, end
        first = end


def _pairs_of_rows(rows_items: csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every two items of each row: the row, the smaller index and the larger, each of shape (n_pairs,)."""
    lengths = np.diff(rows_items.indptr)
    row = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    cell = np.arange(len(row))
    n_after = rows_items.indptr[row + 1] - cell - 1
    left = np.repeat(cell, n_after)
    right = left + 1 + np.arange(len(left)) - np.repeat(np.cumsum(n_after) - n_after, n_after)
    item = rows_items.indices.astype(np.int64)
    return row[left], item[left], item[right]


def _chosen(
    who: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    keys: NDArray[np.uint64],
    max_pairs: int,
) -> NDArray[np.int64]:
    """Codes of the pairs that count, each once for each shopper who speaks for it.

    Args:
        who: Shape (n,): a pair of a shopper is there once, and once more for each order that holds both.
        left: The pair's smaller index, shape (n,).
        right: Its larger one, shape (n,).
        keys: As item_keys gives them.
        max_pairs: Most pairs of a shopper.
    """
    n_items = max(1, len(keys))
    code = left * n_items + right
    in_order = np.lexsort((code, who))
    who, code = who[in_order], code[in_order]
    is_head = np.ones(len(who), np.bool_)
    is_head[1:] = (np.diff(who) != 0) | (np.diff(code) != 0)
    head = np.flatnonzero(is_head)
    n_times = np.diff(np.append(head, len(who)))
    who, code = who[head], code[head]
    best = np.lexsort((code, pair_keys(keys[code // n_items], keys[code % n_items]), -n_times, who))
    return np.asarray(code[best][_place_in_run(who[best]) < max_pairs])


def pair_keys(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A number of each pair that the keys of its items decide, in either order."""
    mixed = np.minimum(one, other) * _GOLDEN + np.maximum(one, other)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _place_in_run(value: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the same value stand before each, shape as given; equal values stand together, ascending."""
    return np.asarray(np.arange(len(value)) - np.searchsorted(value, value, side="left"))
