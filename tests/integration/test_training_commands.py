"""`shopkeeper train`, `promote`, `retrain` and `mlflow run`, as processes over a simulated shop."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient

from cli import inputs
from cli.main import build_parser, main
from simulation.settings import Settings
from simulation.simulate import simulate
from tests.training.lamps import shop_world
from training.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("events", "consent", "identities", "catalogue")


@dataclass(frozen=True, slots=True)
class Shop:
    """A folder with a shop's files and the registry that its first training made."""

    directory: Path
    first: dict[str, Any]

    @property
    def tracking_uri(self) -> str:
        return f"sqlite:///{self.directory / 'mlflow.db'}"

    def run(self, *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """The command in the folder."""
        return _run(self.directory, sys.executable, "-m", "cli", *arguments, code=code)


def _run(directory: Path, *command: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")} | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "proto"), os.environ.get("PYTHONPATH", "")]),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    ran = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stderr + ran.stdout
    return ran


def _files(directory: Path) -> list[str]:
    return [word for table in TABLES for word in (f"--{table}", str(directory / f"{table}.parquet"))]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    directory = tmp_path_factory.mktemp("shop")
    simulate(Settings(shoppers=1_500, items=60, days=120, seed=1), directory / "data")
    (directory / "training.yaml").write_text(
        "max_candidates: 20\nn_candidates: 40\ngenerators: [pair_counts, log_likelihood]\n"
    )
    shop = Shop(directory, {})
    ran = shop.run(
        "train", *_files(Path("data")), "--config", "training.yaml", "--seed", "7", "--min-shoppers", "6", "--json"
    )
    return Shop(directory, json.loads(ran.stdout))


def test_training_registers_a_version_with_its_figures(shop: Shop) -> None:
    first = shop.first
    assert (first["model"], first["version"], first["alias"]) == ("accessories", 1, "challenger")
    assert first["evaluation"]["figures"].keys() == {
        "ranker",
        "published",
        "popularity",
        "pair_counts",
        "log_likelihood",
    }
    assert first["counts"]["pairs_published"] > 0


def test_every_event_is_accounted_for(shop: Shop) -> None:
    report = shop.first["ingest"]
    parts = (report["n_events_used"], report["n_excluded"], report["n_quarantined"])
    n_events = pq.read_metadata(shop.directory / "data" / "events.parquet").num_rows
    assert sum(sum(counts.values()) for counts in parts) == report["n_events_read"] == n_events


def test_nobody_is_in_the_registry(shop: Shop) -> None:
    events = pq.read_table(shop.directory / "data" / "events.parquet", columns=["customer_id", "visitor_id"])
    people = {person.encode() for column in events.columns for person in column.unique().to_pylist() if person}
    assert len(people) > 1_000
    files = [path for path in (shop.directory / "mlartifacts").rglob("*") if path.is_file()]
    assert len(files) > 30
    for path in [*files, shop.directory / "mlflow.db"]:
        content = path.read_bytes()
        assert [person for person in people if person in content] == [], path


def test_the_working_directory_gets_the_registry_and_nothing_else(shop: Shop) -> None:
    made = {path.name for path in shop.directory.iterdir()} - {"data", "training.yaml", ".shopkeeper"}
    assert made == {"mlflow.db", "mlartifacts"}


def test_retraining_gives_the_same_bundle_and_tells_people_what_to_do_next(shop: Shop, tmp_path: Path) -> None:
    copy = Shop(Path(shutil.copytree(shop.directory, tmp_path / "copy")), {})
    ran = copy.run("retrain", "accessories/1")
    for words in ("left out", "withdrawn", "ranker", "popularity", "fewer than 6 shoppers", "version 2 as challenger"):
        assert words in ran.stdout
    assert "shopkeeper promote accessories 2" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80
    steps = [line.split()[1] for line in ran.stderr.splitlines()]
    assert set(steps) == {"s"}, "standard error has steps with their seconds, and no word of MLflow's"
    again = MlflowClient(copy.tracking_uri, copy.tracking_uri).get_model_version("accessories", "2")
    assert again.tags["bundle_sha256"] == shop.first["bundle_sha256"]
    assert again.tags["retrained_from"] == "accessories/1"

    promoted = copy.run("promote", "accessories", "challenger", "--force", "--reason", "the first of its shop")
    assert "The gate (champion: none yet)" in promoted.stdout
    assert "accessories: champion none -> version 2\n" in promoted.stdout
    assert max(map(len, promoted.stdout.splitlines())) <= 80

    # The same data again: the champion's bundle has seen the test slice, its holdout lists have not.
    third = json.loads(copy.run("retrain", "accessories/1", "--json").stdout)
    assert third["verdict"]["champion"] == 2
    relevance = next(rule for rule in third["verdict"]["rules"] if rule["name"] == "relevance")
    assert "holdout lists" in relevance["says"]
    assert (relevance["holds"], relevance["figure"]) == (True, 0.0)
    assert third["evaluation"]["figures"]["champion"] == third["evaluation"]["figures"]["published"]


def test_newer_events_want_newer_consent(shop: Shop, tmp_path: Path) -> None:
    events = pq.read_table(shop.directory / "data" / "events.parquet")
    pq.write_table(events.slice(1), tmp_path / "newer.parquet")
    ran = shop.run("retrain", "accessories/1", "--events", str(tmp_path / "newer.parquet"), code=2)
    assert "Give --consent NEWER" in ran.stderr


def _mlflow_run(directory: Path, entry_point: str, **parameters: object) -> MlflowClient:
    """`mlflow run` in the folder, in an experiment named project; a client of the store it recorded in."""
    uri = f"sqlite:///{directory / 'mlflow.db'}"
    where = ("--env-manager", "local", "--experiment-name", "project")
    given = [word for name, value in parameters.items() for word in ("-P", f"{name}={value}")]
    ran = subprocess.run(
        [sys.executable, "-m", "mlflow", "run", str(ROOT), "-e", entry_point, *where, *given],
        cwd=directory,
        env=os.environ
        | {
            "MLFLOW_TRACKING_URI": uri,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return MlflowClient(uri, uri)


def test_mlflow_run_does_what_train_does_in_its_own_run(shop: Shop, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(shop.directory, tmp_path / "copy"))
    files = {name: shop.directory / "data" / f"{name}.parquet" for name in TABLES}
    client = _mlflow_run(copy, "train", config=shop.directory / "training.yaml", model="project", **files)
    version = client.get_model_version_by_alias("project", "challenger")
    run = client.get_run(version.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.experiment_id == client.get_experiment_by_name("project").experiment_id
    assert len(client.search_runs([run.info.experiment_id])) == 1
    assert run.data.metrics["ranker/NDCG_at_10"] > 0


def test_mlflow_run_does_what_tune_does_in_its_own_run(tmp_path: Path) -> None:
    shop_world().write(tmp_path)
    config = "n_bootstrap: 100\nn_slices: 2\nmin_shoppers: 4\ngenerators: [log_likelihood]\nranker: {n_rounds: 8}\n"
    (tmp_path / "begin.yaml").write_text(config)
    files = {name: tmp_path / f"{name}.parquet" for name in ("events", "consent")}
    out = tmp_path / "tuned.yaml"
    client = _mlflow_run(tmp_path, "tune", config=tmp_path / "begin.yaml", trials=1, out=out, **files)
    runs = client.search_runs([client.get_experiment_by_name("project").experiment_id])
    (tuning,) = (run for run in runs if "mlflow.parentRunId" not in run.data.tags)
    (trial,) = (run for run in runs if run.data.tags.get("mlflow.parentRunId") == tuning.info.run_id)
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert tuning.data.tags["mlflow.project.entryPoint"] == "tune"
    assert tuning.data.metrics["best/NDCG_at_10"] == trial.data.metrics["NDCG_at_10"] > 0
    written = read_settings(out)
    assert (written.ranker.n_rounds, written.n_slices) == (8, 2)


def test_every_source_can_be_asked_for() -> None:
    from training.sources.registry import SOURCES

    assert set(inputs.SOURCES) == set(SOURCES)


def test_what_an_mlproject_passes_as_empty_is_as_if_not_given() -> None:
    parser = build_parser(["cli.train", "cli.retrain"])
    for command, options in {
        ("train", "--events", "e"): ("consent", "identities", "catalogue", "config", "assume_consent", "alias"),
        ("retrain", "shop"): (*TABLES, "alias"),
    }.items():
        words = [word for option in options for word in (f"--{option.replace('_', '-')}", "")]
        parsed = parser.parse_args([*command, *words])
        assert [getattr(parsed, option) for option in options] == [None] * len(options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--consent", "nope"], ["--events: nowhere is not there", "--consent: nope is not there"]),
        ([], ["--consent: is needed; for data without consent records, --assume-consent"]),
        (["--assume-consent", "x", "--min-shoppers", "0", "--threads", "0"], ["min_shoppers", "--threads"]),
        (["--assume-consent", "x", "--config", "nope.yaml"], ["nope.yaml: cannot be read"]),
        (
            ["--assume-consent", "x", "--alias", "v1", "--model", "a/b"],
            ["--alias: 'v1' is reserved", "--model: must be", "nowhere"],
        ),
    ],
)
def test_faults_of_the_options_are_told_together_and_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.train.prepare", lambda _: None)
    assert main(["train", "--events", "nowhere", *options], subcommands=["cli.train"]) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words), told
    assert list(tmp_path.iterdir()) == []
