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
from training.reading import files_of
from training.record import ASSUMED_CONSENT, INPUT, PATHS, SETTINGS_FILE
from training.registry import CHAMPION, find_model, find_newest, find_version
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


def read_recipe(name: str, *, tracking_uri: str, newer: Mapping[str, Path | None]) -> Recipe:
    """How a version was trained.

    Args:
        name: NAME/VERSION, NAME@alias, or NAME: its champion, else its newest version.
        tracking_uri: MLflow's store.
        newer: Field of Inputs to the path that takes the recorded one's place; None leaves it.

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
    inputs = _inputs(data.params, data.tags, newer)
    faults = _missing(inputs, newer) or _outdated_consent(inputs, newer, data.params)
    if faults:
        raise InvalidInputError(f"what {origin} is to be trained on", faults)
    return Recipe(version.name, int(version.version), inputs, settings)


def _find(client: MlflowClient, name: str) -> ModelVersion:
    for mark in "/@":
        model, found, version = name.rpartition(mark)
        if found:
            return find_version(client, find_model(client, model), version)
    registered = find_model(client, name)
    if CHAMPION in registered.aliases:
        return find_version(client, registered, CHAMPION)
    return find_newest(client, registered)


def _inputs(params: Mapping[str, str], tags: Mapping[str, str], newer: Mapping[str, Path | None]) -> Inputs:
    recorded = {field: Path(params[INPUT + field]) for field in PATHS if INPUT + field in params}
    paths = recorded | {field: path.absolute() for field, path in newer.items() if path is not None}
    # Consent that is given now is read, whatever was assumed then.
    assumed = None if newer.get("consent") is not None else tags.get(ASSUMED_CONSENT)
    return Inputs(
        events=paths["events"],
        consent=paths.get("consent"),
        identities=paths.get("identities"),
        catalogue=paths.get("catalogue"),
        source=params[f"{INPUT}source"],
        assume_consent=assumed,
    )


def _missing(inputs: Inputs, newer: Mapping[str, Path | None]) -> list[Fault]:
    faults = []
    for field in PATHS:
        path = getattr(inputs, field)
        if path is not None and not path.exists():
            whose = "" if newer.get(field) is not None else f", where it was then; give --{field} for where it is now"
            faults.append(Fault(field, f"{path} is not there{whose}"))
    return faults


def _outdated_consent(inputs: Inputs, newer: Mapping[str, Path | None], params: Mapping[str, str]) -> list[Fault]:
    """A fault if newer events would be trained on what people said before them: some have taken it back since."""
    if newer.get("consent") is not None or inputs.consent is None:
        return []
    if fingerprint_files(files_of(inputs.consent)) != params["fingerprint_consent"]:
        return []  # brought up to date where it was
    if fingerprint_files(files_of(inputs.events)) == params["fingerprint_events"]:
        return []
    wanted = (
        f"{inputs.consent} is what it was at the training before, and the events are newer: whoever has said no since "
        f"would be trained on. Give --consent NEWER, or --consent {shlex.quote(str(inputs.consent))} if nobody's word "
        "has changed"
    )
    return [Fault("consent", wanted)]
