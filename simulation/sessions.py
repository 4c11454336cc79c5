"""Visits online: looking around, comparing alternatives, buying."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.missions import Missions
from simulation.orders import Orders
from simulation.seasons import MICROSECONDS_A_DAY
from simulation.shoppers import Shoppers, draw_devices

SECOND = 1_000_000
NEVER = np.iinfo(np.int64).max
RESEARCH_VISITS = (0.35, 0.42, 0.23)  # shares of missions with none, one or two visits before the decision
RESEARCH_DAYS = 6.0  # mean days between such a visit and the purchase
RIVALS_RESEARCH, RIVALS_DECISION = 0.5, 0.2  # chance that an alternative is looked at in such a visit
CHECKOUT_SIGN_IN = 0.7  # of account holders' purchases that began signed out
CHECKOUT = 780 * SECOND  # from the start of a visit to its checkout


@dataclass(frozen=True, slots=True)
class Sessions:
    """One row a visit, in no order.

    Attributes:
        shopper: Number within the chunk, shape (n,), int64.
        device: Its owner times MAX_DEVICES plus device, shape (n,), int64.
        start: Microseconds since the start of the history, shape (n,), int64.
        item: What the visit is about, shape (n,), int64.
        rival_chance: Chance that each alternative is looked at, shape (n,), float64.
        order: Order made in the visit or -1, shape (n,), int64.
        sign_in: Microseconds after `start` from which the account is known, or NEVER, shape (n,), int64.
    """

    shopper: NDArray[np.int64]
    device: NDArray[np.int64]
    start: NDArray[np.int64]
    item: NDArray[np.int64]
    rival_chance: NDArray[np.float64]
    order: NDArray[np.int64]
    sign_in: NDArray[np.int64]


def draw_sessions(shoppers: Shoppers, missions: Missions, orders: Orders, rng: np.random.Generator) -> Sessions:
    """The visits that lead to the orders, and those that lead nowhere."""
    looks, start = _research(missions, rng)
    online = np.nonzero(~orders.store)[0]
    shopper = np.concatenate([missions.shopper[looks], orders.shopper[online]])
    order = np.concatenate([np.full(len(looks), -1), online])
    decision = np.where(orders.compared[online], RIVALS_DECISION, RIVALS_DECISION / 4)
    device = draw_devices(shoppers, shopper, rng)
    return Sessions(
        shopper=shopper,
        device=device,
        start=np.concatenate([start, orders.time[online]]),
        item=np.concatenate([missions.item[looks], _first_items(orders)[online]]),
        rival_chance=np.concatenate([np.full(len(looks), RIVALS_RESEARCH), decision]),
        order=order,
        sign_in=_sign_in(shoppers, shopper, order >= 0, rng),
    )


def _research(missions: Missions, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Mission and start of each visit before the decision, or instead of one."""
    visits = np.searchsorted(np.cumsum(RESEARCH_VISITS)[:-1], rng.random(len(missions.item)), side="right")
    visits = np.where(missions.buys, visits, np.maximum(visits, 1))
    mission = np.repeat(np.arange(len(visits)), visits)
    days = rng.exponential(RESEARCH_DAYS, len(mission))
    # Whole days keep the hour of the day; the rest moves the visit by up to three hours.
    earlier = np.floor(days) * MICROSECONDS_A_DAY + rng.integers(3600 * SECOND, 4 * 3600 * SECOND, len(mission))
    start = missions.time[mission] - earlier.astype(np.int64)
    within = start >= 0
    return mission[within], start[within]


def _first_items(orders: Orders) -> NDArray[np.int64]:
    """The item each order's visit is about: its dearest would be too tidy, so its first line."""
    first = np.searchsorted(orders.line_order, np.arange(len(orders.shopper)))
    return orders.line_item[first]


def _sign_in(
    shoppers: Shoppers, shopper: NDArray[np.int64], buys: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    draw = rng.random(len(shopper))
    from_start = draw < shoppers.signs_in[shopper]
    at_checkout = buys & shoppers.account[shopper] & (rng.random(len(shopper)) < CHECKOUT_SIGN_IN)
    soon = rng.integers(0, 60 * SECOND, len(shopper))
    return np.where(from_start, soon, np.where(at_checkout, CHECKOUT, NEVER))
