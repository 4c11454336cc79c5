"""Whether memory grows: python -m bench.serving.soak [--minutes 10] [--workers 2] [--plot soak.png]

A mixed load in an open loop, pages at hand, made anew and personal, events and words of consent; every second the
memory of each process. The slope is that of a straight line (least squares) after the first minute.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from bench.serving.calls import consents, events, pages, personal_pages
from bench.serving.load.frames import Call
from bench.serving.load.loops import OpenLoop, at_random, closed_loop
from bench.serving.load.results import HEADINGS, Results
from bench.serving.people import settle
from bench.serving.processes import Memory
from bench.serving.served import Server, registered, served

RATE, MINUTES, WARM_UP_S, FILLING_S = 500, 10.0, 60.0, 20.0
N_CONNECTIONS = 16
SPAN_S = 600.0
"""The slope is given for so long."""
MIX: Mapping[str, int] = {"page alone": 7, "page of a session": 5, "personal page": 5, "event": 2, "consent": 1}
"""Of so many calls in a row."""
EVERY_S = 1.0

Samples = dict[str, list[tuple[float, Memory]]]


def main() -> None:
    """Print the load's figures and each process's slope; draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--workers", default="2")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        uri = registered(directory)
        settle(directory / "state")
        n_calls = int(given.rate * given.minutes * 60)
        calls = _mixed(n_calls)
        with served(directory / "state", uri, "--workers", given.workers) as server:
            # What is kept at hand is full by then, which is no growth.
            closed_loop(server.address, calls[: int(WARM_UP_S * given.rate)], FILLING_S, n_connections=N_CONNECTIONS)
            closed_loop(server.address, pages(session_share=0), FILLING_S, n_connections=N_CONNECTIONS)
            samples, results = _watched(
                server, OpenLoop(server.address, calls, at_random(given.rate, given.minutes * 60))
            )
    print(f"{'':18}{HEADINGS}")
    for place, kind in enumerate(MIX):
        of_kind = results.where(np.array([number % sum(MIX.values()) in _places(place) for number in range(n_calls)]))
        print(f"{kind:18}{of_kind.figures()}   {of_kind.told()}")
    _print_slopes(samples)
    if given.plot:
        _draw(samples, given.plot)


def _mixed(n_calls: int) -> list[Call]:
    """Calls of all kinds, each in its place of every so many."""
    n_turns = n_calls // sum(MIX.values()) + 1
    kinds: list[Sequence[Call]] = [
        pages(session_share=0),
        pages(session_share=1),
        personal_pages(),
        [call for _, call in events(n_turns * MIX["event"], "soak")],
        consents(n_turns * MIX["consent"]),
    ]
    made: list[Call] = []
    for turn in range(n_turns):
        for calls, n_each in zip(kinds, MIX.values(), strict=True):
            made += (calls[(turn * n_each + number) % len(calls)] for number in range(n_each))
    return made[:n_calls]


def _places(kind: int) -> range:
    """Where calls of a kind stand among so many in a row."""
    counts = list(MIX.values())
    return range(sum(counts[:kind]), sum(counts[: kind + 1]))


def _watched(server: Server, loop: OpenLoop) -> tuple[Samples, Results]:
    """The memory of each process while the load goes on, and what came of it."""
    samples: Samples = {name: [] for name in server.processes}
    ended, start = threading.Event(), time.monotonic()

    def watch() -> None:
        while not ended.wait(EVERY_S):
            for name, pid in server.processes.items():
                samples[name].append((time.monotonic() - start, Memory.of(pid)))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        results = loop.run()
    finally:
        ended.set()
        watching.join()
    return samples, results


def _print_slopes(samples: Samples) -> None:
    print(f"\n{'':12}{'at 1 min':>10} {'at the end':>10} {'slope of PSS':>14} {'of RSS':>8}   per 10 minutes")
    for name, taken in samples.items():
        since = [one for one in taken if one[0] >= min(WARM_UP_S, taken[-1][0] / 2)]
        at = np.array([at_s for at_s, _ in since])
        fair, resident = (
            np.array([memory.fair_mb for _, memory in since]),
            np.array([memory.resident_mb for _, memory in since]),
        )
        slopes = [np.polyfit(at, mb, 1)[0] * SPAN_S / mb[0] for mb in (fair, resident)]
        print(f"{name:12}{fair[0]:7.1f} MB {fair[-1]:7.1f} MB {slopes[0]:+13.2%} {slopes[1]:+8.2%}")


def _draw(samples: Samples, path: Path) -> None:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for name, taken in samples.items():
        axes.plot([at_s / 60 for at_s, _ in taken], [memory.fair_mb for _, memory in taken], label=name)
    axes.set(xlabel="minutes", ylabel="memory with its share of what is shared, MB", ylim=(0, None))
    axes.legend()
    figure.savefig(path)


if __name__ == "__main__":
    main()
