"""An opt-out against events that come in at the same moment, on two servers' stores and on both databases."""

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import ShopkeeperError
from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.kept_event import KeptEvent
from privacy.keys import new_ring
from privacy.rules import Rules
from privacy.signals import Signals
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore
from service.adapters.shopper_store import AsyncShopperStore
from service.core.desks import Desks
from service.core.event_desk import Outcome, Told
from tests.privacy.store.conftest import database, postgresql  # noqa: F401 - fixtures

RING = new_ring(lambda n_bytes: bytes(range(n_bytes)))
N_ROUNDS, N_TELLERS = 40, 6
USES = dict.fromkeys((Purpose.PERSONALISATION, Purpose.MODEL_TRAINING), Status.GRANTED)


def now() -> datetime:
    return datetime.now(UTC)


class Server:
    """The desks of one server."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.failures: list[ShopkeeperError] = []
        file = Path(str(self.database.url.database)) if self.database.is_sqlite else None

        def opened() -> PrivacyStore:
            return PrivacyStore(
                self.database, RING, new_subject=secrets.randbits, new_receipt=lambda: secrets.token_urlsafe(18)
            )

        self.store = AsyncShopperStore(opened, file=file, monotonic=time.monotonic)
        self.desks = Desks.on(self.store, RING, Rules(), now, self.failures.append)

    def close(self) -> None:
        self.store.close()
        self.database.close()


@pytest.fixture
def servers(database: Database) -> Iterator[list[Server]]:  # noqa: F811 - the fixture
    """Two on one database."""
    migrate(database)
    with ExitStack() as stack:
        made = [Server(database.url.render_as_string(hide_password=False)) for _ in range(2)]
        for server in made:
            stack.callback(server.close)
        yield made


def kept_of(database: Database, prefix: str) -> list[str]:  # noqa: F811
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT event_id FROM kept_events").scalars()
        return [event_id for event_id in rows if event_id.startswith(prefix)]


def named(number: int) -> tuple[Identity, ...]:
    return Identity(ShopperKind.CUSTOMER, f"c{number}"), Identity(ShopperKind.VISITOR, f"v{number}")


@pytest.mark.parametrize("who", ["customer", "visitor", "both"])
def test_once_an_opt_out_has_returned_no_event_is_there_or_comes(
    servers: list[Server],
    database: Database,  # noqa: F811
    who: str,
) -> None:
    outcomes: set[Outcome] = set()

    async def race(number: int) -> None:
        both = named(number)
        await servers[0].desks.privacy.record(both, USES, Circumstances(now(), is_live=True))
        # Who is named alone is linked all the same, so that a no of either is the other's too.
        await servers[0].desks.privacy.link(both[1].id, both[0].id, Circumstances(now()))
        tellers = {"customer": [both[:1]], "visitor": [both[1:]], "both": [both, both[:1], both[1:]]}[who]
        said_no = asyncio.Event()

        async def tell(teller: int) -> None:
            place = 0
            last = 3
            while last:
                last -= said_no.is_set()
                event = KeptEvent(f"r{number}-{teller}-{place}", 0, "view", "camera", now())
                told = Told(event, tellers[teller % len(tellers)], Signals())
                [result] = await servers[teller % 2].desks.events.record([told])
                outcomes.add(result.outcome)
                place += 1
                # A look-up on SQLite never waits: let the opt-out come back.
                await asyncio.sleep(0)

        telling = [asyncio.create_task(tell(teller)) for teller in range(N_TELLERS)]
        await asyncio.sleep(0)
        # The visitor's no is its customer's; a customer's own is for what the customer is named by.
        says = both[:1] if who == "customer" else both[1:]
        await servers[number % 2].desks.privacy.opt_out(says, (), Circumstances(now()))
        there = kept_of(database, f"r{number}-")
        said_no.set()
        await asyncio.gather(*telling)
        assert (there, kept_of(database, f"r{number}-")) == ([], [])

    async def races() -> None:
        for number in range(N_ROUNDS):
            await race(number)

    asyncio.run(races())
    assert {Outcome.STORED, Outcome.NOT_ALLOWED} <= outcomes


def test_an_erasure_that_has_returned_leaves_no_event_that_was_on_its_way(
    servers: list[Server],
    database: Database,  # noqa: F811
) -> None:
    async def race(number: int) -> None:
        both = named(number)
        await servers[0].desks.privacy.record(both, USES, Circumstances(now(), is_live=True))
        told = [Told(KeptEvent(f"r{number}-{n}", 0, "view", "camera", now()), both, Signals()) for n in range(50)]
        telling = [asyncio.create_task(servers[n % 2].desks.events.record(told[n::4])) for n in range(4)]
        await asyncio.sleep(0)
        await servers[number % 2].desks.privacy.erase(both, "test")
        there = kept_of(database, f"r{number}-")
        await asyncio.gather(*telling)
        assert (there, kept_of(database, f"r{number}-")) == ([], [])

    async def races() -> None:
        for number in range(N_ROUNDS):
            await race(number)

    asyncio.run(races())
