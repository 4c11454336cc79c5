"""A server in a process of its own, as an operator starts it, with the made-up bundle as its champion."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mlflow import MlflowClient

from bench.serving.catalogue import N_ITEMS, write_catalogue
from bench.serving.processes import cpu_seconds
from models.bundle.manifest import fingerprint

MODEL, ALIAS = "accessories", "champion"
PATIENCE_S, PAUSE_S = 120.0, 0.005


def compiling() -> dict[str, str]:
    """The environment, in which modules are compiled once: an installed server's are."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Registry:
    """An MLflow registry on SQLite.

    Args:
        directory: For its files.
        exists: Whether it is there and knows the model.

    Attributes:
        uri: Its address.
    """

    def __init__(self, directory: Path, *, exists: bool = False) -> None:
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        self.uri = f"sqlite:///{directory / 'mlflow.db'}"
        self._client = MlflowClient(self.uri, self.uri)
        if not exists:
            self._client.create_registered_model(MODEL)

    def register(self, model: Path) -> str:
        """A version of the bundle in MODEL/artifacts/bundle; its number."""
        (model / "MLmodel").write_text("flavors: {}\n")
        tags = {"bundle_sha256": fingerprint(model / "artifacts" / "bundle")}
        return str(self._client.create_model_version(MODEL, str(model), tags=tags).version)

    def promote(self, version: str) -> None:
        """Make it the champion."""
        self._client.set_registered_model_alias(MODEL, ALIAS, version)


def registered(directory: Path, n_items: int = N_ITEMS) -> str:
    """The address of a registry whose champion is the made-up bundle."""
    model, registry = directory / "model", Registry(directory)
    write_catalogue(model / "artifacts" / "bundle", n_items)
    registry.promote(registry.register(model))
    return registry.uri


class Server:
    """`shopkeeper serve` running, all its workers with a model.

    Args:
        state_dir: Its own; its log is written beside it.
        tracking_uri: Its registry.
        options: Further options.
        environ: Further variables.

    Attributes:
        process: The server, or the supervisor of its workers.
        address: HOST:PORT.
    """

    def __init__(
        self, state_dir: Path, tracking_uri: str, *options: str, environ: Mapping[str, str] | None = None
    ) -> None:
        self._log = state_dir.with_name(f"{state_dir.name}-{time.monotonic_ns()}.log")
        command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--state-dir", str(state_dir)]
        command += ["--tracking-uri", tracking_uri, *options]
        own = {name: text for name, text in compiling().items() if not name.startswith("SHOPKEEPER_")}
        self._n_workers = int(options[options.index("--workers") + 1]) if "--workers" in options else 1
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"SHOPKEEPER_DRAIN_S": "2", **own, **(environ or {})},
            )
        try:
            self.wait_for("bundle_served", self._n_workers)
            self.wait_for("listening", self._n_workers)
        except BaseException:
            self.end()
            raise
        self.address = self.lines("listening")[0]["address"]

    def lines(self, event: str) -> list[dict[str, str]]:
        """What it logged of this event."""
        text = self._log.read_text()
        complete = text[: text.rfind("\n") + 1].splitlines()
        told = [json.loads(line) for line in complete if line.startswith("{")]
        return [line for line in told if line["event"] == event]

    def wait_for(self, event: str, n_lines: int) -> None:
        """Wait until it has logged so many of this event."""
        until_s = time.monotonic() + PATIENCE_S
        while len(self.lines(event)) < n_lines:
            if self.process.poll() is not None or time.monotonic() > until_s:
                raise SystemExit(f"the server has not come to {event}: {self._log.read_text()}")
            time.sleep(PAUSE_S)

    @property
    def workers(self) -> dict[str, int]:
        """Processes that serve, by what they are called; the last that was started of each."""
        if self._n_workers == 1:
            return {"server": self.process.pid}
        return {f"worker {line['worker']}": int(line["pid"]) for line in self.lines("worker_started")}

    @property
    def processes(self) -> dict[str, int]:
        """The workers, after their supervisor where there is one."""
        return self.workers if self._n_workers == 1 else {"supervisor": self.process.pid, **self.workers}

    def cpu_s(self) -> float:
        """Processor time so far, of all that is running."""
        return sum(map(cpu_seconds, self.processes.values()))

    def end(self) -> None:
        """Drain it; it has ended when this returns."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def served(state_dir: Path, tracking_uri: str, *options: str) -> Iterator[Server]:
    """A server that ends with the block."""
    server = Server(state_dir, tracking_uri, *options)
    try:
        yield server
    finally:
        server.end()
