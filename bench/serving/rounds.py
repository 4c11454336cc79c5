"""Servers loaded in turn, in one run: what one of them does more than another is then not the machine's mood.

Needs h2load (Debian: nghttp2-client) and Linux's /proc.
"""

import re
import statistics
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from shopkeeper.v1 import recommendation_service_pb2 as pb

from bench.serving.processes import cpu_seconds

N_REQUESTS = 10_000
N_CONNECTIONS = 8
N_STREAMS = 4


class Round(NamedTuple):
    """What one server did in one round.

    Attributes:
        rate: Requests a second; suffers from whatever else the machine does.
        cpu_us: Processor time of the server for one request; hardly does.
    """

    rate: float
    cpu_us: float


class Loaded(NamedTuple):
    """A server to load.

    Attributes:
        command: Starts it; it prints its address, and serves until killed.
        body: File of the gRPC message that each request holds.
    """

    command: Sequence[str]
    body: Path


def in_turn(servers: Mapping[str, Loaded], n_rounds: int) -> dict[str, list[Round]]:
    """The rounds of each server, every other time in reverse order; prints them as they end."""
    rounds: dict[str, list[Round]] = {kind: [] for kind in servers}
    running = {
        kind: subprocess.Popen(server.command, stdout=subprocess.PIPE, text=True) for kind, server in servers.items()
    }
    try:
        addresses = {}
        for kind, process in running.items():
            assert process.stdout is not None  # noqa: S101 - it was asked for
            addresses[kind] = process.stdout.readline().strip()
            _load(process.pid, addresses[kind], servers[kind].body)  # warm-up
        for number in range(n_rounds):
            for kind in servers if number % 2 else reversed(list(servers)):
                rounds[kind].append(_load(running[kind].pid, addresses[kind], servers[kind].body))
            last = (f"{kind} {done[-1].rate:6.0f}/s {done[-1].cpu_us:5.0f} us" for kind, done in rounds.items())
            print("   ".join(last), flush=True)
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    return rounds


def print_medians(rounds: Mapping[str, Sequence[Round]]) -> None:
    """One line for each server."""
    width = max(map(len, rounds))
    for kind, done in rounds.items():
        rate, cpu_us = statistics.median(one.rate for one in done), statistics.median(one.cpu_us for one in done)
        print(f"{kind:{width}} median {rate:6.0f} requests/s, {cpu_us:5.0f} us of processor time each")


def write_body(request: pb.RecommendRequest, path: Path) -> Path:
    """The request as gRPC frames it, in a file."""
    data = request.SerializeToString()
    path.write_bytes(b"\0" + struct.pack(">I", len(data)) + data)
    return path


def _load(pid: int, address: str, body: Path) -> Round:
    """One round, every request answered."""
    before = cpu_seconds(pid)
    output = subprocess.run(
        [
            "h2load",
            *("-n", str(N_REQUESTS), "-c", str(N_CONNECTIONS), "-m", str(N_STREAMS), "-d", str(body)),
            *("-H", "content-type: application/grpc", "-H", "te: trailers"),
            f"http://{address}/shopkeeper.v1.RecommendationService/Recommend",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"([\d.]+) req/s", output)
    if found is None or f"{N_REQUESTS} succeeded" not in output:
        raise RuntimeError(output)
    return Round(float(found.group(1)), (cpu_seconds(pid) - before) / N_REQUESTS * 1e6)
