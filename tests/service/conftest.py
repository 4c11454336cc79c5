"""Fixtures of the serving tests; tests/api and tests/integration take them from here."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from service.core.answers import Model
from tests.service.mlflow_registry import SqliteRegistry, make_template
from tests.service.shop import write_shop


@pytest.fixture(scope="session")
def shop_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("shop") / "bundle"
    write_shop(directory)
    return directory


@pytest.fixture(scope="session")
def model(shop_directory: Path) -> Model:
    return Model(Bundle.open(shop_directory), "accessories/1")


@pytest.fixture(scope="session")
def registry_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("registry") / "template.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        # As the server itself has it: the template is copied, so no connection may stay on it.
        patch.setenv("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
        make_template(path)
    return path


@pytest.fixture
def registry(
    registry_template: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> SqliteRegistry:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
    return SqliteRegistry(tmp_path_factory.mktemp("registry"), registry_template)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is bound and not listened on, so that a connection is refused and nobody else takes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
