"""Seconds from `shopkeeper rollback` to answers of the version before: python -m bench.serving.rollback [--times 5]

A server with its defaults follows the champion of a made-up shop, which is promoted and rolled back in turn; over the
registry's SQLite file, and over `mlflow server` (--http). Beside it the server is asked without pause.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import grpc
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1.recommendation_service_pb2_grpc import RecommendationServiceStub

from bench.serving.catalogue import N_ITEMS, item_id
from bench.serving.parts import MlflowServer
from bench.serving.served import MODEL, Registry, compiling, registered, served

PAUSE_S, PATIENCE_S = 0.005, 60.0
PAGE = pb.RecommendRequest(placement="product_page", item_id=item_id(0))


def measure(directory: Path, n_times: int, n_items: int, *, over_http: bool) -> None:
    """Print the seconds of each part, their median and spread."""
    uri = registered(directory, n_items)
    second = Registry(directory, exists=True).register(directory / "model")
    with ExitStack() as stack:
        if over_http:
            registry = MlflowServer(directory / "mlflow.db")
            stack.callback(registry.stop)
            uri = registry.uri
        server = stack.enter_context(served(directory / "state", uri))
        channel = stack.enter_context(grpc.insecure_channel(server.address))
        stub = RecommendationServiceStub(channel)  # type: ignore[no-untyped-call]

        def is_from(version: str) -> bool:
            return bool(stub.Recommend(PAGE, timeout=10).model_version == f"{MODEL}/{version}")

        reached, returned = [], []
        for _ in range(n_times):
            command("promote", second, "--force", "--reason", "a benchmark", uri=uri).wait(PATIENCE_S)
            wait(lambda: is_from(second))
            begun_s = time.monotonic()
            rolling = command("rollback", uri=uri)
            wait(lambda: is_from("1"))
            reached.append(time.monotonic() - begun_s)
            rolling.wait(PATIENCE_S)
            returned.append(time.monotonic() - begun_s)
        for name, seconds in {"answers of the version before": reached, "the command has ended": returned}.items():
            spread = f"{min(seconds):.1f} to {max(seconds):.1f} s"
            print(f"{name:32}{statistics.median(seconds):5.1f} s   {spread}", flush=True)


def command(name: str, *arguments: str, uri: str) -> "subprocess.Popen[bytes]":
    """The command, started."""
    line = [sys.executable, "-m", "cli", name, MODEL, *arguments, "--tracking-uri", uri]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, env=compiling())


def wait(condition: Callable[[], bool]) -> None:
    """Ask until it holds; a question that fails ends the benchmark."""
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > until_s:
            raise SystemExit(f"nothing came of it in {PATIENCE_S:.0f} s")
        time.sleep(PAUSE_S)


def main() -> None:
    """Measure as the options say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--items", type=int, default=N_ITEMS)
    parser.add_argument("--http", action="store_true", help="over `mlflow server`")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shopkeeper-bench-") as directory:
        measure(Path(directory), given.times, given.items, over_http=given.http)


if __name__ == "__main__":
    main()
