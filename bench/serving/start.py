"""How soon a server of a large bundle is ready: python -m bench.serving.start [--items 1000000] [--times 3]

From exec to a health check that says SERVING: the bundle from the state directory, with the registry there and away,
and with nothing of the bundle in the page cache; then how soon after a `kill -9` another worker listens, and what each
further worker takes.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub

from bench.serving.calls import pages
from bench.serving.load.loops import closed_loop
from bench.serving.processes import Memory
from bench.serving.served import compiling, registered, served
from service.workers.restarts import SETTLED_S

N_ITEMS, N_TIMES = 1_000_000, 3
PATIENCE_S, PAUSE_S = 120.0, 0.005
N_WORKERS = (1, 2, 4)


def main() -> None:
    """Print the seconds of each kind of start, and each process's memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=N_ITEMS)
    parser.add_argument("--times", type=int, default=N_TIMES)
    parser.add_argument("--profile", type=Path, help="where cProfile writes what one start does")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        uri, state_dir = registered(directory, given.items), directory / "state"
        with served(state_dir, uri):
            # The bundle is fetched, and what is compiled at a first start is compiled.
            pass
        size = sum(path.stat().st_size for path in state_dir.rglob("*.npy"))
        print(f"{given.items:,} items, {size / 1e6:,.0f} MB", flush=True)
        database, away = directory / "mlflow.db", directory / "mlflow.away"
        _times("registry there", given.times, lambda: _ready_s(state_dir, uri))
        database.rename(away)
        _times("registry away", given.times, lambda: _ready_s(state_dir, uri))

        def cold() -> float:
            _drop(state_dir)
            return _ready_s(state_dir, uri)

        _times("registry away, bundle not in the page cache", given.times, cold)
        if given.profile:
            _ready_s(state_dir, uri, ("-m", "cProfile", "-o", str(given.profile), "-m"))
        _replacements(state_dir, uri, given.times)
        _memory(state_dir, uri)


def _times(what: str, n_times: int, start: Callable[[], float]) -> None:
    taken = [start() for _ in range(n_times)]
    print(f"  {what:46} {statistics.median(taken):5.2f} s ({min(taken):.2f} to {max(taken):.2f})", flush=True)


def _ready_s(state_dir: Path, uri: str, under: Sequence[str] = ("-m",)) -> float:
    """Seconds from exec until the server says that it serves; it has ended then.

    Args:
        state_dir: Its own.
        uri: Of its registry.
        under: How the interpreter comes to the command.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, *under, "cli", "serve", "--port", str(port)]
    command += ["--state-dir", str(state_dir), "--tracking-uri", uri]
    start = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=compiling() | {"SHOPKEEPER_DRAIN_S": "0.1"})
    try:
        while not _serves(port):
            if process.poll() is not None or time.monotonic() - start > PATIENCE_S:
                raise SystemExit("the server does not come to serve")
            time.sleep(PAUSE_S)
        return time.monotonic() - start
    finally:
        process.terminate()
        process.wait(60)


def _serves(port: int) -> bool:
    """Whether whoever listens there has a model; a socket first, as gRPC waits before it tries again."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        status = HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10).status
    return bool(status == health_pb2.HealthCheckResponse.SERVING)


def _drop(state_dir: Path) -> None:
    """Have the kernel forget the bundle's files, which are on disk."""
    for path in state_dir.rglob("*.npy"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _replacements(state_dir: Path, uri: str, n_times: int) -> None:
    """Seconds from the end of a worker of two until another listens in its place, without load."""
    with served(state_dir, uri, "--workers", "2") as server:

        def replaced(number: int) -> float:
            # After another that was replaced before it had settled there would be a pause.
            time.sleep(SETTLED_S + 1.0)
            n_before, start = len(server.lines("listening")), time.monotonic()
            os.kill(server.workers[f"worker {number}"], signal.SIGKILL)
            server.wait_for("listening", n_before + 1)
            return time.monotonic() - start

        for number in (1, 2):
            _times(f"another in the place of worker {number}", n_times, partial(replaced, number))


def _memory(state_dir: Path, uri: str) -> None:
    """What each process takes of its own and with its share, after many different pages."""
    calls = pages()
    for n_workers in N_WORKERS:
        with served(state_dir, uri, "--workers", str(n_workers)) as server:
            closed_loop(server.address, calls, 5.0 * n_workers, n_connections=16 * n_workers, n_streams=1)
            print(f"  {n_workers} workers")
            forkservers = [("fork server", int(line["pid"])) for line in server.lines("forkserver_ready")]
            for role, pid in (*server.processes.items(), *forkservers):
                memory = Memory.of(pid)
                print(f"    {role:12} own {memory.own_mb:6.1f} MB, with its share {memory.fair_mb:6.1f} MB", flush=True)


if __name__ == "__main__":
    main()
