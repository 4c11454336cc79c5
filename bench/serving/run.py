"""This server against a no-op grpc.aio server with the same answer, in turn: python -m bench.serving.run

Needs h2load (Debian: nghttp2-client) and Linux's /proc.
"""

import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from shopkeeper.v1 import recommendation_service_pb2 as pb

from bench.serving.catalogue import item_id, write_catalogue

N_ROUNDS = 7
N_REQUESTS = 10_000
N_CONNECTIONS = 8
N_STREAMS = 4
MAX_RESULTS = 8
"""As in the floors of the design document."""
ITEM = item_id(4711)
KINDS = ("noop", "shopkeeper")


class Round(NamedTuple):
    """What one server did in one round.

    Attributes:
        rate: Requests a second; suffers from whatever else the machine does.
        cpu_us: Processor time of the server for one request; hardly does.
    """

    rate: float
    cpu_us: float


def load(server: "subprocess.Popen[str]", address: str, body: Path) -> Round:
    """One round, every request answered."""
    before = cpu_seconds(server.pid)
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
    return Round(float(found.group(1)), (cpu_seconds(server.pid) - before) / N_REQUESTS * 1e6)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print every round, then medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_catalogue(directory / "bundle")
        message = pb.RecommendRequest(placement="product_page", item_id=ITEM, max_results=MAX_RESULTS)
        data = message.SerializeToString()
        body = directory / "body"
        body.write_bytes(b"\0" + struct.pack(">I", len(data)) + data)
        command = [sys.executable, "-m", "bench.serving.servers"]
        given = [str(directory / "bundle"), ITEM, str(MAX_RESULTS)]
        servers = {
            kind: subprocess.Popen([*command, kind, *given], stdout=subprocess.PIPE, text=True) for kind in KINDS
        }
        rounds: dict[str, list[Round]] = {kind: [] for kind in KINDS}
        try:
            addresses = {}
            for kind, server in servers.items():
                assert server.stdout is not None  # noqa: S101 - it was asked for
                addresses[kind] = server.stdout.readline().strip()
                load(server, addresses[kind], body)  # warm-up
            for number in range(N_ROUNDS):
                for kind in KINDS if number % 2 else reversed(KINDS):
                    rounds[kind].append(load(servers[kind], addresses[kind], body))
                last = (f"{kind} {rounds[kind][-1].rate:6.0f}/s {rounds[kind][-1].cpu_us:5.0f} us" for kind in KINDS)
                print("   ".join(last), flush=True)
        finally:
            for server in servers.values():
                server.kill()
                server.wait()
    for kind in KINDS:
        rate = statistics.median(one.rate for one in rounds[kind])
        cpu_us = statistics.median(one.cpu_us for one in rounds[kind])
        print(f"{kind:12} median {rate:6.0f} requests/s, {cpu_us:5.0f} us of processor time each")
    pairs = list(zip(rounds["noop"], rounds["shopkeeper"], strict=True))
    for what, ratios in (
        ("rate", [ours.rate / floor.rate for floor, ours in pairs]),
        ("processor time", [ours.cpu_us / floor.cpu_us for floor, ours in pairs]),
    ):
        print(f"ratio of {what}: median {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
