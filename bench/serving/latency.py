"""How long pages take at fixed rates: python -m bench.serving.latency [--seconds 30] [--rate 500 1000 2000]

An open loop: calls are due at times fixed beforehand and come independently of each other, and a call's time counts
from when it was due. `shopkeeper serve` with one worker and SQLite, and the no-op server as what the machine allows;
server and client share the machine's cores.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.serving.calls import MAX_RESULTS, pages, personal_pages
from bench.serving.catalogue import item_id
from bench.serving.load.frames import Call
from bench.serving.load.loops import OpenLoop, at_random, evenly
from bench.serving.load.results import HEADINGS
from bench.serving.people import settle
from bench.serving.processes import cpu_seconds
from bench.serving.served import registered, served

RATES, SECONDS, WARM_UP_S = (500, 1_000, 2_000), 30, 3


def main() -> None:
    """Print a line for each server, kind of page and rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=float, nargs="+", default=RATES)
    parser.add_argument("--workers", default="1")
    parser.add_argument("--evenly", action="store_true", help="as far apart as the rate allows, instead of at random")
    given = parser.parse_args()
    times = evenly if given.evenly else at_random
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        uri = registered(directory)
        settle(directory / "state")
        print(f"{'':32}{HEADINGS} {'late p99':>8} {'not OK':>7} {'server':>7} {'client':>7}")
        with _noop(directory / "model" / "artifacts") as (address, cpu_s):
            _rates("no-op", address, cpu_s, pages(), given, times)
        with served(directory / "state", uri, "--workers", given.workers) as server:
            _rates("pages", server.address, server.cpu_s, pages(), given, times)
            _rates("personal pages", server.address, server.cpu_s, personal_pages(), given, times)


def _rates(
    name: str,
    address: str,
    cpu_s: Callable[[], float],
    calls: Sequence[Call],
    given: argparse.Namespace,
    times: Callable[[float, float], NDArray[np.float64]],
) -> None:
    OpenLoop(address, calls, at_random(1_000, WARM_UP_S)).run()
    for rate in given.rate:
        server, client = cpu_s(), time.process_time()
        results = OpenLoop(address, calls, times(rate, given.seconds)).run()
        server, client = cpu_s() - server, time.process_time() - client
        us = 1e6 / len(results)
        print(
            f"{name:>16} {rate:8,.0f}/s     {results.figures()} {results.late_ms(0.99):8.2f} {results.n_failed:7,} "
            f"{server * us:4.0f} us {client * us:4.0f} us",
            flush=True,
        )


@contextmanager
def _noop(artifacts: Path) -> Iterator[tuple[str, Callable[[], float]]]:
    command = [sys.executable, "-m", "bench.serving.servers", "noop", str(artifacts), item_id(4711), str(MAX_RESULTS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        yield process.stdout.readline().strip(), lambda: cpu_seconds(process.pid)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
