"""What a simulation wrote, counted while it was drawn."""

from dataclasses import dataclass

import numpy as np

from simulation.chunks import Chunk
from simulation.consent import PURPOSES, SHOPPER_KINDS
from simulation.events import EVENT_TYPES
from simulation.shop import Shop
from simulation.usability import USES, training_use


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over all files.

    Attributes:
        events: Events by type.
        shoppers: Shoppers with at least one event.
        visitors: Visitors (browsers or devices) with at least one event.
        customers: Accounts with at least one event.
        sessions: Visits online.
        orders: Orders, and how many of them in the store.
        store_orders: Orders in the store.
        items: Items in the catalogue, new ones among them.
        items_bought: Items bought at least once.
        true_pairs: Rows of the truth.
        consent_records: Records by shopper kind, then purpose, then status.
        training_use: Events by what the consent rule makes of them.
        files: Bytes by file name.
    """

    events: dict[str, int]
    shoppers: int
    visitors: int
    customers: int
    sessions: int
    orders: int
    store_orders: int
    items: int
    items_bought: int
    true_pairs: int
    consent_records: dict[str, dict[str, dict[str, int]]]
    training_use: dict[str, int]
    files: dict[str, int]


class Tally:
    """Adds up chunks."""

    def __init__(self, shop: Shop) -> None:
        """Nothing counted yet."""
        self._shop = shop
        self._events = np.zeros(len(EVENT_TYPES), dtype=np.int64)
        self._records = np.zeros((len(SHOPPER_KINDS), len(PURPOSES), 2), dtype=np.int64)
        self._use = np.zeros(len(USES), dtype=np.int64)
        self._bought = np.zeros(shop.catalogue.n_items, dtype=np.bool_)
        self._counts = np.zeros(6, dtype=np.int64)

    def add(self, chunk: Chunk) -> None:
        """Counts the rows of a chunk; no shopper, session or order may be in two chunks."""
        events, consents = chunk.events, chunk.consents
        self._events += np.bincount(events["kind"], minlength=len(EVENT_TYPES))
        np.add.at(self._records, (consents["kind"], consents["purpose"], consents["granted"]), 1)
        self._use += np.bincount(training_use(chunk), minlength=len(USES))
        ordered = events["order"] >= 0
        self._bought[events["item"][ordered]] = True
        in_store = ordered & (events["session"] < 0)
        self._counts += [
            _distinct(chunk.people),
            _distinct(events["visitor"]),
            _distinct(events["customer"]),
            _distinct(events["session"]),
            _distinct(events["order"]),
            _distinct(events["order"][in_store]),
        ]

    def summary(self, files: dict[str, int]) -> Summary:
        """The counts so far, with the sizes of the files in bytes."""
        shoppers, visitors, customers, sessions, orders, store_orders = self._counts.tolist()
        return Summary(
            events=dict(zip(EVENT_TYPES, self._events.tolist(), strict=True)),
            shoppers=shoppers,
            visitors=visitors,
            customers=customers,
            sessions=sessions,
            orders=orders,
            store_orders=store_orders,
            items=self._shop.catalogue.n_items + len(self._shop.arrivals),
            items_bought=int(self._bought.sum()),
            true_pairs=len(self._shop.truth.rows()[0]) + len(self._shop.arrivals.rows(self._shop.truth)[0]),
            consent_records={
                kind: {
                    purpose: dict(zip(("denied", "granted"), self._records[row, column].tolist(), strict=True))
                    for column, purpose in enumerate(PURPOSES)
                }
                for row, kind in enumerate(SHOPPER_KINDS)
            },
            training_use=dict(zip(USES, self._use.tolist(), strict=True)),
            files=files,
        )


def _distinct(numbers: np.typing.NDArray[np.int64]) -> int:
    return len(np.unique(numbers[numbers >= 0]))
