"""A ledger of very many made-up shoppers, random with a fixed seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import bindparam, update

from privacy.consent import Identity, IdentityLink, Purpose, ShopperKind, Status
from privacy.kept_event import KeptEvent
from privacy.keys import new_ring
from privacy.preferences import Channel, ContactWord, Preferences, to_json
from privacy.store import kept
from privacy.store.bulk import Bulk, GivenAnswer
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.schema import SHOPPERS
from privacy.store.store import PrivacyStore
from privacy.topics import TopicWord

SEED = 4
BATCH = 10_000
"""People in one transaction."""
LINKED_SHARE, PREFERRING_SHARE = 0.1, 0.03
N_BUSY, N_EVENTS = 100, 1_000
"""Customers with kept events, and how many each: a year of somebody who comes every day."""
_Row = TypeVar("_Row")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shop:
    """A ledger and who is in it.

    Attributes:
        store: The ledger.
        customers: Ids of accounts; the first `N_BUSY` have kept events.
        visitors: Ids of browsers that are linked to nobody.
        linked: Browsers, each with the account that it is linked to.
    """

    store: PrivacyStore
    customers: Sequence[str]
    visitors: Sequence[str]
    linked: Sequence[tuple[str, str]]


def build(path: Path, n_shoppers: int) -> tuple[Database, Shop]:
    """The ledger of so many shoppers: half accounts, half browsers, a tenth of all linked.

    Answers and links go in by privacy.store.bulk, as `shopkeeper privacy import` puts them in; preferences by one
    statement for all, in the form that PrivacyStore.prefer writes; kept events by privacy.store.kept.keep.
    """
    chance = random.Random(SEED)  # noqa: S311 - made-up data
    database = Database(f"sqlite:///{path}")
    migrate(database)
    ring = new_ring(lambda n_bytes: bytes(range(n_bytes)))
    store = PrivacyStore(database, ring, new_subject=chance.getrandbits, new_receipt=lambda: "receipt")
    bulk = Bulk(database, ring, chance.getrandbits)
    people = _people(n_shoppers)
    customers = [one.id for one in people if one.kind is ShopperKind.CUSTOMER]
    visitors = [one.id for one in people if one.kind is ShopperKind.VISITOR]
    linked = list(
        zip(visitors[: int(n_shoppers * LINKED_SHARE)], chance.sample(customers, len(customers)), strict=False)
    )
    for some in _parts(people):
        bulk.answers([answer for one in some for answer in _answers(one, chance)])
    for links in _parts([IdentityLink(visitor, customer, BEGIN) for visitor, customer in linked]):
        bulk.links(links)
    _prefer(database, chance.sample(people, int(n_shoppers * PREFERRING_SHARE)), store)
    for customer in customers[:N_BUSY]:
        subject = store.find([Identity(ShopperKind.CUSTOMER, customer)]).known[0].subject
        with database.transaction() as connection:
            kept.keep(connection, list(_events(subject, customer)))
    return database, Shop(store, customers, visitors[len(linked) :], linked)


def _people(n_shoppers: int) -> list[Identity]:
    return [
        Identity(ShopperKind.CUSTOMER if number % 2 else ShopperKind.VISITOR, f"{number:08x}-4711")
        for number in range(n_shoppers)
    ]


def _answers(identity: Identity, chance: random.Random) -> Iterator[GivenAnswer]:
    """One to four answers, 2.5 on average, at one moment: a click on a banner."""
    at = BEGIN + timedelta(seconds=chance.randrange(300 * 86_400))
    for purpose in list(Purpose)[: chance.randint(1, 4)]:
        status = Status.GRANTED if chance.random() < 0.7 else Status.DENIED
        yield GivenAnswer(identity, purpose, status, at, "DE", "2026-03", "banner")


def _prefer(database: Database, people: Sequence[Identity], store: PrivacyStore) -> None:
    words = Preferences(
        {"toys/outdoor": TopicWord.MUTE, "garden": TopicWord.SHOW},
        {(Channel.EMAIL, ""): ContactWord(allowed=True), (Channel.SMS, ""): ContactWord(allowed=False)},
    )
    rows = [{"of": store.find([one]).known[0].subject, "text": to_json(words)} for one in people]
    statement = update(SHOPPERS).where(SHOPPERS.c.subject == bindparam("of")).values(preferences=bindparam("text"))
    with database.transaction() as connection:
        connection.execute(statement, rows)


def _events(subject: int, customer: str) -> Iterator[KeptEvent]:
    for number in range(N_EVENTS):
        at = BEGIN + timedelta(minutes=number)
        yield KeptEvent(f"{customer}-{number}", subject, "view", f"item-{number % 97}", at, f"session-{number // 9}")


def _parts(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    for first in range(0, len(rows), BATCH):
        yield rows[first : first + BATCH]
