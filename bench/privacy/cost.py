"""What the look-up of consent adds to a personalised page: python -m bench.privacy.cost

Four servers answer in turn, in one run. One is asked without a shopper; one is asked of a shopper whose word and
history it has at hand; one looks up the word for every request, in a ledger of SQLite; one looks up both, as
`shopkeeper serve` does. The last three give the same answers. Needs h2load (Debian: nghttp2-client) and Linux's /proc.
"""

import asyncio
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import uvloop
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from bench.serving.catalogue import item_id, write_catalogue
from bench.serving.run import ITEM, MAX_RESULTS, Round, load
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
from privacy.tokens import Tokens
from service.adapters.shopper_store import AsyncShopperStore
from service.api.endpoint import Endpoint
from service.core.answers import Model
from service.core.desks import Desks
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from service.log import stderr_log

KINDS = ("page", "at hand", "consent looked up", "all looked up")
N_ROUNDS = 9
N_SHOPPERS = 2_000
N_ACTS = 30
"""Kept events of each shopper: as many as a page looks at, and more than most shoppers have."""

CUSTOMER, VISITOR = "customer-4711", "visitor-4711"
RING = new_ring(lambda n_bytes: b"b" * n_bytes)


class AtHand:
    """Has what the store says of everybody asked for once."""

    def __init__(self, store: AsyncShopperStore) -> None:
        self._store = store
        self._people: dict[tuple[Identity, ...], Person] = {}
        self._acts: dict[tuple[int, ...], Sequence[Act]] = {}

    async def find(self, identities: Sequence[Identity]) -> Person:
        """As the port says."""
        key = tuple(identities)
        if key not in self._people:
            self._people[key] = await self._store.find(identities)
        return self._people[key]

    async def recent(self, person: Person, n_events: int) -> Sequence[Act]:
        """As the port says."""
        if person.subjects not in self._acts:
            self._acts[person.subjects] = await self._store.recent(person, n_events)
        return self._acts[person.subjects]


def opened(directory: Path) -> PrivacyStore:
    """The store of the run."""
    database = Database(f"sqlite:///{directory / 'state.db'}")
    migrate(database)
    numbers = count(1)
    return PrivacyStore(database, RING, new_subject=lambda _: next(numbers), new_receipt=lambda: "receipt")


def fill(directory: Path) -> None:
    """Shoppers who said yes to pages made for them, each a customer on one browser, with a history."""
    store, now = opened(directory), datetime.now(UTC)
    for number in range(4711 - N_SHOPPERS + 1, 4712):
        names = (
            Identity(ShopperKind.CUSTOMER, f"customer-{number}"),
            Identity(ShopperKind.VISITOR, f"visitor-{number}"),
        )
        store.say(names, dict.fromkeys(Purpose, Status.GRANTED), Circumstances(now, "DE", "2026-03", "bench"))
        if number != 4711:
            continue
        store.link(names[1].id, names[0].id, Circumstances(now))
        subject = store.subject_of(names[0])
        acts = [
            KeptEvent(f"{number}-{place}", subject, "view", item_id(place * 37), now - timedelta(hours=place))
            for place in range(N_ACTS)
        ]
        store.keep(acts, [[subject]] * len(acts), lambda people: [True] * len(people))


async def serve(kind: str, directory: Path) -> None:
    """Listen on a free port, print it, and serve until killed."""
    slot = ModelSlot()
    slot.model = Model(Bundle.open(directory / "bundle"), "bench/1")
    store = AsyncShopperStore(lambda: opened(directory), file=directory / "state.db", monotonic=time.monotonic)
    store.open()
    port: Any = store if kind == "all looked up" else AtHand(store)
    if kind == "consent looked up":
        port.find = store.find
    desks = Desks.on(port, Tokens(RING), Rules(), lambda: datetime.now(UTC), lambda error: print(error))
    endpoint = await Endpoint.listen(
        "127.0.0.1", 0, slot, PLACEMENTS, stderr_log(), max_concurrent_calls=500, desks=desks
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
        personal = pb.RecommendRequest(shopper=shopper_pb2.Shopper(customer_id=CUSTOMER, visitor_id=VISITOR))
        personal.MergeFrom(page)
        bodies = {}
        for kind in KINDS:
            data = (page if kind == "page" else personal).SerializeToString()
            bodies[kind] = directory / kind.replace(" ", "-")
            bodies[kind].write_bytes(b"\0" + struct.pack(">I", len(data)) + data)
        command = [sys.executable, "-m", "bench.privacy.cost"]
        servers = {kind: subprocess.Popen([*command, kind, name], stdout=subprocess.PIPE, text=True) for kind in KINDS}
        rounds: dict[str, list[Round]] = {kind: [] for kind in KINDS}
        try:
            addresses = {}
            for kind, server in servers.items():
                assert server.stdout is not None  # noqa: S101 - it was asked for
                addresses[kind] = server.stdout.readline().strip()
                load(server, addresses[kind], bodies[kind])  # warm-up
            for number in range(N_ROUNDS):
                for kind in KINDS if number % 2 else reversed(KINDS):
                    rounds[kind].append(load(servers[kind], addresses[kind], bodies[kind]))
                last = (f"{kind} {rounds[kind][-1].rate:6.0f}/s {rounds[kind][-1].cpu_us:5.0f} us" for kind in KINDS)
                print("   ".join(last), flush=True)
        finally:
            for server in servers.values():
                server.kill()
                server.wait()
    for kind in KINDS:
        rate = statistics.median(one.rate for one in rounds[kind])
        cpu_us = statistics.median(one.cpu_us for one in rounds[kind])
        print(f"{kind:18} median {rate:6.0f} requests/s, {cpu_us:5.0f} us of processor time each")
    for kind in KINDS[2:]:
        pairs = list(zip(rounds["at hand"], rounds[kind], strict=True))
        for what, ratios in (
            ("time a request", [without.rate / looked.rate for without, looked in pairs]),
            ("processor time", [looked.cpu_us / without.cpu_us for without, looked in pairs]),
        ):
            spread = f"{min(ratios) - 1:+.1%} to {max(ratios) - 1:+.1%}"
            print(f"{kind} adds to the {what}: median {statistics.median(ratios) - 1:+.1%}, {spread}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        uvloop.run(serve(sys.argv[1], Path(sys.argv[2])))
    else:
        main()
