"""What shoppers set out to buy, and whether they do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.seasons import MICROSECONDS_A_DAY, draw_moments
from simulation.shop import Shop
from simulation.shoppers import N_INTERESTS, Shoppers

MISSIONS_A_YEAR = 5.2
INTEREST_SHARE = 0.7  # of missions lie within the shopper's interests
BUYING_SHARE = 0.66  # of missions end in a purchase
GIFT_SHARE = 0.07
AGAIN_SHARE = 0.05  # of second purchases of one kind of item within the history; the others only look


@dataclass(frozen=True, slots=True)
class Missions:
    """One row a mission, in no order.

    Attributes:
        shopper: Number within the chunk, shape (n,), int64.
        item: What is wanted, shape (n,), int64.
        time: Microseconds since the start, shape (n,), int64.
        buys: Whether it ends in a purchase, shape (n,), bool.
        gift: Bought for somebody else, shape (n,), bool.
        store: Bought in the store, shape (n,), bool.
    """

    shopper: NDArray[np.int64]
    item: NDArray[np.int64]
    time: NDArray[np.int64]
    buys: NDArray[np.bool_]
    gift: NDArray[np.bool_]
    store: NDArray[np.bool_]


def draw_missions(shop: Shop, shoppers: Shoppers, rng: np.random.Generator) -> Missions:
    """Every mission of these shoppers within the history."""
    days = shop.settings.days
    counts = rng.poisson(MISSIONS_A_YEAR * days / 365 * shoppers.activity)
    shopper = np.repeat(np.arange(len(shoppers)), counts)
    n_missions = len(shopper)
    all_departments = rng.choice(
        len(shop.department_shares), n_missions, p=shop.department_shares / shop.department_shares.sum()
    )
    own = shoppers.interests[shopper, rng.integers(0, N_INTERESTS, n_missions)]
    department = np.where(rng.random(n_missions) < INTEREST_SHARE, own, all_departments)
    item = shop.wanted.draw(rng, department)
    time = draw_moments(shop.season[item], days, shop.moments, rng)
    buys = rng.random(n_missions) < BUYING_SHARE
    gift = buys & (rng.random(n_missions) < GIFT_SHARE * np.where(_december(shop, time), 3.0, 1.0))
    kind = shopper * (int(shop.catalogue.leaf.max()) + 1) + shop.catalogue.leaf[item]
    buys &= gift | _first(kind, buys & ~gift) | (rng.random(n_missions) < AGAIN_SHARE)
    store = buys & (rng.random(n_missions) < shoppers.store_share[shopper])
    return Missions(shopper, item, time, buys, gift, store)


def _first(kind: NDArray[np.int64], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a kind occurs for the first time among the rows that are True, shape of `kind`."""
    rows = np.nonzero(among)[0]
    first = np.zeros(len(kind), dtype=np.bool_)
    first[rows[np.unique(kind[rows], return_index=True)[1]]] = True
    return first


def _december(shop: Shop, time: NDArray[np.int64]) -> NDArray[np.bool_]:
    dates = np.datetime64(shop.settings.start.replace(tzinfo=None), "us") + (time // MICROSECONDS_A_DAY).astype(
        "timedelta64[D]"
    )
    return np.asarray(dates.astype("datetime64[M]").astype(np.int64) % 12 == 11)
