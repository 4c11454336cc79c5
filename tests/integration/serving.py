"""A server in a process of its own, as an operator starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.service.mlflow_registry import SqliteRegistry
from tests.service.shop import write_shop
from tests.service.waiting import until

ROOT = Path(__file__).parents[2]
# The command without the trainer's subcommands, and without asking for the installed package's version.
_COMMAND = """
import sys, cli.main
cli.main.version = lambda name: "0"
sys.exit(cli.main.main(sys.argv[1:], subcommands=("cli.serve", "cli.recommend")))
"""


def shopkeeper(*arguments: str, environ: dict[str, str] | None = None) -> dict[str, Any]:
    """Arguments for subprocess: the command line and the environment it needs."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("SHOPKEEPER_", "MLFLOW_"))}
    path = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto"))), "MLFLOW_DISABLE_TELEMETRY": "true"}
    return {"args": [sys.executable, "-c", _COMMAND, *arguments], "env": given | path | (environ or {})}


class Served:
    """`shopkeeper serve` running.

    Args:
        state_dir: Its bundles; its log is written beside it.
        tracking_uri: Its registry.
        options: Further options.
    """

    def __init__(self, state_dir: Path, tracking_uri: str, *options: str) -> None:
        self._log = state_dir.with_name(f"{state_dir.name}-{time.monotonic_ns()}.log")
        arguments = ("serve", "--port", "0", "--state-dir", str(state_dir), "--tracking-uri", tracking_uri)
        with self._log.open("w") as log:
            self.process = subprocess.Popen(**shopkeeper(*arguments, *options), stdout=log, stderr=log)
        self.wait_for("listening")
        self.address = self.lines("listening")[0]["address"]

    def lines(self, event: str) -> list[dict[str, str]]:
        """What it logged of this event."""
        text = self._log.read_text()
        complete = text[: text.rfind("\n") + 1].splitlines()
        return [line for line in map(json.loads, complete) if line["event"] == event]

    def wait_for(self, event: str, **fields: str) -> dict[str, str]:
        """The first line of this event with these fields."""

        def matching() -> list[dict[str, str]]:
            assert self.process.poll() is None or self.lines(event), self._log.read_text()
            return [line for line in self.lines(event) if fields.items() <= line.items()]

        until(matching, f"{event} {fields}")
        return matching()[0]

    def terminate(self) -> int:
        """Send SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def end(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


@contextmanager
def promoted(directory: Path, template: Path) -> Iterator[SqliteRegistry]:
    """A registry of its own with the small shop's model as its champion.

    Args:
        directory: For its files.
        template: An empty registry, as tests.service.conftest makes it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
        made = SqliteRegistry(directory, template)
        made.promote(made.publish(directory / "bundle", fingerprint=write_shop(directory / "bundle")))
        yield made
