"""What a ledger of a million shoppers costs to ask: python -m bench.privacy.lookup [SHOPPERS]"""

import random
import resource
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bench.privacy.ledger import N_BUSY, N_EVENTS, SEED, Shop, build
from privacy.consent import Identity, Purpose, ShopperKind
from privacy.entry import Circumstances
from privacy.holdings import Holdings

N_SHOPPERS = 1_000_000
N_LOOKUPS = 20_000
N_EXPORTS = 200
N_OPT_OUTS = 500

_Given = TypeVar("_Given")


def main() -> None:
    """Print one line for each thing asked."""
    n_shoppers = int(sys.argv[1]) if len(sys.argv) > 1 else N_SHOPPERS
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "state.db"
        start = time.perf_counter()
        database, shop = build(path, n_shoppers)
        took = time.perf_counter() - start
        print(f"built: {n_shoppers:,} shoppers, {shop.store.head().count:,} entries in {took:.0f} s", flush=True)
        print(f"size of the file: {path.stat().st_size / 1e6:,.0f} MB", flush=True)
        _lookups(shop)
        _writes_and_copies(shop)
        before = _peak_mb()
        start = time.perf_counter()
        findings = shop.store.verify()
        assert findings == ((), ())  # noqa: S101 - else the bench measures something else
        took = time.perf_counter() - start
        print(f"verify: {took:.1f} s; peak memory {before:,.0f} MB before, {_peak_mb():,.0f} MB after")
        database.close()


def _lookups(shop: Shop) -> None:
    chance = random.Random(SEED + 1)  # noqa: S311 - made-up data
    customers = [(_customer(one),) for one in chance.choices(shop.customers, k=N_LOOKUPS)]
    visitors = [(_visitor(one),) for one in chance.choices(shop.visitors, k=N_LOOKUPS)]
    pairs = chance.choices(shop.linked, k=N_LOOKUPS)
    kinds: dict[str, Sequence[Sequence[Identity]]] = {
        "find: a customer": customers,
        "find: a visitor": visitors,
        "find: a linked visitor": [(_visitor(visitor),) for visitor, _ in pairs],
        "find: a linked visitor, signed in": [(_customer(customer), _visitor(visitor)) for visitor, customer in pairs],
        "find: a stranger": [(_visitor(f"stranger-{number}"),) for number in range(N_LOOKUPS)],
    }
    mixed = chance.sample([one for asked in kinds.values() for one in asked], N_LOOKUPS)
    for name, asked in {**kinds, "find: all of these mixed": mixed}.items():
        _measure(name, shop.store.find, asked, "us")


def _writes_and_copies(shop: Shop) -> None:
    busy = [(_customer(one),) for one in shop.customers[:N_BUSY]]
    others = [(_customer(one),) for one in shop.customers[-N_EXPORTS:]]

    def export(identities: Sequence[Identity]) -> Holdings:
        held = shop.store.holdings(identities)
        # They are read as they are gone through.
        deque(held.events, maxlen=0)
        return held

    _measure("export: a customer", export, others, "ms")
    _measure(f"export: a customer with {N_EVENTS:,} events", export, busy, "ms")
    everything = tuple(Purpose)

    def opt_out(identities: Sequence[Identity]) -> int:
        return shop.store.opt_out(
            identities, everything, Circumstances(datetime.now(UTC), source="bench", is_live=True)
        )

    asked = [(_customer(one),) for one in shop.customers[N_BUSY : N_BUSY + N_OPT_OUTS]]
    _measure("opt_out", opt_out, asked, "ms")


def _customer(shopper_id: str) -> Identity:
    return Identity(ShopperKind.CUSTOMER, shopper_id)


def _visitor(shopper_id: str) -> Identity:
    return Identity(ShopperKind.VISITOR, shopper_id)


def _measure(name: str, act: Callable[[_Given], object], given: Sequence[_Given], unit: str) -> None:
    taken = []
    scale = {"us": 1e3, "ms": 1e6}[unit]
    for one in given:
        start = time.perf_counter_ns()
        act(one)
        taken.append((time.perf_counter_ns() - start) / scale)
    cuts = statistics.quantiles(taken, n=100)
    print(f"{name:45} median {cuts[49]:8.1f} {unit}   p90 {cuts[89]:8.1f}   p99 {cuts[98]:8.1f}", flush=True)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
