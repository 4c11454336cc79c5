"""A training in a real registry: the run, the version, the alias, and the model as a notebook loads it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from models.bundle.manifest import fingerprint, verify
from models.errors import BundleError, InvalidInputError
from tests.training.assessed import assessed_result_in
from tests.training.trained import inputs_in, result_in
from training.publish import Published, publish
from training.report.writing import render_report
from training.tracking import RegistryError


@pytest.fixture(scope="module")
def shop(make_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a store that tests read only, and the bundle `mine` that was published there."""
    directory = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        uri = make_store(directory)
        publish(
            result_in(directory, name="mine"), inputs_in(directory), model="shop", alias="challenger", tracking_uri=uri
        )
        yield directory


@pytest.fixture
def published(shop: Path) -> Published:
    uri = f"sqlite:///{shop / 'registry' / 'mlflow.db'}"
    version = MlflowClient(uri, uri).get_model_version("shop", "1")
    return Published(version.run_id, "shop", 1, "challenger", "models:/shop/1", uri)


@pytest.fixture
def client(published: Published) -> MlflowClient:
    """Of the store that tests read only."""
    return MlflowClient(published.tracking_uri, published.tracking_uri)


@pytest.fixture
def own(tracking_uri: str) -> MlflowClient:
    """Of a store of the test's own."""
    return MlflowClient(tracking_uri, tracking_uri)


def test_the_alias_points_at_the_new_version(client: MlflowClient, published: Published) -> None:
    version = client.get_model_version_by_alias("shop", "challenger")
    assert (int(version.version), version.run_id) == (published.version, published.run_id)


def test_the_version_says_what_it_is(client: MlflowClient, published: Published, shop: Path) -> None:
    tags = client.get_model_version("shop", str(published.version)).tags
    assert tags["bundle_sha256"] == fingerprint(shop / "mine")
    assert tags["min_shoppers"] == "4"
    assert tags["NDCG_at_10"] == "0.3000"


def test_the_version_and_its_run_note_where_the_ledger_ended(
    tracking_uri: str, own: MlflowClient, tmp_path: Path
) -> None:
    result = result_in(tmp_path, scored=False)
    read = replace(result.ingest, ledger_position=7, ledger_hash="ab", as_of="2026-03-01T00:00:00+00:00")
    inputs = inputs_in(tmp_path)
    published = publish(replace(result, ingest=read), inputs, model="shop", alias=None, tracking_uri=tracking_uri)
    tags = own.get_model_version("shop", str(published.version)).tags
    assert (tags["ledger_position"], tags["ledger_hash"]) == ("7", "ab")
    params = own.get_run(published.run_id).data.params
    assert (params["ledger_position"], params["ledger_hash"], params["as_of"]) == ("7", "ab", read.as_of)


def test_a_version_that_was_not_trained_by_the_ledger_notes_no_position(
    client: MlflowClient, published: Published
) -> None:
    assert "ledger_position" not in client.get_model_version("shop", str(published.version)).tags


def test_the_run_has_parameters_figures_and_plots(client: MlflowClient, published: Published) -> None:
    run = client.get_run(published.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["min_shoppers"] == "4"
    assert run.data.metrics["ranker/NDCG_at_10"] == pytest.approx(0.3)
    assert run.data.metrics["excluded/denied"] == 20
    files = {file.path for folder in ("", "plots") for file in client.list_artifacts(published.run_id, folder)}
    assert {"evaluation.json", "ingest.json", "training.yaml", "plots/ndcg.png", "plots/events.png"} <= files


def test_the_runs_page_says_what_the_model_was_compared_with(
    tracking_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = assessed_result_in(tmp_path)
    published = publish(result, inputs_in(tmp_path), model="shop", alias=None, tracking_uri=tracking_uri)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking_uri)
    page = mlflow.artifacts.download_artifacts(f"runs:/{published.run_id}/report.html", dst_path=str(tmp_path / "copy"))
    assert Path(page).read_text() == render_report(result, comparison="There was no champion.")


def test_the_experiment_has_the_models_name(client: MlflowClient, published: Published) -> None:
    experiment = client.get_experiment_by_name("shop")
    assert experiment is not None
    assert experiment.experiment_id == client.get_run(published.run_id).info.experiment_id


def test_artifacts_lie_beside_the_database_and_nowhere_else(shop: Path) -> None:
    assert list((shop / "registry" / "mlartifacts" / "shop").rglob("manifest.json"))
    assert {path.name for path in shop.iterdir()} == {"registry", "mine", "events.parquet", "consent.parquet"}


def test_the_bundle_is_where_the_server_looks_and_whole(
    published: Published, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", published.tracking_uri)
    copy = mlflow.artifacts.download_artifacts(published.model_uri, dst_path=str(tmp_path / "copy"))
    verify(Path(copy) / "artifacts" / "bundle", expected_fingerprint=fingerprint(shop / "mine"))


def test_assumed_consent_is_a_tag_with_its_reason(own: MlflowClient, tracking_uri: str, tmp_path: Path) -> None:
    inputs = inputs_in(tmp_path, assume_consent="public research data")
    published = publish(result_in(tmp_path), inputs, model="shop", alias=None, tracking_uri=tracking_uri)
    assert own.get_run(published.run_id).data.tags["assume_consent"] == "public research data"


def test_without_an_alias_none_is_set(own: MlflowClient, tracking_uri: str, tmp_path: Path) -> None:
    publish(result_in(tmp_path), inputs_in(tmp_path), model="shop", alias=None, tracking_uri=tracking_uri)
    assert own.get_registered_model("shop").aliases == {}


def test_the_next_version_takes_the_alias_and_says_whose_it_was(
    own: MlflowClient, tracking_uri: str, tmp_path: Path
) -> None:
    own.create_registered_model("shop")
    own.create_model_version("shop", "file:///nowhere")
    own.set_registered_model_alias("shop", "challenger", "1")
    published = publish(
        result_in(tmp_path), inputs_in(tmp_path), model="shop", alias="challenger", tracking_uri=tracking_uri
    )
    assert (published.version, published.replaced) == (2, 1)
    assert int(own.get_registered_model("shop").aliases["challenger"]) == 2


def test_a_run_that_is_there_already_is_filled(own: MlflowClient, tracking_uri: str, tmp_path: Path) -> None:
    run_id = own.create_run(own.create_experiment("project")).info.run_id
    published = publish(
        result_in(tmp_path), inputs_in(tmp_path), model="shop", alias=None, tracking_uri=tracking_uri, run_id=run_id
    )
    assert published.run_id == run_id
    assert own.get_run(run_id).data.metrics["events_read"] == 100
    assert own.get_experiment_by_name("shop") is None


def test_a_failure_leaves_a_failed_run_and_no_version(own: MlflowClient, tracking_uri: str, tmp_path: Path) -> None:
    result = replace(result_in(tmp_path), bundle=tmp_path / "gone")
    with pytest.raises(BundleError):
        publish(result, inputs_in(tmp_path), model="shop", alias="challenger", tracking_uri=tracking_uri)
    experiment = own.get_experiment_by_name("shop")
    assert experiment is not None
    assert [run.info.status for run in own.search_runs([experiment.experiment_id])] == ["FAILED"]
    assert own.search_registered_models() == []


def test_mlflow_points_where_it_pointed_before(shop: Path) -> None:
    assert "registry" not in mlflow.get_tracking_uri()
    assert mlflow.active_run() is None


def test_a_loaded_model_answers_with_and_without_parameters(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", published.tracking_uri)
    model = mlflow.pyfunc.load_model(published.model_uri)
    pages = pd.DataFrame({"item_id": ["camera", "teapot", "lamp"]})
    assert model.predict(pages)["request"].tolist() == [0, 0, 0, 2]
    answer = model.predict(pages, params={"max_results": 1, "min_probability": 0.45})
    assert answer.values.tolist() == [[2, 1, "bulb", 0.5, "refill", "purchases"]]


NOTEBOOK = """
import sys
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model("models:/shop@challenger")
print(model.predict(pd.DataFrame({"item_id": ["card"]}), params={"max_results": 10}).to_csv(index=False))
assert not {"models", "training"} & set(sys.modules)
"""


def test_a_notebook_elsewhere_needs_nothing_of_shopkeeper(published: Published, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {
        "MLFLOW_TRACKING_URI": published.tracking_uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "HOME": str(elsewhere),
        "PATH": "/usr/bin:/bin",
    }
    ran = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.stdout.split() == [
        "request,rank,item_id,probability,relation,basis",
        "0,1,bag,0.125,complement,purchases",
    ], ran.stderr


@pytest.mark.parametrize(
    ("model", "alias", "field"),
    [
        ("a/b", None, "model"),
        ("", None, "model"),
        (".hidden", None, "model"),
        ("shop@home", None, "model"),
        ("shop", "latest", "alias"),
        ("shop", "V12", "alias"),
        ("shop", "3", "alias"),
        ("shop", "the best", "alias"),
    ],
)
def test_names_that_cannot_be_registered_are_refused_before_anything_is_written(
    own: MlflowClient, tracking_uri: str, tmp_path: Path, model: str, alias: str | None, field: str
) -> None:
    with pytest.raises(InvalidInputError) as raised:
        publish(result_in(tmp_path), inputs_in(tmp_path), model=model, alias=alias, tracking_uri=tracking_uri)
    assert [fault.field for fault in raised.value.faults] == [field]
    assert [experiment.name for experiment in own.search_experiments()] == ["Default"]


def test_a_deleted_experiment_is_told_with_the_way_back(own: MlflowClient, tracking_uri: str, tmp_path: Path) -> None:
    own.delete_experiment(own.create_experiment("shop"))
    with pytest.raises(RegistryError, match="mlflow experiments restore"):
        publish(result_in(tmp_path), inputs_in(tmp_path), model="shop", alias=None, tracking_uri=tracking_uri)
