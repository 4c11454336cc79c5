"""Shoppers who said yes, with a history, in a database that a server is then started with; random with a fixed seed."""

import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from shopkeeper.v1 import shopper_pb2

from bench.serving.catalogue import N_ITEMS, item_id
from privacy.consent import Identity, IdentityLink, Purpose, ShopperKind, Status
from privacy.kept_event import KeptEvent
from privacy.keys import new_ring, read_ring, write_ring
from privacy.state_directory import KEY_FILE, OWN_FILE
from privacy.store import kept
from privacy.store.bulk import Bulk, GivenAnswer
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore

N_SHOPPERS, N_ACTS = 10_000, 30
"""Kept events of each: more than most shoppers have."""
BATCH = 2_000
"""Shoppers in one transaction."""
ACTS = ("view", "view", "view", "view", "add_to_cart", "purchase", "impression", "impression")
SEED = 3


def shopper(number: int) -> shopper_pb2.Shopper:
    """A shopper on the wire: an account on a browser of its own."""
    return shopper_pb2.Shopper(customer_id=f"customer-{number:06d}", visitor_id=f"visitor-{number:06d}")


def popular_items(n_wanted: int, n_items: int = N_ITEMS, seed: int = SEED) -> list[int]:
    """Numbers of items as pages are looked at: few often, most hardly ever (Zipf, exponent 1.1)."""
    ranks = np.arange(1, n_items + 1, dtype=np.float64) ** -1.1
    chance = np.random.default_rng(seed)
    numbers = chance.permutation(n_items)[chance.choice(n_items, n_wanted, p=ranks / ranks.sum())]
    return [int(number) for number in numbers]


def settle(
    state_dir: Path, n_shoppers: int = N_SHOPPERS, n_acts: int = N_ACTS, uri: str = "", n_items: int = N_ITEMS
) -> None:
    """Make the keys, the database and everybody in it.

    Args:
        state_dir: The server's.
        n_shoppers: All of them said yes to everything.
        n_acts: Kept events of each.
        uri: Of the database; where not given, the server's own in its state directory.
        n_items: Items that events are of.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    write_ring(new_ring(secrets.token_bytes), state_dir / KEY_FILE, replace=False)
    ring, chance, now = read_ring(state_dir / KEY_FILE), random.Random(SEED), datetime.now(UTC)  # noqa: S311
    database = Database(uri or f"sqlite:///{state_dir / OWN_FILE}")
    migrate(database)
    store = PrivacyStore(database, ring, new_subject=chance.getrandbits, new_receipt=lambda: "receipt")
    bulk = Bulk(database, ring, chance.getrandbits)
    items = iter(popular_items(n_shoppers * n_acts, n_items))
    for first in range(0, n_shoppers, BATCH):
        numbers = range(first, min(first + BATCH, n_shoppers))
        since = now - timedelta(days=300)
        bulk.answers(
            [
                GivenAnswer(identity, purpose, Status.GRANTED, since, "DE", "2026-03", "bench")
                for number in numbers
                for identity in _ids(number)
                for purpose in Purpose
            ]
        )
        bulk.links(
            [IdentityLink(visitor.id, customer.id, since) for customer, visitor in map(_ids, numbers)],
        )
        subjects = {number: store.find(_ids(number)[:1]).known[0].subject for number in numbers}
        with database.transaction(takes_long=True) as connection:
            for number, subject in subjects.items():
                kept.keep(connection, list(_acts(number, subject, now, n_acts, items)))
    database.close()


def _ids(number: int) -> tuple[Identity, Identity]:
    who = shopper(number)
    return Identity(ShopperKind.CUSTOMER, who.customer_id), Identity(ShopperKind.VISITOR, who.visitor_id)


def _acts(number: int, subject: int, now: datetime, n_acts: int, items: Iterator[int]) -> Iterator[KeptEvent]:
    for place in range(n_acts):
        at = now - timedelta(hours=5 * place + number % 5, minutes=7)
        yield KeptEvent(f"{number}-{place}", subject, ACTS[place % len(ACTS)], item_id(next(items)), at)
