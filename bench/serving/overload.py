"""Three times as many calls as the server can answer: python -m bench.serving.overload [--kind personal] [--seconds 20]

First how many it can answer (closed loop), then a fifth of that, then three times that, then a fifth again at once.
Calls have a deadline, after which nobody waits for an answer; a call's time counts from when it was due.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.serving.calls import pages, personal_pages
from bench.serving.load.frames import Call
from bench.serving.load.loops import N_CONNECTIONS, OpenLoop, at_random, closed_loop
from bench.serving.load.results import HEADINGS, Results, Status
from bench.serving.people import settle
from bench.serving.served import Server, registered, served

TIMES, UNLOADED_SHARE = 3.0, 0.2
DEADLINE_S = 0.25
WARM_UP_S, CAPACITY_S = 2, 5
KINDS: Mapping[str, Callable[..., list[Call]]] = {"context": pages, "personal": personal_pages}


def main() -> None:
    """Print what each phase of each kind found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--times", type=float, default=TIMES)
    parser.add_argument("--connections", type=int, default=N_CONNECTIONS)
    parser.add_argument("--capacity", type=float, help="measured where not given")
    parser.add_argument("--workers", default="1")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        uri = registered(directory)
        state_dir = directory / "state"
        settle(state_dir)
        for kind in given.kind or KINDS:
            with served(state_dir, uri, "--workers", given.workers) as server:
                print(f"{kind}, {given.workers} workers, {given.connections} connections")
                _measure(server, kind, given)


def _measure(server: Server, kind: str, given: argparse.Namespace) -> None:
    calls = KINDS[kind](timeout_ms=round(DEADLINE_S * 1000))
    patient = KINDS[kind]()
    closed_loop(server.address, patient, WARM_UP_S)
    capacity = given.capacity
    if capacity is None:
        found = closed_loop(server.address, patient, CAPACITY_S)
        capacity = len(found.of(Status.OK)) / CAPACITY_S
        print(f"  closed loop: {found.told()}")
    print(f"  capacity {capacity:,.0f}/s", flush=True)
    print(f"  {'':34}{HEADINGS}")
    seconds, few = given.seconds, UNLOADED_SHARE * capacity
    unloaded = _phase(server, "unloaded", calls, few, seconds, given.connections)
    loaded = _phase(server, f"{given.times:g} times", calls, given.times * capacity, seconds, given.connections)
    after = _phase(server, "unloaded again", calls, few, seconds, given.connections)
    _line("its first second", after.due_within(0, 1).of(Status.OK))
    ratio = loaded.of(Status.OK).percentile_ms(0.99) / unloaded.of(Status.OK).percentile_ms(0.99)
    print(f"  p99 of the answered, loaded to unloaded: {ratio:.1f}", flush=True)


def _phase(
    server: Server, name: str, calls: Sequence[Call], rate: float, seconds: float, n_connections: int
) -> Results:
    """One load; its lines are printed."""
    cpu, own, start = server.cpu_s(), time.process_time(), time.monotonic()
    results = OpenLoop(
        server.address, calls, at_random(rate, seconds), n_connections=n_connections, deadline_s=DEADLINE_S
    ).run()
    took = time.monotonic() - start
    cpu, own = (server.cpu_s() - cpu) / took, (time.process_time() - own) / took
    print(f"  {name}: {rate:,.0f}/s for {seconds:g} s; processors of the server {cpu:.2f}, of the client {own:.2f}")
    print(f"    {results.told()}; made late, p99: {results.late_ms(0.99):.1f} ms")
    for status, told in ((Status.OK, "answered"), (Status.RESOURCE_EXHAUSTED, "refused")):
        found = results.of(status)
        if len(found):
            _line(f"{told} {len(found) / seconds:,.0f}/s", found)
    return results


def _line(name: str, results: Results) -> None:
    print(f"    {name:32}{results.figures()}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
