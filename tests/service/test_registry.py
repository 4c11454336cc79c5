"""The MLflow adapter against a real registry on SQLite."""

import os
from collections.abc import MutableMapping
from pathlib import Path

import pytest

from models.bundle.manifest import ARTIFACT, fingerprint, verify
from models.errors import BundleError
from service.adapters.ports import AliasMissingError, RegisteredVersion, RegistryUnreachableError
from service.adapters.registry import MlflowRegistry
from tests.service.mlflow_registry import NAME, SqliteRegistry, forgive_mlflow
from tests.training.trained import inputs_in, result_in
from training.publish import publish

pytestmark = forgive_mlflow


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> MutableMapping[str, str]:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    return dict(os.environ)


@pytest.fixture
def adapter(registry: SqliteRegistry, environ: MutableMapping[str, str]) -> MlflowRegistry:
    return MlflowRegistry(registry.uri, environ)


def test_the_alias_leads_to_a_version_with_its_fingerprint(
    adapter: MlflowRegistry, registry: SqliteRegistry, shop_directory: Path
) -> None:
    registry.publish(shop_directory)
    registry.promote(registry.publish(shop_directory, fingerprint="abc"))
    found = adapter.find(NAME, "champion")
    assert (found.label, found.fingerprint) == ("accessories/2", "abc")
    assert found.registered_at_ms > 0


def test_a_version_registered_without_a_tag_has_no_fingerprint(
    adapter: MlflowRegistry, registry: SqliteRegistry, shop_directory: Path
) -> None:
    registry.promote(registry.publish(shop_directory))
    assert adapter.find(NAME, "champion").fingerprint is None


def test_what_is_fetched_is_a_copy_of_the_bundle(
    adapter: MlflowRegistry, registry: SqliteRegistry, shop_directory: Path, tmp_path: Path
) -> None:
    version = registry.publish(shop_directory)
    registry.promote(version)
    fetched = adapter.fetch(adapter.find(NAME, "champion"), tmp_path / "incoming")
    verify(fetched, expected_fingerprint=fingerprint(shop_directory))
    assert fetched != registry.stored(version)
    assert fetched.is_relative_to(tmp_path / "incoming")


def test_a_bundle_elsewhere_among_the_artifacts_is_found(
    adapter: MlflowRegistry, registry: SqliteRegistry, shop_directory: Path, tmp_path: Path
) -> None:
    version = registry.publish(shop_directory)
    stored = registry.stored(version)
    stored.rename(stored.parent.parent / "elsewhere")
    fetched = adapter.fetch(RegisteredVersion(NAME, version, 0), tmp_path / "incoming")
    assert fetched.name == "elsewhere"


def test_a_version_without_a_bundle_is_refused_and_says_so(
    adapter: MlflowRegistry, registry: SqliteRegistry, shop_directory: Path, tmp_path: Path
) -> None:
    version = registry.publish(shop_directory)
    (registry.stored(version) / "manifest.json").unlink()
    with pytest.raises(BundleError, match="accessories version 1 holds no shopkeeper-bundle"):
        adapter.fetch(RegisteredVersion(NAME, version, 0), tmp_path / "incoming")


@pytest.mark.parametrize(
    ("name", "alias", "remedy"),
    [
        (NAME, "champion", "`shopkeeper promote accessories VERSION`"),
        ("unheard-of", "champion", "`shopkeeper promote unheard-of VERSION`"),
        (NAME, "challenger", "`shopkeeper promote accessories VERSION --alias challenger`"),
    ],
)
def test_a_missing_model_or_alias_says_where_and_what_to_do(
    adapter: MlflowRegistry, registry: SqliteRegistry, name: str, alias: str, remedy: str
) -> None:
    with pytest.raises(AliasMissingError) as caught:
        adapter.find(name, alias)
    assert str(caught.value).startswith(f"no version of {name} has the alias {alias} in {registry.uri}: {remedy}, ")


def test_a_missing_version_says_where(adapter: MlflowRegistry, registry: SqliteRegistry) -> None:
    with pytest.raises(AliasMissingError) as caught:
        adapter.find(NAME, "version:17")
    assert f"accessories has no version 17 in {registry.uri}" in str(caught.value)


def test_a_database_that_went_away_is_an_outage_and_its_return_the_end(
    adapter: MlflowRegistry, registry: SqliteRegistry, shop_directory: Path
) -> None:
    registry.promote(registry.publish(shop_directory))
    adapter.find(NAME, "champion")
    registry.stop()
    with pytest.raises(RegistryUnreachableError):
        adapter.find(NAME, "champion")
    registry.restart()
    assert adapter.find(NAME, "champion").version == "1"


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, environ: MutableMapping[str, str]) -> None:
    with pytest.raises(RegistryUnreachableError, match="does not exist"):
        MlflowRegistry(f"sqlite:///{tmp_path}/typo.db", environ).find(NAME, "champion")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_an_outage_told_without_its_password(
    closed_port: int, environ: MutableMapping[str, str]
) -> None:
    registry = MlflowRegistry(f"http://reader:secret@127.0.0.1:{closed_port}", environ)
    with pytest.raises(RegistryUnreachableError, match="does not answer") as caught:
        registry.find(NAME, "champion")
    assert "secret" not in str(caught.value)


# MLflow's own use of pandas, which is not ours to mend.
@pytest.mark.filterwarnings("ignore:Operation with range is deprecated")
def test_what_the_trainer_publishes_is_found_with_its_fingerprint_and_its_bundle(
    adapter: MlflowRegistry, registry: SqliteRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trained = result_in(tmp_path, name="trained")
    publish(trained, inputs_in(tmp_path), model="published", alias="champion", tracking_uri=registry.uri)
    found = adapter.find("published", "champion")
    assert found.fingerprint == trained.fingerprint
    fetched = adapter.fetch(found, tmp_path / "incoming")
    verify(fetched, expected_fingerprint=trained.fingerprint)
    assert fetched.parts[-2:] == ("artifacts", ARTIFACT)
