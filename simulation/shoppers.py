"""The people of a simulated shop: where they live, what they care for, how they shop."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.sampling import share_sampler

N_INTERESTS = 3
MAX_DEVICES = 3
DEVICE_SHARES = (0.68, 0.24, 0.08)  # of the first, second and third device among a shopper's visits
ACCOUNT_SHARE = 0.64
HOUSEHOLD_SHARE = 0.06  # of neighbours in the numbering live together, and lend each other their devices
BORROWED_SHARE = 0.2  # of their visits
STORE_FANS = 0.3  # of account holders also buy in the store, where the account's card is scanned


@dataclass(frozen=True, slots=True)
class Shoppers:
    """Shoppers of one chunk, by their number within it.

    Attributes:
        activity: Visits relative to the average shopper, shape (n,), float64.
        jurisdiction: Position in `simulation.consent.JURISDICTIONS`, shape (n,), int64.
        interests: Department numbers, shape (n, N_INTERESTS), int64.
        partner: Number of the person at the same address, the shopper's own for none, shape (n,), int64.
        n_devices: 1 to MAX_DEVICES, shape (n,), int64.
        account: Holds a customer account (or will), shape (n,), bool.
        long_standing: The account is older than the history, shape (n,), bool.
        signs_in: Share of visits signed in from the start, shape (n,), float64.
        store_share: Share of purchases in the store, shape (n,), float64.
        reserve: How reluctant to be measured, uniform from 0 to 1, shape (n,), float64.
    """

    activity: NDArray[np.float64]
    jurisdiction: NDArray[np.int64]
    interests: NDArray[np.int64]
    partner: NDArray[np.int64]
    n_devices: NDArray[np.int64]
    account: NDArray[np.bool_]
    long_standing: NDArray[np.bool_]
    signs_in: NDArray[np.float64]
    store_share: NDArray[np.float64]
    reserve: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.activity)


def draw_shoppers(
    n_shoppers: int,
    jurisdiction_shares: NDArray[np.float64],
    department_shares: NDArray[np.float64],
    rng: np.random.Generator,
) -> Shoppers:
    """Shoppers drawn independently of each other.

    Args:
        n_shoppers: How many.
        jurisdiction_shares: Weight of each jurisdiction.
        department_shares: Weight of each department among interests.
        rng: Source of every draw.
    """
    account = rng.random(n_shoppers) < ACCOUNT_SHARE
    fan = account & (rng.random(n_shoppers) < STORE_FANS)
    jurisdictions = share_sampler(jurisdiction_shares)
    departments = share_sampler(department_shares)
    partner = _partners(n_shoppers, rng)
    addresses = jurisdictions.draw(rng, np.zeros(n_shoppers, dtype=np.int64))
    return Shoppers(
        activity=rng.gamma(1.8, 1 / 1.8, n_shoppers),
        jurisdiction=addresses[np.minimum(partner, np.arange(n_shoppers))],
        interests=departments.draw(rng, np.zeros((n_shoppers, N_INTERESTS), dtype=np.int64)),
        partner=partner,
        n_devices=1 + rng.binomial(MAX_DEVICES - 1, 0.3, n_shoppers),
        account=account,
        long_standing=account & (rng.random(n_shoppers) < 0.6),
        signs_in=np.where(account, rng.beta(1.2, 2.2, n_shoppers), 0.0),
        store_share=np.where(fan, rng.beta(2.0, 2.5, n_shoppers), 0.0),
        reserve=rng.random(n_shoppers),
    )


def draw_devices(shoppers: Shoppers, who: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """The device of each visit, a number in the chunk: owner times MAX_DEVICES plus device, shape of `who`."""
    owner = np.where(rng.random(who.shape) < BORROWED_SHARE, shoppers.partner[who], who)
    device = np.searchsorted(np.cumsum(DEVICE_SHARES)[:-1], rng.random(who.shape), side="right")
    return np.asarray(owner * MAX_DEVICES + np.minimum(device, shoppers.n_devices[owner] - 1), dtype=np.int64)


def _partners(n_shoppers: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Who lives with whom: some of the pairs 0 and 1, 2 and 3, and so on."""
    number = np.arange(n_shoppers)
    together = np.repeat(rng.random(n_shoppers // 2 + 1) < HOUSEHOLD_SHARE, 2)[:n_shoppers]
    return np.where(together & ((number ^ 1) < n_shoppers), number ^ 1, number)
