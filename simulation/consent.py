"""Who allows what, when, and who changes their mind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.seasons import MICROSECONDS_A_DAY
from simulation.shoppers import MAX_DEVICES, Shoppers

PURPOSES = ("personalisation", "model_training", "measurement", "contact")
SHOPPER_KINDS = ("customer", "visitor")
CUSTOMER, VISITOR = range(2)
SOURCES = ("account", "banner", "preference_page")
ACCOUNT, BANNER, PREFERENCE_PAGE = range(3)
POLICY_VERSIONS = ("2024-05", "2026-02")
POLICY_CHANGE_DAY = 100  # of the history; from then on records carry the newer version

JURISDICTIONS = ("DE", "FR", "GB", "NL", "US-CA", "US-TX", "CA-QC")
JURISDICTION_SHARES = np.array((0.3, 0.16, 0.2, 0.08, 0.12, 0.08, 0.06))
# Of visitors shown a banner: accept all, choose, refuse all; the others leave it unanswered. Where the law asks
# for an opt-out only (Texas), half the visitors never see one.
BANNER_ANSWERS = np.array(
    (
        (0.62, 0.13, 0.16),
        (0.62, 0.12, 0.2),
        (0.72, 0.1, 0.1),
        (0.7, 0.12, 0.12),
        (0.8, 0.06, 0.08),
        (0.46, 0.03, 0.03),
        (0.68, 0.12, 0.14),
    )
)
# Of those who choose, or who fill in an account's form: share that allows each purpose.
CHOSEN_SHARES = np.array((0.7, 0.45, 0.6, 0.3))
ACCOUNT_SHARES = np.array((0.86, 0.75, 0.82, 0.45))
STRICTNESS = np.array((0.95, 0.92, 1.03, 1.0, 1.05, 1.08, 0.97))  # on ACCOUNT_SHARES, by jurisdiction
NEVER_ASKED = 0.05  # of accounts: older than the form
ONE_PERSON = 0.7  # of devices answer as their owner would elsewhere; the others as the moment has it
WITHDRAWS = 0.07
WITHDRAWS_ALL = 0.6  # of those who withdraw; the others withdraw model training alone
COMES_ROUND = 0.07  # of those who refused or did not answer grant later


@dataclass(frozen=True, slots=True)
class Consents:
    """One row a record, in no order.

    Attributes:
        kind: Position in SHOPPER_KINDS, shape (n,), int64.
        who: Shopper's number in the chunk, or device's for visitors, shape (n,), int64.
        purpose: Position in PURPOSES, shape (n,), int64.
        granted: Shape (n,), bool.
        time: Microseconds since the start, negative before it, shape (n,), int64.
        jurisdiction: Position in JURISDICTIONS, shape (n,), int64.
        source: Position in SOURCES, shape (n,), int64.
    """

    kind: NDArray[np.int64]
    who: NDArray[np.int64]
    purpose: NDArray[np.int64]
    granted: NDArray[np.bool_]
    time: NDArray[np.int64]
    jurisdiction: NDArray[np.int64]
    source: NDArray[np.int64]


def draw_consents(
    shoppers: Shoppers,
    device_seen: NDArray[np.int64],
    account_seen: NDArray[np.int64],
    end: int,
    rng: np.random.Generator,
) -> Consents:
    """Every record of these shoppers' devices and accounts, later changes included.

    Args:
        shoppers: The people.
        device_seen: First event of each device, `end` for none, shape (n_shoppers * MAX_DEVICES,), microseconds.
        account_seen: First event of each account, `end` for none, shape (n_shoppers,), microseconds.
        end: Length of the history in microseconds.
        rng: Source of every draw.
    """
    devices = np.nonzero(device_seen < end)[0]
    accounts = np.nonzero((account_seen < end) | shoppers.long_standing)[0]
    at_banner = device_seen[devices] - rng.integers(1, 5, len(devices)) * 1_000_000
    before = -rng.integers(MICROSECONDS_A_DAY, 700 * MICROSECONDS_A_DAY, len(accounts))
    at_form = np.where(shoppers.long_standing[accounts], before, account_seen[accounts] - 1_000_000)
    banner, answered = _banner(shoppers, devices, rng)
    form = _form(shoppers, accounts, rng)
    asked = rng.random(len(accounts)) >= NEVER_ASKED
    parts = [
        *_records(VISITOR, devices, banner, answered, at_banner, BANNER, end, rng),
        *_records(CUSTOMER, accounts, form, asked, at_form, ACCOUNT, end, rng),
    ]
    kind, who, purpose, granted, time, source = (np.concatenate(column) for column in zip(*parts, strict=True))
    owner = np.where(kind == VISITOR, who // MAX_DEVICES, who)
    return Consents(kind, who, purpose, granted.astype(np.bool_), time, shoppers.jurisdiction[owner], source)


def policy_version(time: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position in POLICY_VERSIONS of records made at these times, shape of `time`."""
    return (time >= POLICY_CHANGE_DAY * MICROSECONDS_A_DAY).astype(np.int64)


def _banner(
    shoppers: Shoppers, devices: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What each device allows, shape (n_devices, 3), and whether it answered at all. A banner is silent on contact."""
    owner = devices // MAX_DEVICES
    mood = np.where(rng.random(len(devices)) < ONE_PERSON, shoppers.reserve[owner], rng.random(len(devices)))
    bounds = np.cumsum(BANNER_ANSWERS[shoppers.jurisdiction[owner]], axis=1)
    chosen = rng.random((len(devices), 3)) < CHOSEN_SHARES[:3]
    allowed = (mood < bounds[:, 0])[:, None] | ((mood < bounds[:, 1])[:, None] & chosen)
    return allowed, mood < bounds[:, 2]


def _form(shoppers: Shoppers, accounts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """What each account allows, shape (n_accounts, 4): the reserved allow less of everything."""
    shape = (len(accounts), len(PURPOSES))
    mood = np.where(rng.random(shape) < ONE_PERSON, shoppers.reserve[accounts][:, None], rng.random(shape))
    return np.asarray(mood < ACCOUNT_SHARES * STRICTNESS[shoppers.jurisdiction[accounts]][:, None])


def _records(
    kind: int,
    who: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    asked: NDArray[np.bool_],
    time: NDArray[np.int64],
    source: int,
    end: int,
    rng: np.random.Generator,
) -> list[tuple[NDArray[np.int64], ...]]:
    """Columns kind, who, purpose, granted, time and source: the first answers, then the changes of mind."""
    n_purposes = allowed.shape[1]
    training = PURPOSES.index("model_training")
    granted = allowed & asked[:, None]
    later = np.maximum(time, 0)
    changed = later + (rng.random(len(who)) * (end - later)).astype(np.int64)
    draw = rng.random(len(who))
    withdraws = granted[:, training] & (draw < WITHDRAWS)
    everything = rng.random(len(who)) < WITHDRAWS_ALL
    denies = withdraws[:, None] & granted & (everything[:, None] | (np.arange(n_purposes) == training))
    grants = (~granted[:, training] & (draw < COMES_ROUND))[:, None] & ~granted
    parts: list[tuple[NDArray[np.int64], ...]] = []
    for where, status, moment, origin in (
        (np.repeat(asked[:, None], n_purposes, axis=1), granted, time, source),
        (denies, np.zeros_like(granted), changed, PREFERENCE_PAGE),
        (grants, np.ones_like(granted), changed, PREFERENCE_PAGE),
    ):
        row, purpose = np.nonzero(where)
        n_rows = len(row)
        parts.append(
            (
                np.full(n_rows, kind),
                who[row],
                purpose,
                status[row, purpose].astype(np.int64),
                moment[row],
                np.full(n_rows, origin),
            )
        )
    return parts
