"""The demo's server: a process of its own, as an operator starts it, that ends with the demo."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.client import Page, ask
from models.errors import ShopkeeperError

START_TIMEOUT_S = 60.0
"""MLflow's import alone takes ten seconds on a busy machine."""


class DemoFailedError(ShopkeeperError):
    """A part of the demo did not come up."""

    reason = "DEMO_FAILED"


@contextmanager
def served(options: Sequence[str], port: int, log: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """The running server and its address; it is ended when the block is left.

    Args:
        options: Of `shopkeeper serve`, the port left out.
        port: To listen on.
        log: Where it writes its log.

    Raises:
        DemoFailedError: It does not come up.
    """
    # By way of the `finally` below, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    target = f"127.0.0.1:{port}"
    # -P: a folder `cli` where the demo happens to run is not ours.
    command = [sys.executable, "-P", "-m", "cli", "serve", "--port", str(port), *options]
    with log.open("wb") as errors:
        server = subprocess.Popen(command, stderr=errors, start_new_session=True)  # noqa: S603  # our own command line
    try:
        _wait_until_serving(target, server, log)
        yield server, target
    finally:
        server.terminate()
        server.wait()


def wait_for_model(target: str, model_version: str, *, timeout_s: float = START_TIMEOUT_S) -> None:
    """Return once pages are answered by a version; until then a server may answer by the one it found on disk.

    Args:
        target: Where it listens.
        model_version: Such as "accessories/2".
        timeout_s: Longest wait.

    Raises:
        DemoFailedError: Another version still answers.
    """
    deadline, answered_by = time.monotonic() + timeout_s, ""
    with grpc.insecure_channel(target) as channel:
        while time.monotonic() < deadline:
            answered_by = ask(channel, Page("NEW-000001"), timeout_s=10).model_version
            if answered_by == model_version:
                return
            time.sleep(0.1)
    raise DemoFailedError(
        f"after {timeout_s:.0f} s pages are answered by {answered_by or 'no model'}, not {model_version}"
    )


def free_port() -> int:
    """50051 where it is free, else any free port."""
    for port in (50_051, 0):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise DemoFailedError("no free port on 127.0.0.1")


def _wait_until_serving(target: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once the server says that it is serving.

    Raises:
        DemoFailedError: It ends, or does not come up in time.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    with grpc.insecure_channel(target) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise DemoFailedError(f"the server ended with exit code {server.returncode}: {log} says why")
            try:
                answer = health.Check(health_pb2.HealthCheckRequest(), timeout=1, wait_for_ready=True)
            except grpc.RpcError:
                continue
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return
            time.sleep(0.1)
    raise DemoFailedError(f"the server was not ready within {START_TIMEOUT_S:.0f} s: {log} says why")
