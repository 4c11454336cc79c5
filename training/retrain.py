"""Repeats a registered version's training: the recorded settings and inputs, on newer data where given."""

import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from models.errors import Fault, InvalidInputError
from training.fingerprint import fingerprint_files
from training.ingest import Inputs
from training.ledger.address import faults_of_address, is_database
from training.ledger.loading import head_of_export
from training.names import CHAMPION_ALIAS
from training.reading import files_of
from training.record import ASSUMED_CONSENT, INPUT, LEDGER, LEDGER_HASH, PATHS, SETTINGS_FILE
from training.registry import find_model, find_newest, find_version
from training.settings import TrainingSettings, read_settings
from training.tracking import RegistryError, connect, told

RETRAINED_FROM = "retrained_from"
"""Tag of the run and the version that say which version's training this one repeats, as NAME/VERSION."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training that can be repeated.

    Attributes:
        model: The registered model.
        version: The version whose training it is.
        inputs: What it is to be trained on.
        settings: How.
    """

    model: str
    version: int
    inputs: Inputs
    settings: TrainingSettings

    @property
    def origin(self) -> str:
        """NAME/VERSION."""
        return f"{self.model}/{self.version}"


def read_recipe(name: str, *, tracking_uri: str, newer: Mapping[str, Path | None], ledger: str | None = None) -> Recipe:
    """How a version was trained, save the moment at which rules are applied: that is for who repeats it to say.

    Args:
        name: NAME/VERSION, NAME@alias, or NAME: its champion, else its newest version.
        tracking_uri: MLflow's store.
        newer: Field of Inputs to the path that takes the recorded one's place; None leaves it.
        ledger: Address that takes the recorded one's place; None leaves it. A database says what stands now; an
            export, as a consent file, what stood then.

    Raises:
        RegistryError: There is no such version, or its training was not recorded.
        InvalidInputError: Files are missing, all of which it names; or the events are newer than the consent.
    """
    client = connect(tracking_uri)
    version = _find(client, name)
    origin = f"{version.name}/{version.version}"
    if not version.run_id:
        raise RegistryError(f"{origin} was registered without a run, so there is nothing to repeat: use train")
    with told(f"the run of {origin} cannot be read"), tempfile.TemporaryDirectory(prefix="shopkeeper-") as directory:
        data = client.get_run(version.run_id).data
        recorded = [file.path for file in client.list_artifacts(version.run_id)]
        if SETTINGS_FILE not in recorded or f"{INPUT}events" not in data.params:
            raise RegistryError(f"the run of {origin} is not one of `shopkeeper train`, so it cannot be repeated")
        settings = read_settings(Path(client.download_artifacts(version.run_id, SETTINGS_FILE, directory)))
    inputs = _inputs(data.params, data.tags, newer, ledger)
    faults = _missing(inputs, newer, ledger) or _outdated_consent(inputs, newer, ledger, data.params)
    if faults:
        raise InvalidInputError(f"what {origin} is to be trained on", faults)
    return Recipe(version.name, int(version.version), inputs, settings)


def _find(client: MlflowClient, name: str) -> ModelVersion:
    for mark in "/@":
        model, found, version = name.rpartition(mark)
        if found:
            return find_version(client, find_model(client, model), version)
    registered = find_model(client, name)
    if CHAMPION_ALIAS in registered.aliases:
        return find_version(client, registered, CHAMPION_ALIAS)
    return find_newest(client, registered)


def _inputs(
    params: Mapping[str, str], tags: Mapping[str, str], newer: Mapping[str, Path | None], ledger: str | None
) -> Inputs:
    recorded = {field: Path(params[INPUT + field]) for field in PATHS if INPUT + field in params}
    was_ledger = params.get(INPUT + LEDGER)
    # What is given now is read, whatever was read or assumed then.
    if ledger is not None:
        recorded = {field: path for field, path in recorded.items() if field not in ("consent", "identities")}
    elif newer.get("consent") is not None:
        recorded.pop("keys", None)
        was_ledger = None
    assumed = None if newer.get("consent") is not None or ledger is not None else tags.get(ASSUMED_CONSENT)
    paths = recorded | {field: path.absolute() for field, path in newer.items() if path is not None}
    return Inputs(
        events=paths["events"],
        consent=paths.get("consent"),
        identities=paths.get("identities"),
        catalogue=paths.get("catalogue"),
        source=params[f"{INPUT}source"],
        assume_consent=assumed,
        ledger=was_ledger if ledger is None else ledger,
        keys=paths.get("keys"),
        privacy_rules=paths.get("privacy_rules"),
    )


def _missing(inputs: Inputs, newer: Mapping[str, Path | None], ledger: str | None) -> list[Fault]:
    faults = []
    for field in PATHS:
        path = getattr(inputs, field)
        if path is not None and not path.exists():
            option = field.replace("_", "-")
            whose = "" if newer.get(field) is not None else f", where it was then; give --{option} for where it is now"
            faults.append(Fault(field, f"{path} is not there{whose}"))
    if inputs.ledger is not None:
        whose = "" if ledger is not None else "; it was the one then: give --ledger for where it is now"
        found = faults_of_address(inputs.ledger)
        faults += [Fault(fault.field, f"{fault.description}{whose}") for fault in found]
        if inputs.keys is None:
            faults.append(Fault("keys", "are needed with the ledger: give --keys"))
    return faults


def _outdated_consent(
    inputs: Inputs, newer: Mapping[str, Path | None], ledger: str | None, params: Mapping[str, str]
) -> list[Fault]:
    """A fault if newer events would be trained on what people said before them: some have taken it back since."""
    if newer.get("consent") is not None or ledger is not None:
        return []
    if inputs.consent is not None:
        option, source = "--consent", str(inputs.consent)
        is_as_then = fingerprint_files(files_of(inputs.consent)) == params["fingerprint_consent"]
    elif inputs.ledger is not None and not is_database(inputs.ledger):
        option, source = "--ledger", inputs.ledger
        is_as_then = head_of_export(inputs.ledger).hash.hex() == params.get(LEDGER_HASH)
    else:
        return []  # a database says what stands, and where consent is assumed nobody was asked
    if not is_as_then:
        return []  # brought up to date where it was
    if fingerprint_files(files_of(inputs.events)) == params["fingerprint_events"]:
        return []
    wanted = (
        f"{source} is what it was at the training before, and the events are newer: whoever has said no since "
        f"would be trained on. Give {option} NEWER, or {option} {shlex.quote(source)} if nobody's word has changed"
    )
    return [Fault(option.removeprefix("--"), wanted)]
