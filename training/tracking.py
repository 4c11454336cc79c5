"""The MLflow tracking server or database: the way there, and where artifacts go."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from models.errors import ShopkeeperError

ARTIFACTS = "mlartifacts"
_VARIABLE = "MLFLOW_TRACKING_URI"


class RegistryError(ShopkeeperError):
    """MLflow cannot be reached, or does not hold what was asked for."""

    reason = "REGISTRY"


def connect(tracking_uri: str) -> MlflowClient:
    """A client of the store, which is there and up to date: a new database gets its tables.

    Raises:
        RegistryError: There is no way to it.
    """
    what = f"MLflow at {tracking_uri} cannot be used"
    database = sqlite_file(tracking_uri)
    try:
        if database is not None:
            database.parent.mkdir(parents=True, exist_ok=True)
        with told(what):
            client = MlflowClient(tracking_uri, tracking_uri)
            client.search_experiments(max_results=1)
    except ModuleNotFoundError as error:  # a database's driver
        raise RegistryError(f"{what} without {error.name}: pip install {error.name}") from error
    except OSError as error:
        raise RegistryError(f"{what}: {error.strerror}: {error.filename}") from error
    except SQLAlchemyError as error:
        raise RegistryError(f"{what}: {str(error).splitlines()[0]}") from error
    return client


def experiment_named(client: MlflowClient, name: str) -> str:
    """The id of the experiment, made if there is none.

    The artifacts of a database that is a file lie next to it, not in the directory one happens to be in.

    Raises:
        RegistryError: It was deleted.
    """
    found = client.get_experiment_by_name(name)
    if found is None:
        database = sqlite_file(client.tracking_uri)
        location = None if database is None else (database.parent / ARTIFACTS / name).as_uri()
        return str(client.create_experiment(name, artifact_location=location))
    if found.lifecycle_stage != "active":
        raise RegistryError(
            f"the experiment {name} was deleted: take another --model, or bring it back with "
            f"`mlflow experiments restore --experiment-id {found.experiment_id}`"
        )
    return str(found.experiment_id)


def sqlite_file(tracking_uri: str) -> Path | None:
    """The absolute path of an SQLite store's file; None for any other store."""
    scheme, _, path = tracking_uri.partition(":///")
    if scheme.partition("+")[0] != "sqlite" or not path:
        return None
    return Path(path.partition("?")[0]).absolute()


@contextmanager
def pointed_at(tracking_uri: str) -> Iterator[None]:
    """MLflow's module functions use this store; afterwards the one they used before."""
    before = os.environ.get(_VARIABLE)
    mlflow.set_tracking_uri(tracking_uri)  # it sets the variable too, so that one is all there is to restore
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)  # type: ignore[arg-type]  # its way back to the default
        if before is not None:
            os.environ[_VARIABLE] = before


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn MLflow's exception into one of ours, its message behind what failed."""
    try:
        yield
    except MlflowException as error:
        raise RegistryError(f"{what}: {error.message}") from error
