"""The model registry: MLflow, asked by alias."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from models.bundle.manifest import ARTIFACT, FINGERPRINT_TAG, FORMAT, LEDGER_POSITION_TAG, MANIFEST, read_manifest
from models.errors import BundleError
from service.adapters.ports import VERSION, AliasMissingError, RegisteredVersion, RegistryUnreachableError

_OF_PROMOTE = "champion"
"""The alias that `shopkeeper promote` moves where it is told no other."""
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_CONFIGURE_LOGGING": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # The follower asks again by itself; MLflow's own seven tries with backoff take minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    # A pooled connection would go on reading a SQLite file that has been replaced.
    "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool",
}


class MlflowRegistry:
    """Versions of registered models in an MLflow tracking server or database.

    MLflow is imported at the first question, as that takes seconds: ask from a thread of its own.

    Args:
        tracking_uri: For instance "sqlite:///mlflow.db" or "http://mlflow:5000".
        environ: The process's environment; MLflow reads its own settings there, and gets quieter defaults.
    """

    def __init__(self, tracking_uri: str, environ: MutableMapping[str, str]) -> None:
        self._uri = tracking_uri
        self._environ = environ
        self._client: Any = None

    def find(self, name: str, alias: str) -> RegisteredVersion:
        """The version that bears the alias, or the one of a number.

        Args:
            name: Of the model.
            alias: Or "version:12", which no alias can be.

        Raises:
            AliasMissingError: The registry answers, but knows no such model, alias or version.
            RegistryUnreachableError: The registry does not answer.
        """
        client = self._connect()
        from mlflow.exceptions import MlflowException

        number = alias.removeprefix(VERSION)
        try:
            if number == alias:
                found = client.get_model_version_by_alias(name, alias)
            else:
                found = client.get_model_version(name, number)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise AliasMissingError(self._without_password(self._missing(name, alias))) from error
            raise self._unreachable(error) from error
        except Exception as error:
            raise self._unreachable(error) from error
        tags = found.tags or {}
        position = tags.get(LEDGER_POSITION_TAG, "")
        return RegisteredVersion(
            name,
            str(found.version),
            int(found.creation_timestamp or 0),
            tags.get(FINGERPRINT_TAG),
            int(position) if position.isdecimal() else None,
        )

    def fetch(self, version: RegisteredVersion, directory: Path) -> Path:
        """Download a version's bundle into the directory.

        Returns:
            Where in the directory the bundle is.

        Raises:
            BundleError: The version holds no bundle.
            RegistryUnreachableError: It could not be downloaded.
        """
        client = self._connect()
        try:
            from mlflow.artifacts import download_artifacts

            source = client.get_model_version_download_uri(version.name, version.version)
            downloaded = Path(download_artifacts(source, dst_path=str(directory), tracking_uri=self._uri))
        except Exception as error:
            raise self._unreachable(error) from error
        return _bundle_in(downloaded, version)

    def _connect(self) -> Any:
        self._require_sqlite_file()
        if self._client is None:
            for name, value in _ENVIRONMENT.items():
                self._environ.setdefault(name, value)
            try:
                from mlflow import MlflowClient

                self._client = MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)
            except ImportError as error:
                raise RegistryUnreachableError(
                    f"MLflow cannot be imported ({error}): install shopkeeper[service]"
                ) from error
            except Exception as error:
                raise self._unreachable(error) from error
        return self._client

    def _require_sqlite_file(self) -> None:
        """MLflow would create a missing database, and so hide that this is the wrong place."""
        parts = urlsplit(self._uri)
        path = unquote(parts.path[1:])
        if parts.scheme == "sqlite" and path and not Path(path).is_file():
            self._client = None
            raise RegistryUnreachableError(
                f"the registry's database {path} does not exist: train a model first, or set MLFLOW_TRACKING_URI"
            )

    def _missing(self, name: str, alias: str) -> str:
        number = alias.removeprefix(VERSION)
        if number != alias:
            return f"{name} has no version {number} in {self._uri}: name one that it has, or another --tracking-uri"
        option = "" if alias == _OF_PROMOTE else f" --alias {alias}"
        return (
            f"no version of {name} has the alias {alias} in {self._uri}: `shopkeeper promote {name} VERSION{option}`, "
            "after `shopkeeper train` where there is none yet; or name another --tracking-uri"
        )

    def _unreachable(self, error: Exception) -> RegistryUnreachableError:
        return RegistryUnreachableError(
            self._without_password(f"registry {self._uri} does not answer: {_first_line(error)}")
        )

    def _without_password(self, text: str) -> str:
        """The text without the password that the address may hold, as errors of libraries repeat the address."""
        password = urlsplit(self._uri).password
        return text.replace(f":{password}@", ":***@") if password else text


def _bundle_in(directory: Path, version: RegisteredVersion) -> Path:
    """The directory of the bundle among a version's artifacts, artifacts/ARTIFACT where the trainer puts it."""
    expected = directory / "artifacts" / ARTIFACT
    others = sorted(path.parent for path in directory.rglob(MANIFEST) if path.parent != expected)
    places = ([expected] if (expected / MANIFEST).is_file() else []) + others
    if not places:
        raise BundleError(
            f"{version.name} version {version.version} holds no {FORMAT} (no {MANIFEST} among its artifacts): was it "
            "registered by `shopkeeper train`?"
        )
    faults = []
    for place in places:
        try:
            read_manifest(place)
        except BundleError as error:
            faults.append(error)
        else:
            return place
    raise faults[0]


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
