"""What the registry holds of a version, fetched and checked: its bundle, its holdout lists, the champion of now."""

from pathlib import Path

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion

from models.bundle.manifest import ARTIFACT, FINGERPRINT_TAG
from models.bundle.reading import Bundle
from models.errors import BundleError
from training.champion import Champion
from training.gate import Incumbent
from training.holdout import HOLDOUT, HOLDOUT_TAG, Holdout, HoldoutError, read_holdout
from training.names import CHAMPION_ALIAS
from training.registry import find_version
from training.tracking import RegistryError, connect, told


def fetch_champion(model: str, directory: Path, *, tracking_uri: str) -> Champion | None:
    """The champion with all that can be read of it, or None if the model has none.

    Args:
        model: The registered model, which need not be there yet.
        directory: Where its files go; they are mapped from there.
        tracking_uri: MLflow's store.

    Raises:
        RegistryError: MLflow cannot be reached.
    """
    client = connect(tracking_uri)
    version = find_champion(client, model)
    if version is None:
        return None
    bundle: Bundle | None = None
    holdout: Holdout | None = None
    unread = []
    try:
        bundle = fetch_bundle(client, version, directory)
    except (BundleError, RegistryError) as error:
        unread.append(f"its bundle cannot be read ({error})")
    try:
        holdout = fetch_holdout(client, version, directory)
    except (HoldoutError, RegistryError) as error:
        unread.append(f"its holdout lists cannot be read ({error})")
    return Champion(int(version.version), bundle, holdout, metrics_of_run(client, version), tuple(unread))


def find_champion(client: MlflowClient, model: str) -> ModelVersion | None:
    """The version that serves now; None if there is no such model or it has no champion."""
    with told(f"the champion of {model} cannot be looked up"):
        found = client.search_registered_models(f"name = '{model}'")
        if not found or CHAMPION_ALIAS not in client.get_registered_model(model).aliases:
            return None
        return find_version(client, client.get_registered_model(model), CHAMPION_ALIAS)


def incumbent_of(client: MlflowClient, version: ModelVersion | None) -> Incumbent | None:
    """The champion as the gate sees it."""
    return None if version is None else Incumbent(int(version.version), metrics_of_run(client, version))


def fetch_bundle(client: MlflowClient, version: ModelVersion, directory: Path) -> Bundle:
    """A version's bundle, every byte checked against what was registered.

    Raises:
        BundleError: It is not a bundle that can be read.
        RegistryError: It is not there.
    """
    what = f"the bundle of {version.name} {version.version} cannot be fetched"
    with told(what):
        source = client.get_model_version_download_uri(version.name, version.version)
        try:
            copy = download_artifacts(source, dst_path=str(directory), tracking_uri=client.tracking_uri)
        except OSError as error:
            raise RegistryError(f"{what}: {error}") from error
    return Bundle.open(Path(copy, "artifacts", ARTIFACT), expected_fingerprint=version.tags.get(FINGERPRINT_TAG))


def fetch_holdout(client: MlflowClient, version: ModelVersion, directory: Path) -> Holdout:
    """A version's holdout lists, every byte checked against what was registered.

    Raises:
        HoldoutError: It has none, or they are not what was written.
        RegistryError: They are not where they should be.
    """
    if HOLDOUT_TAG not in version.tags or not version.run_id:
        raise HoldoutError("its training kept none")
    what = f"the holdout lists of {version.name} {version.version} cannot be fetched"
    with told(what):
        try:
            copy = client.download_artifacts(version.run_id, HOLDOUT, str(directory))
        except OSError as error:
            raise RegistryError(f"{what}: {error}") from error
    return read_holdout(Path(copy), expected_sha256=version.tags[HOLDOUT_TAG])


def metrics_of_run(client: MlflowClient, version: ModelVersion) -> dict[str, float]:
    """The figures of the version's run; none where it was registered without one."""
    if not version.run_id:
        return {}
    with told(f"the run of {version.name} {version.version} cannot be read"):
        return dict(client.get_run(version.run_id).data.metrics)
