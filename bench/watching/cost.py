"""What counting costs: a call, a page at hand, a page made anew, and what a worker says each second.

    python -m bench.watching.cost

CPU time of this process, as a loop's clock is at the mercy of whoever shares the machine; medians of nine rounds.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable

from service.api.watched import Watched
from service.core.answers import Answer, QuietReason, Rung
from service.core.placements import PLACEMENTS
from service.watching.figures import Figures
from service.watching.meters import Meters, PageMeter

N, N_ROUNDS, N_METHODS = 100_000, 9, 16
PAGE = Answer((), "accessories/1", Rung.ITEM, QuietReason.NOT_QUIET)


async def echoed(request: bytes, _: object) -> bytes:
    """A method that does nothing."""
    return request


def call_ns(behaviour: Callable[..., object]) -> float:
    """Of a method, as a server calls it."""

    async def run() -> float:
        started = time.process_time_ns()
        for _ in range(N):
            await behaviour(b"", None)  # type: ignore[misc]
        return (time.process_time_ns() - started) / N

    return asyncio.run(run())


def loop_ns(step: Callable[[], object], n: int = N) -> float:
    """Of a step."""
    started = time.process_time_ns()
    for _ in range(n):
        step()
    return (time.process_time_ns() - started) / n


def main() -> None:
    """Print the figures."""
    meters = Meters()
    meters.expect(PLACEMENTS)
    for number in range(N_METHODS):
        meters.method(f"Method{number}")
    watched = Watched(meters)("a.Service", "Method0", echoed)
    plain, counted = {b"page": b"answer"}, {b"page": (b"answer", PageMeter())}

    def at_hand() -> bytes:
        answer, alike = counted[b"page"]
        alike.n += 1
        return answer

    before = meters.figures()
    meters.method("Method0").answered(1)
    said = json.dumps(meters.figures().since(before).plain())
    rows = {
        "a call is counted and timed, ns": lambda: call_ns(watched) - call_ns(echoed),
        "a page at hand is counted, ns": lambda: loop_ns(at_hand) - loop_ns(lambda: plain[b"page"]),
        "a page made anew is counted, ns": lambda: loop_ns(lambda: meters.page("cart", PAGE)) - loop_ns(lambda: None),
        "figures are taken, µs, once a second": lambda: loop_ns(meters.figures, 100) / 1000,
        "all of them as JSON, µs": lambda: loop_ns(lambda: json.dumps(meters.figures().plain()), 100) / 1000,
        "what changed as JSON, µs": lambda: (
            loop_ns(lambda: json.dumps(meters.figures().since(before).plain()), 100) / 1000
        ),
        "the supervisor hears what changed, µs": lambda: (
            loop_ns(lambda: Figures.of_plain(json.loads(said)), 100) / 1000
        ),
    }
    for what, measured in rows.items():
        print(f"{what:45}{statistics.median(measured() for _ in range(N_ROUNDS)):8.2f}")


if __name__ == "__main__":
    main()
