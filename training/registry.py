"""The registered versions of a model: finding one by number or alias, and moving an alias."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException

from models.errors import InvalidInputError
from training.names import CHAMPION_ALIAS, faults_of_alias
from training.succession import ROLLBACK_TAGS, ROLLED_BACK_FROM, move_alias
from training.tracking import RegistryError, connect, told


@dataclass(frozen=True, slots=True)
class Promoted:
    """An alias that was moved.

    Attributes:
        model: The registered model.
        alias: The alias.
        before: The version it pointed at, None if there was none.
        version: The version it points at now.
    """

    model: str
    alias: str
    before: int | None
    version: int


def promote(
    model: str,
    version: str,
    *,
    alias: str = CHAMPION_ALIAS,
    tracking_uri: str,
    facts: Mapping[str, str] | None = None,
    by: str = "promotion",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Promoted:
    """Point the alias at a version, and record on the version and its run that this was done. No gate is asked.

    Args:
        model: The registered model.
        version: A number, or an alias such as `challenger`.
        alias: The alias to move.
        tracking_uri: MLflow's store.
        facts: Further tags of the record, such as what the gate said.
        by: What moves it, a word for the alias's history.
        clock: Gives the time that is recorded.

    Raises:
        InvalidInputError: MLflow would not take the alias.
        RegistryError: There is no such model or version; the message lists those there are.
    """
    if faults := faults_of_alias(alias):
        raise InvalidInputError("promote", faults)
    client = connect(tracking_uri)
    registered = find_model(client, model)
    chosen = find_version(client, registered, version)
    before = registered.aliases.get(alias)
    moved = Promoted(model, alias, None if before is None else int(before), int(chosen.version))
    with told(f"the alias {alias} of {model} could not be moved"):
        now = clock()
        move_alias(client, registered, alias, moved.version, by=by, now=now)
        if moved.before != moved.version:
            _record(client, chosen, moved, facts or {}, now)
    return moved


def _record(
    client: MlflowClient, version: ModelVersion, moved: Promoted, facts: Mapping[str, str], now: datetime
) -> None:
    tags = {
        "promoted_to": moved.alias,
        "promoted_over": "none" if moved.before is None else str(moved.before),
        "promoted_at": now.isoformat(timespec="seconds"),
        **facts,
    }
    for name, value in tags.items():
        client.set_model_version_tag(version.name, version.version, name, value)
        if version.run_id:
            client.set_tag(version.run_id, name, value)
    if version.tags.get(ROLLED_BACK_FROM) == moved.alias:
        for name in ROLLBACK_TAGS & version.tags.keys():  # its run keeps them
            client.delete_model_version_tag(version.name, version.version, name)


def find_model(client: MlflowClient, model: str) -> RegisteredModel:
    """The registered model.

    Raises:
        RegistryError: There is none of that name.
    """
    try:
        return client.get_registered_model(model)
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"):
            raise RegistryError(f"{model} cannot be looked up in {client.tracking_uri}: {error.message}") from error
        known = ", ".join(found.name for found in client.search_registered_models(max_results=20))
        raise RegistryError(
            f"{client.tracking_uri} holds no model {model}; it holds: {known or 'none yet, so train one first'}",
            metadata={"model": model},
        ) from None


def find_version(client: MlflowClient, registered: RegisteredModel, version: str) -> ModelVersion:
    """The version of a number or an alias.

    Raises:
        RegistryError: There is none; the message lists those there are.
    """
    number = registered.aliases.get(version, version)
    if str(number).isdecimal():
        try:
            return client.get_model_version(registered.name, str(int(number)))
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"):
                raise RegistryError(f"{registered.name} {version} cannot be looked up: {error.message}") from error
    raise RegistryError(
        f"{registered.name} has no version or alias {version}; {_those_there_are(client, registered)}",
        metadata={"model": registered.name, "version": version},
    )


def find_newest(client: MlflowClient, registered: RegisteredModel) -> ModelVersion:
    """The version registered last.

    Raises:
        RegistryError: There is none.
    """
    versions = client.search_model_versions(f"name = '{registered.name}'")
    if not versions:
        raise RegistryError(f"{registered.name} has no version yet: train one first")
    return max(versions, key=lambda found: int(found.version))


def _those_there_are(client: MlflowClient, registered: RegisteredModel) -> str:
    numbers = sorted(int(found.version) for found in client.search_model_versions(f"name = '{registered.name}'"))
    versions = f"its versions: {', '.join(map(str, numbers)) or 'none'}"
    aliases = ", ".join(f"{alias} ({number})" for alias, number in sorted(registered.aliases.items()))
    return f"{versions}; its aliases: {aliases or 'none'}"
