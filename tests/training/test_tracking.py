"""The way to MLflow's store, and what is said when there is none."""

import socket
from pathlib import Path

import pytest

from training.tracking import RegistryError, connect, sqlite_file


@pytest.mark.parametrize(
    ("tracking_uri", "file"),
    [
        ("sqlite:////srv/mlflow.db", Path("/srv/mlflow.db")),
        ("sqlite:///mlflow.db", Path("mlflow.db").absolute()),
        ("sqlite+pysqlite:////srv/mlflow.db?timeout=5", Path("/srv/mlflow.db")),
        ("sqlite://", None),
        ("http://localhost:5000", None),
        ("postgresql:///shop", None),
    ],
)
def test_only_an_sqlite_store_has_a_file(tracking_uri: str, file: Path | None) -> None:
    assert sqlite_file(tracking_uri) == file


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("item_id\n" * 200)
    with pytest.raises(RegistryError, match="file is not a database"):
        connect(f"sqlite:///{tmp_path / 'events.csv'}")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RegistryError, match="file"):
        connect(f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")


def test_a_scheme_that_mlflow_does_not_know_is_told() -> None:
    with pytest.raises(RegistryError, match="Supported URI schemes"):
        connect("carrier-pigeon://loft")


def test_a_server_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as taken:  # bound, and listening to nobody
        taken.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RegistryError, match=f"MLflow at {uri} cannot be used"):
            connect(uri)
