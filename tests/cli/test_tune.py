"""`tune` over a small shop: its runs in MLflow, its file of settings, and how it ends."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlflow import MlflowClient
from mlflow.entities import Run

from cli.main import build_parser, main
from models.ranker import RankerSettings
from tests.training.lamps import shop_world
from training.folds import Fold
from training.settings import TrainingSettings, read_settings

CONFIG = "n_bootstrap: 100\nn_slices: 2\nmin_shoppers: 4\ngenerators: [log_likelihood]\nranker: {n_rounds: 8}\n"


@dataclass(frozen=True, slots=True)
class Shop:
    """A folder with a shop's files and settings."""

    directory: Path

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(self.tracking_uri, self.tracking_uri)

    @property
    def tracking_uri(self) -> str:
        return f"sqlite:///{self.directory / 'mlflow.db'}"

    def tune(self, out: str, *options: str) -> int:
        files = [
            word for name in ("events", "consent") for word in (f"--{name}", str(self.directory / f"{name}.parquet"))
        ]
        where = ["--out", str(self.directory / out), "--tracking-uri", self.tracking_uri, "--threads", "1"]
        config = ["--config", str(self.directory / "begin.yaml")]
        return main(["tune", *files, *config, *where, *options], subcommands=["cli.tune"])

    def runs(self, model: str) -> tuple[Run, list[Run]]:
        """The run of the tuning and those of its trials, in order."""
        experiment = self.client.get_experiment_by_name(model)
        assert experiment is not None
        runs = self.client.search_runs([experiment.experiment_id])
        (parent,) = (run for run in runs if "mlflow.parentRunId" not in run.data.tags)
        trials = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
        assert len(trials) == len(runs) - 1
        return parent, sorted(trials, key=lambda run: run.info.run_name)


@pytest.fixture(scope="module", autouse=True)
def _own_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.delenv("MLFLOW_RUN_ID", raising=False)
        patch.setattr("cli.tune.prepare", lambda _: None)
        yield


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    directory = tmp_path_factory.mktemp("shop")
    shop_world().write(directory)
    (directory / "begin.yaml").write_text(CONFIG)
    return Shop(directory)


@pytest.fixture(scope="module")
def tuned(shop: Shop) -> dict[str, Any]:
    """What the command printed for three trials of the model `lamps`."""
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("cli.tune.print", printed.append, raising=False)
        assert shop.tune("training.yaml", "--model", "lamps", "--trials", "3", "--json") == 0
    answer: dict[str, Any] = json.loads(printed[0])
    return answer


def test_every_trial_is_a_run_nested_in_the_tunings(shop: Shop, tuned: dict[str, Any]) -> None:
    parent, trials = shop.runs("lamps")
    assert parent.info.run_id == tuned["run_id"]
    assert [run.info.run_name for run in trials] == ["trial 0", "trial 1", "trial 2"]
    assert {run.info.status for run in (parent, *trials)} == {"FINISHED"}
    for run, trial in zip(trials, tuned["trials"], strict=True):
        assert run.data.params == {f"ranker.{name}": str(value) for name, value in trial["ranker"].items()}
        figures = {name: run.data.metrics[f"NDCG_at_10{suffix}"] for name, suffix in SUFFIXES.items()}
        assert figures == trial["ndcg"]
        assert run.data.metrics["seconds"] > 0


SUFFIXES = {"value": "", "low": "_low", "high": "_high"}


def test_the_tunings_run_has_the_best_settings_and_their_figures(shop: Shop, tuned: dict[str, Any]) -> None:
    parent, _ = shop.runs("lamps")
    best = tuned["trials"][tuned["best"]]
    for name, value in best["ranker"].items():
        assert parent.data.params[f"ranker.{name}"] == str(value)
    assert parent.data.metrics["best/NDCG_at_10"] == best["ndcg"]["value"]
    assert parent.data.metrics["gain/NDCG_at_10_needed"] == tuned["needed"]
    assert parent.data.tags["better"] == str(tuned["is_better"]).lower()


def test_the_best_so_far_can_be_followed(shop: Shop, tuned: dict[str, Any]) -> None:
    history = shop.client.get_metric_history(tuned["run_id"], "NDCG_at_10_best_so_far")
    values = [trial["ndcg"]["value"] for trial in tuned["trials"]]
    assert [point.value for point in history] == [max(values[: place + 1]) for place in range(3)]


def test_the_run_keeps_pictures_a_table_of_trials_and_the_settings(shop: Shop, tuned: dict[str, Any]) -> None:
    parent, _ = shop.runs("lamps")
    kept = shop.directory / "mlartifacts" / "lamps" / parent.info.run_id / "artifacts"
    assert (kept / "plots" / "history.png").read_bytes().startswith(b"\x89PNG")
    assert len((kept / "trials.csv").read_text().splitlines()) == 1 + 3
    assert (kept / "training.yaml").read_bytes() == (shop.directory / "training.yaml").read_bytes()


def test_the_file_is_what_train_takes(shop: Shop, tuned: dict[str, Any]) -> None:
    read = read_settings(shop.directory / "training.yaml")
    begun = read_settings(shop.directory / "begin.yaml")
    chosen = tuned["trials"][tuned["chosen"]]["ranker"]
    assert read.ranker == RankerSettings(**chosen)
    assert (read.min_shoppers, read.n_slices, read.generators) == (4, 2, begun.generators)
    written = yaml.safe_load((shop.directory / "training.yaml").read_text())
    assert "k" not in written, "what is as by default is left to the defaults"
    assert read.k == TrainingSettings().k


def test_the_same_seed_and_trials_give_the_same_search(
    shop: Shop, tuned: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.tune("again.yaml", "--model", "again", "--trials", "3", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    for answer in (again, tuned):
        for trial in answer["trials"]:
            trial["seconds"] = 0
    assert {**again, "run_id": 0, "out": 0} == {**tuned, "run_id": 0, "out": 0}
    assert (shop.directory / "again.yaml").read_bytes() == (shop.directory / "training.yaml").read_bytes()


def test_people_are_told_what_was_found_and_what_to_do_next(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.tune("told.yaml", "--model", "told", "--time-budget", "0.001") == 0
    printed = capsys.readouterr()
    assert "Trials: 1; the best is trial 0." in printed.out
    assert "There was time for no other settings" in printed.out
    assert f"--config {shop.directory / 'told.yaml'}" in printed.out
    assert "trial 0: NDCG@10 0." in printed.err
    assert read_settings(shop.directory / "told.yaml").ranker == RankerSettings(n_rounds=8)


def test_an_interruption_keeps_what_is_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    score, calls = Fold.score, []

    def interrupted(fold: Fold, *arguments: Any, **named: Any) -> Any:
        calls.append(fold)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return score(fold, *arguments, **named)

    monkeypatch.setattr(Fold, "score", interrupted)
    assert shop.tune("cut.yaml", "--model", "cut", "--trials", "9") == 130
    assert "Trials: 2, interrupted" in capsys.readouterr().out
    parent, trials = shop.runs("cut")
    assert (parent.info.status, parent.data.tags["interrupted"], len(trials)) == ("FINISHED", "true", 2)
    assert read_settings(shop.directory / "cut.yaml").n_slices == 2


def test_a_search_that_fails_leaves_a_failed_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(Fold, "score", broken)
    with pytest.raises(RuntimeError, match="no memory"):
        shop.tune("none.yaml", "--model", "broken", "--trials", "1")
    parent, trials = shop.runs("broken")
    assert (parent.info.status, trials) == ("FAILED", [])
    assert not (shop.directory / "none.yaml").exists()


def test_too_few_orders_are_told(tmp_path: Path, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop_world(n_orders=20).write(tmp_path)
    (tmp_path / "begin.yaml").write_text(CONFIG)
    assert Shop(tmp_path).tune("training.yaml", "--trials", "1") == 2
    assert "--events: hold too few orders" in capsys.readouterr().err


def test_faults_of_the_options_are_told_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "training.yaml"
    out.touch()
    options = ["--trials", "0", "--time-budget", "-1", "--threads", "0", "--out", str(out), "--model", "a/b"]
    assert main(["tune", "--events", "nowhere", *options], subcommands=["cli.tune"]) == 2
    told = capsys.readouterr().err
    for fault in ("--trials", "--time-budget", "--threads", "is there already", "--model", "nowhere", "--consent"):
        assert fault in told


def test_what_an_mlproject_passes_as_empty_is_as_if_not_given() -> None:
    names = ("consent", "identities", "catalogue", "config", "assume_consent", "time_budget", "trials")
    words = [word for name in names for word in (f"--{name.replace('_', '-')}", "")]
    parsed = build_parser(["cli.tune"]).parse_args(["tune", "--events", "e", *words])
    assert [getattr(parsed, name) for name in names] == [None] * len(names)
