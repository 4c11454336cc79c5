"""A real MLflow registry on SQLite, made once and copied for each test."""

import shutil
from pathlib import Path
from typing import Any

import pytest

NAME = "accessories"

forgive_mlflow = pytest.mark.filterwarnings(
    # MLflow's own mapping of its tables, which is not ours to mend.
    "ignore:The ``noload`` loader strategy is deprecated:DeprecationWarning",
)
"""Mark for tests that use the registry."""


class SqliteRegistry:
    """What a trainer does to a registry, without training.

    Args:
        directory: Empty; holds the database and the models.
        template: A database with MLflow's tables.
    """

    def __init__(self, directory: Path, template: Path) -> None:
        self.database = directory / "mlflow.db"
        self.models = directory / "models"
        shutil.copyfile(template, self.database)
        self.uri = f"sqlite:///{self.database}"
        self.client = _client(self.uri)
        self.client.create_registered_model(NAME)

    def publish(self, bundle: Path, *, fingerprint: str | None = None) -> str:
        """Register a copy of the bundle as the trainer's pyfunc model holds it; its version."""
        source = self.models / f"m-{sum(1 for _ in self.models.glob('*'))}"
        shutil.copytree(bundle, source / "artifacts" / "bundle")
        (source / "MLmodel").write_text("flavors: {}\n")
        tags = {"bundle_sha256": fingerprint} if fingerprint else None
        return str(self.client.create_model_version(NAME, str(source), tags=tags).version)

    def promote(self, version: str, alias: str = "champion") -> None:
        """Point the alias to the version."""
        self.client.set_registered_model_alias(NAME, alias, version)

    def stored(self, version: str) -> Path:
        """The bundle's directory in the registry's own artifacts."""
        return Path(self.client.get_model_version(NAME, version).source) / "artifacts" / "bundle"

    def stop(self) -> None:
        """Take the registry away."""
        self.database.rename(self.database.with_suffix(".away"))

    def restart(self) -> None:
        """Bring it back."""
        self.database.with_suffix(".away").rename(self.database)


def make_template(path: Path) -> None:
    """A database with MLflow's tables and nothing in them."""
    uri = f"sqlite:///{path}"
    _client(uri).search_registered_models()


def _client(uri: str) -> Any:
    # Imported late: collecting these tests should not take the seconds that MLflow takes.
    from mlflow import MlflowClient

    return MlflowClient(uri, uri)
