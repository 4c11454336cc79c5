"""Servers as processes, with a registry to start from and a database that they share."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from bench.serving.parts import Postgres
from tests.integration.doors import Door, Start
from tests.integration.serving import Served, promoted
from tests.service.conftest import registry_template  # noqa: F401 - fixture
from tests.service.mlflow_registry import SqliteRegistry


@pytest.fixture(scope="module")
def registry(
    registry_template: Path,  # noqa: F811 - the fixture
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SqliteRegistry]:
    with promoted(tmp_path_factory.mktemp("registry"), registry_template) as made:
        yield made


@pytest.fixture
def start(registry: SqliteRegistry, tmp_path: Path) -> Iterator[Start]:
    """Starts a server with the given options that has its model."""
    numbers = itertools.count(1)
    with ExitStack() as stack:

        def begin(*options: str) -> Door:
            server = Served(tmp_path / f"state-{next(numbers)}", registry.uri, *options)
            stack.callback(server.end)
            server.wait_for("bundle_served")
            return Door(server.address, stack.enter_context(grpc.insecure_channel(server.address)))

        yield begin


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    # Not in pytest's own folder, which it closes to others: the server runs as somebody else where root starts it.
    with tempfile.TemporaryDirectory(prefix="pg") as directory:
        made = Postgres(Path(directory, "data"))
        yield made
        made.end()
