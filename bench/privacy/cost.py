"""What the look-up of consent adds to a personalised page: python -m bench.privacy.cost

Five servers answer in turn, in one run. One is asked without a shopper; one is asked of a shopper whose word and
history it has at hand; one looks up the word for every request, in a ledger of SQLite, one the history, and one both,
as `shopkeeper serve` does. The last four give the same answers, to a request that comes each time from another one of
two thousand shoppers. Needs h2load (Debian: nghttp2-client) and Linux's /proc.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from pathlib import Path

import uvloop
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from bench.serving.catalogue import item_id, write_catalogue
from bench.serving.rounds import Loaded, in_turn, print_medians, write_body
from bench.serving.run import ITEM, MAX_RESULTS
from models.bundle.reading import Bundle
from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.kept_event import Act, KeptEvent
from privacy.keys import new_ring
from privacy.person import Person
from privacy.rules import Rules
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore
from service.adapters.shopper_store import AsyncShopperStore
from service.api.endpoint import Endpoint, Limits
from service.core.answers import Model
from service.core.arms import Arms
from service.core.desks import Desks
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from service.log import stderr_log

PAGE, AT_HAND, WORD, HISTORY, BOTH = "page", "at hand", "word looked up", "history looked up", "both looked up"
KINDS = (PAGE, AT_HAND, WORD, HISTORY, BOTH)
LOOKS_UP_WORD, LOOKS_UP_HISTORY = {WORD, BOTH}, {HISTORY, BOTH}
N_ROUNDS = 9
N_SHOPPERS = 2_000
N_ACTS = 30
"""Kept events of each shopper: more than most shoppers have."""

RING = new_ring(lambda n_bytes: b"b" * n_bytes)


def ids_of(number: int) -> tuple[Identity, Identity]:
    """The account and the browser of a shopper."""
    customer = Identity(ShopperKind.CUSTOMER, f"customer-{number}")
    return customer, Identity(ShopperKind.VISITOR, f"visitor-{number}")


class Port:
    """A store that looks up one part, both or none for each request, and has the rest at hand.

    h2load sends one message only, so who it is from is decided here: each shopper in turn.

    Args:
        store: The real one.
        kind: Says which part.
    """

    def __init__(self, store: AsyncShopperStore, kind: str) -> None:
        self._store, self._kind = store, kind
        self._turn: Iterator[tuple[Identity, Identity]] = cycle(ids_of(number) for number in range(N_SHOPPERS))
        self._people: dict[tuple[Identity, Identity], Person] = {}
        self._acts: dict[tuple[int, ...], Sequence[Act]] = {}

    async def fill(self) -> None:
        """Have everybody at hand."""
        for number in range(N_SHOPPERS):
            person = await self._store.find(ids_of(number))
            self._people[ids_of(number)] = person
            self._acts[person.subjects], _ = await self._store.past(person, N_ACTS, 0)

    async def find(self, identities: Sequence[Identity]) -> Person:
        """As the port says, of whose turn it is."""
        del identities
        ids = next(self._turn)
        return await self._store.find(ids) if self._kind in LOOKS_UP_WORD else self._people[ids]

    async def past(self, person: Person, n_events: int, since_us: int) -> tuple[Sequence[Act], Sequence[Act]]:
        """As the port says."""
        if self._kind in LOOKS_UP_HISTORY:
            return await self._store.past(person, n_events, since_us)
        return self._acts[person.subjects], ()


def opened(directory: Path) -> PrivacyStore:
    """The store of the run."""
    database = Database(f"sqlite:///{directory / 'state.db'}")
    migrate(database)
    numbers = count(1)
    return PrivacyStore(database, RING, new_subject=lambda _: next(numbers), new_receipt=lambda: "receipt")


def fill(directory: Path) -> None:
    """Shoppers who said yes to pages made for them, each a customer on one browser, with a history."""
    store, now = opened(directory), datetime.now(UTC)
    for number in range(N_SHOPPERS):
        ids = customer, visitor = ids_of(number)
        store.say(ids, dict.fromkeys(Purpose, Status.GRANTED), Circumstances(now, "DE", "2026-03", "bench"))
        store.link(visitor.id, customer.id, Circumstances(now))
        subject = store.subject_of(customer)
        acts = [
            KeptEvent(f"{number}-{place}", subject, "view", item_id(place * 37), now - timedelta(hours=place))
            for place in range(N_ACTS)
        ]
        store.keep([[subject]] * len(acts), lambda _, acts=acts: acts)


async def serve(kind: str, directory: Path) -> None:
    """Listen on a free port, print it, and serve until killed."""
    slot = ModelSlot()
    slot.model = Model(Bundle.open(directory / "bundle"), "bench/1")
    store = AsyncShopperStore(lambda: opened(directory), file=directory / "state.db", monotonic=time.monotonic)
    store.open()
    port = Port(store, kind)
    await port.fill()
    desks = Desks.on(port, RING, Rules(), lambda: datetime.now(UTC), print, time.time)  # type: ignore[arg-type]  # reads only
    endpoint = await Endpoint.listen(
        "127.0.0.1", 0, Arms(slot), PLACEMENTS, stderr_log(), Limits(500, 500), desks=desks
    )
    print(endpoint.address, flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Print every round, then medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_catalogue(directory / "bundle")
        fill(directory)
        page = pb.RecommendRequest(placement="product_page", item_id=ITEM, max_results=MAX_RESULTS)
        personal = pb.RecommendRequest(shopper=shopper_pb2.Shopper(customer_id="customer", visitor_id="visitor"))
        personal.MergeFrom(page)
        bodies = dict.fromkeys(KINDS, write_body(personal, directory / "personal.body"))
        bodies[PAGE] = write_body(page, directory / "page.body")
        command = [sys.executable, "-m", "bench.privacy.cost"]
        rounds = in_turn({kind: Loaded([*command, kind, name], bodies[kind]) for kind in KINDS}, N_ROUNDS)
    print_medians(rounds)
    for without, looked_up in ((HISTORY, BOTH), (AT_HAND, WORD)):
        pairs = list(zip(rounds[without], rounds[looked_up], strict=True))
        for what, ratios in (
            ("time a request", [less.rate / more.rate for less, more in pairs]),
            ("processor time", [more.cpu_us / less.cpu_us for less, more in pairs]),
        ):
            spread = f"{min(ratios) - 1:+.1%} to {max(ratios) - 1:+.1%}"
            median = statistics.median(ratios) - 1
            print(f"{looked_up} against {without}, {what}: median {median:+.1%}, {spread}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        uvloop.run(serve(sys.argv[1], Path(sys.argv[2])))
    else:
        main()
