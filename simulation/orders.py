"""Purchases: the item wanted, what is bought with it, what follows later and what is used up."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulation.missions import Missions
from simulation.seasons import MICROSECONDS_A_DAY
from simulation.shop import Shop
from simulation.shoppers import Shoppers
from simulation.truth import MAX_RIVALS

SAME_ORDER = 0.55  # of accessories are bought with their main item, the others later
LATER_DAYS = (2.0, 7.0)  # shape and scale of the gamma law of the delay: two weeks on average
SWAP_SHARE = 0.2  # of accessories that any brand could be are of another brand than the usual one
IMPULSE_SHARE = 0.16
STRAY_SHARE = 0.12  # of orders hold something that has nothing to do with the rest
FIRST_REFILL_SHARE = 0.3  # of those who come back for refills take the first one along at once
LAST_REFILL = 0.12  # chance that a refill was the last one
REFILL_JITTER = 0.12  # of the interval
_Lines: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]  # order and item of each line
CLOSING = MICROSECONDS_A_DAY // 12  # orders of the last two hours would run past the end


@dataclass(frozen=True, slots=True)
class Orders:
    """One row an order, in no order of time; `lines_*` hold one row an item of an order.

    Attributes:
        shopper: Number within the chunk, shape (n_orders,), int64.
        time: Start of the visit, microseconds since the start, shape (n_orders,), int64.
        store: Bought in the store, shape (n_orders,), bool.
        compared: Whether alternatives of the first line are looked at again, shape (n_orders,), bool.
        line_order: Order of each line, shape (n_lines,), int64.
        line_item: Item of each line, once an order, shape (n_lines,), int64.
        line_quantity: Pieces, 1 or more, shape (n_lines,), int64.
    """

    shopper: NDArray[np.int64]
    time: NDArray[np.int64]
    store: NDArray[np.bool_]
    compared: NDArray[np.bool_]
    line_order: NDArray[np.int64]
    line_item: NDArray[np.int64]
    line_quantity: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Baskets:
    """Orders of one cause, numbered from 0, with their lines."""

    shopper: NDArray[np.int64]
    time: NDArray[np.int64]
    lines: list[_Lines]


def draw_orders(shop: Shop, shoppers: Shoppers, missions: Missions, rng: np.random.Generator) -> Orders:
    """Every order that the missions lead to within the history."""
    bought = np.nonzero(missions.buys)[0]
    item = missions.item[bought]
    same, later = _attached(shop, item, ~missions.gift[bought], rng)
    main = _Baskets(missions.shopper[bought], missions.time[bought], [(np.arange(len(bought)), item), same])
    refills, first_refills = _refills(shop, main, item, ~missions.gift[bought], rng)
    main.lines.append(first_refills)
    causes = (main, _follow_ups(main, later, rng), refills)
    shopper = np.concatenate([cause.shopper for cause in causes])
    time = np.concatenate([cause.time for cause in causes])
    sizes = [len(cause.shopper) for cause in causes]
    starts = np.cumsum([0, *sizes])
    line_order = np.concatenate([order + starts[n] for n, cause in enumerate(causes) for order, _ in cause.lines])
    line_item = np.concatenate([items for cause in causes for _, items in cause.lines])
    store = rng.random(len(shopper)) < shoppers.store_share[shopper]
    store[: sizes[0]] = missions.store[bought]
    compared = np.arange(len(shopper)) < sizes[0]
    extra_order, extra_item = _extras(shop, len(shopper), rng)
    line_order = np.concatenate([line_order, extra_order])
    line_item = np.concatenate([line_item, extra_item])
    kept = time < shop.settings.days * MICROSECONDS_A_DAY - CLOSING
    return _compact(shopper, time, store, compared, line_order, line_item, kept, shop.catalogue.n_items, rng)


def _attached(
    shop: Shop, item: NDArray[np.int64], wants: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[_Lines, _Lines]:
    """Accessories and complements of each purchase, as (purchase, item): in the same order, and later."""
    truth = shop.truth
    groups = truth.groups[item]
    draws = np.take_along_axis(rng.random(groups.shape), np.maximum(groups, 0), axis=1)
    chosen = (draws >= truth.low[item]) & (draws < truth.high[item]) & (groups >= 0) & wants[:, None]
    at_once = rng.random(groups.shape) < SAME_ORDER
    pairs = []
    for where in (chosen & at_once, chosen & ~at_once):
        purchase, place = np.nonzero(where)
        target = truth.links[item[purchase], place]
        rival = truth.rivals[target, rng.integers(0, MAX_RIVALS, len(target))]
        swapped = truth.open_choice[target] & (rival >= 0) & (rng.random(len(target)) < SWAP_SHARE)
        pairs.append((purchase, np.where(swapped, rival, target)))
    return pairs[0], pairs[1]


def _follow_ups(main: _Baskets, later: _Lines, rng: np.random.Generator) -> _Baskets:
    """One later order for each purchase with something left to buy."""
    purchases, order = np.unique(later[0], return_inverse=True)
    days = 1.0 + rng.gamma(*LATER_DAYS, len(purchases))
    # Whole days keep the hour; the offset moves it within the evening.
    delay = np.floor(days) * MICROSECONDS_A_DAY + rng.integers(0, MICROSECONDS_A_DAY // 8, len(purchases))
    time = main.time[purchases] + delay.astype(np.int64)
    return _Baskets(main.shopper[purchases], time, [(order, later[1])])


def _refills(
    shop: Shop, main: _Baskets, item: NDArray[np.int64], wants: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[_Baskets, _Lines]:
    """Orders of refills, one line each, and the refills taken along in the main orders."""
    truth = shop.truth
    returns = (rng.random(truth.refills[item].shape) < truth.refill_rates[item]) & wants[:, None]
    purchase, place = np.nonzero(returns & (truth.refills[item] >= 0))
    refill = truth.refills[item[purchase], place]
    interval = truth.refill_days[item[purchase], place] * np.exp(0.1 * rng.standard_normal(len(purchase)))
    at_once = rng.random(len(purchase)) < FIRST_REFILL_SHARE
    left = (shop.settings.days * MICROSECONDS_A_DAY - main.time[purchase]) / MICROSECONDS_A_DAY / interval
    times = np.minimum(rng.geometric(LAST_REFILL, len(purchase)), np.floor(left).astype(np.int64))
    row = np.repeat(np.arange(len(purchase)), times)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times) + 1
    days = interval[row] * (turn + REFILL_JITTER * rng.standard_normal(len(row)))
    delay = np.maximum(np.round(days), 2.0) * MICROSECONDS_A_DAY + rng.integers(0, MICROSECONDS_A_DAY // 8, len(row))
    time = main.time[purchase[row]] + delay.astype(np.int64)
    later = _Baskets(main.shopper[purchase[row]], time, [(np.arange(len(row)), refill[row])])
    return later, (purchase[at_once], refill[at_once])


def _extras(shop: Shop, n_orders: int, rng: np.random.Generator) -> _Lines:
    """Small things and strays that ride along with any order, as (order, item)."""
    impulsive = np.nonzero(rng.random(n_orders) < IMPULSE_SHARE)[0]
    stray = np.nonzero(rng.random(n_orders) < STRAY_SHARE)[0]
    shares = shop.department_shares / shop.department_shares.sum()
    departments = rng.choice(len(shares), len(stray), p=shares)
    items = [shop.impulses.draw(rng, np.zeros_like(impulsive)), shop.wanted.draw(rng, departments)]
    return np.concatenate([impulsive, stray]), np.concatenate(items)


def _compact(
    shopper: NDArray[np.int64],
    time: NDArray[np.int64],
    store: NDArray[np.bool_],
    compared: NDArray[np.bool_],
    line_order: NDArray[np.int64],
    line_item: NDArray[np.int64],
    kept: NDArray[np.bool_],
    n_items: int,
    rng: np.random.Generator,
) -> Orders:
    """The kept orders, renumbered, each item once an order."""
    number = np.cumsum(kept) - 1
    lines = kept[line_order]
    once = np.unique(number[line_order[lines]] * n_items + line_item[lines])
    quantity = 1 + (rng.random(len(once)) < 0.08) + (rng.random(len(once)) < 0.02)
    return Orders(
        shopper[kept],
        time[kept],
        store[kept],
        compared[kept],
        once // n_items,
        once % n_items,
        quantity.astype(np.int64),
    )
