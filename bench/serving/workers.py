"""What each further worker adds to a server's memory: python -m bench.serving.workers

A server of several workers is asked for many different pages, and then the kernel for what is whose.

Needs Linux's /proc.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

import grpc
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from bench.serving.catalogue import N_ITEMS, item_id
from bench.serving.processes import Memory
from bench.serving.served import registered

N_WORKERS = (1, 2, 4)
FIRST = ("server", "supervisor", "fork server", "worker 1")
"""What is no further worker."""
N_CONNECTIONS = 32
N_PAGES_EACH = 12_000
"""Different ones for each worker: more than it keeps at hand."""


def main() -> None:
    """Print each process of each server, and what a further worker adds."""
    totals: dict[int, float] = {}
    further: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        uri = registered(directory)
        for n_workers in N_WORKERS:
            memory = _measured(directory / f"state-{n_workers}", uri, n_workers)
            totals[n_workers] = sum(of.fair_mb for of in memory.values())
            print(f"{n_workers} workers: {totals[n_workers]:.0f} MB in all")
            for role, of in memory.items():
                print(f"  {role:<12} own {of.own_mb:6.1f} MB, with its share {of.fair_mb:6.1f} MB")
            further += [of.own_mb for role, of in memory.items() if role not in FIRST]
    added = (totals[4] - totals[2]) / 2
    print(f"a further worker: {statistics.median(further):.0f} MB of its own; {added:.0f} MB more in all")


def _measured(state_dir: Path, uri: str, n_workers: int) -> dict[str, Memory]:
    """Memory by process of a server that has answered, the supervisor first."""
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--workers", str(n_workers)]
    command += ["--state-dir", str(state_dir), "--tracking-uri", uri]
    server = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "1"}
    )
    assert server.stderr is not None  # noqa: S101 - asked for
    try:
        address, pids = _started(server.stderr, n_workers)
        _ask(address, n_workers * N_PAGES_EACH)
        first = {"server" if n_workers == 1 else "supervisor": server.pid}
        return {role: Memory.of(pid) for role, pid in (first | pids).items()}
    finally:
        server.send_signal(signal.SIGTERM)
        # Whoever logs must find a reader.
        server.communicate(timeout=60)


def _started(log: IO[str], n_workers: int) -> tuple[str, dict[str, int]]:
    """The address, and the process of each worker, once all have the model."""
    address, pids, n_served = "", {}, 0
    for line in log:
        told = json.loads(line)
        if told["event"] == "listening":
            address = told["address"]
        elif told["event"] == "forkserver_ready":
            pids["fork server"] = told["pid"]
        elif told["event"] == "worker_started":
            pids[f"worker {told['worker']}"] = told["pid"]
        elif told["event"] == "bundle_served":
            n_served += 1
            if n_served == n_workers:
                return address, pids
    raise SystemExit("the server ended before it served")


def _ask(address: str, n_pages: int) -> None:
    """Pages over connections of their own, so that every worker has its part."""
    each = n_pages // N_CONNECTIONS
    for connection in range(N_CONNECTIONS):
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(address, options=options) as channel:
            stub = RecommendationServiceStub(channel)
            for number in range(connection * each, (connection + 1) * each):
                page = pb.RecommendRequest(placement="product_page", item_id=item_id(number * 7 % N_ITEMS))
                stub.Recommend(page, timeout=10)


if __name__ == "__main__":
    main()
