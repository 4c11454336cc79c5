"""What is used up and bought again, and after how long."""

import numpy as np
from numpy.typing import NDArray

from models.histories import Histories

DAY_S = 86_400


def share_bought_again(histories: Histories) -> NDArray[np.float64]:
    """Share of the item's buyers who bought it in two orders or more, shape (n_items,); 0 without buyers."""
    shopper, item, _ = _purchases(histories)
    first = _begins(shopper, item)
    times = np.diff(np.append(first, len(item)))
    bought = item[first]
    again = np.bincount(bought[times > 1], minlength=histories.n_items)
    return np.asarray(again / np.maximum(np.bincount(bought, minlength=histories.n_items), 1), dtype=np.float64)


def refill_interval_days(histories: Histories, *, refill_share: float, min_shoppers: int) -> NDArray[np.float32]:
    """Days after which each item is bought again, shape (n_items,), float32; 0 where that is not known.

    The median over its shoppers of each one's own median: who buys it weekly counts once, as everybody does.

    Args:
        histories: What people did.
        refill_share: Share of an item's buyers who bought it in two orders or more, from which on it is used up.
        min_shoppers: Fewest distinct shoppers who bought the item again.
    """
    shopper, item, time_s = _purchases(histories)
    follows = (shopper[1:] == shopper[:-1]) & (item[1:] == item[:-1])
    days = np.diff(time_s)[follows] / DAY_S
    of_shopper, shoppers_item = shopper[1:][follows], item[1:][follows]
    first = _begins(of_shopper, shoppers_item)
    own, of_item = _medians(first, days), shoppers_item[first]
    order = np.argsort(of_item, kind="stable")
    begins = _begins(of_item[order])
    medians = _medians(begins, own[order])
    known = np.diff(np.append(begins, len(order))) >= min_shoppers
    bought_again = of_item[order][begins]
    known &= share_bought_again(histories)[bought_again] >= refill_share
    intervals = np.zeros(histories.n_items, np.float32)
    intervals[bought_again[known]] = medians[known]
    return intervals


def _purchases(histories: Histories) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Shopper, item and time of each purchase, by shopper, then item, then time."""
    orders = histories.orders_items
    row = np.repeat(np.arange(histories.n_orders), np.diff(orders.indptr))
    shopper, item, time_s = histories.order_shopper[row], orders.indices, histories.order_time_s[row]
    order = np.lexsort((time_s, item, shopper))
    return shopper[order], item[order], time_s[order]


def _begins(*keys: NDArray[np.integer]) -> NDArray[np.int64]:
    """Where each run of equal keys begins."""
    if not len(keys[0]):
        return np.zeros(0, np.int64)
    changes = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return np.concatenate(([0], np.flatnonzero(changes) + 1)).astype(np.int64)


def _medians(begins: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of the values of each run, of two in the middle their mean."""
    ends = np.append(begins, len(values))[1:]
    run = np.repeat(np.arange(len(begins)), ends - begins)
    ranked = values[np.lexsort((values, run))]
    low, high = (begins + ends - 1) // 2, (begins + ends) // 2
    return np.asarray((ranked[low] + ranked[high]) / 2)
