"""Records a tuning: a run in MLflow with a nested one for each trial, and the settings as training.yaml."""

import csv
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.utils import mlflow_tags

from training.canvas import DPI
from training.ingest import Inputs
from training.record import ASSUMED_CONSENT, SETTINGS_FILE, recorded_inputs
from training.settings import TrainingSettings
from training.tracking import experiment_named, told
from training.tuning import Trial, Tuned
from training.tuning_plots import draw_history, draw_setting_importance

TRIALS_FILE = "trials.csv"

RANKER_PARAM = "ranker."
"""Before the ranker's settings, as in the run of a training."""


class TuningRun:
    """A run of its own in MLflow, to which trials are added as they end. Nothing of any person goes in.

    Args:
        client: Of the store.
        model: Name of the experiment, that of the model's trainings.
        inputs: What is tuned on.
        settings: What the search begins with.
        run_id: A run that is there already and to be filled, as under `mlflow run`.

    Raises:
        RegistryError: MLflow cannot be used.
    """

    def __init__(
        self,
        client: MlflowClient,
        model: str,
        inputs: Inputs,
        settings: TrainingSettings,
        *,
        run_id: str | None = None,
    ) -> None:
        self._client, self._settings = client, settings
        with told("the tuning could not be recorded"):
            if run_id is None:
                run_id = client.create_run(experiment_named(client, model), run_name="tune").info.run_id
            self._experiment_id = client.get_run(run_id).info.experiment_id
            named = recorded_inputs(inputs) | {"tuning.seed": str(settings.seed)}
            tags = {mlflow_tags.MLFLOW_SOURCE_NAME: "shopkeeper tune"}
            if inputs.assume_consent is not None:
                tags[ASSUMED_CONSENT] = inputs.assume_consent
            client.log_batch(run_id, params=_params(named), tags=[RunTag(*tag) for tag in tags.items()])
        self.run_id: str = run_id
        self._best = 0.0

    def add(self, trial: Trial) -> None:
        """Record a trial that has ended as a run nested in this one.

        Raises:
            RegistryError: MLflow cannot be used.
        """
        now_ms = time.time_ns() // 1_000_000
        with told("the trial could not be recorded"):
            run = self._client.create_run(
                self._experiment_id,
                start_time=now_ms - round(1_000 * trial.seconds),
                run_name=f"trial {trial.number}",
                tags={mlflow_tags.MLFLOW_PARENT_RUN_ID: self.run_id},
            )
            metrics = self._figures("ndcg", asdict(trial.ndcg)) | {"seconds": trial.seconds}
            metrics |= {f"{self._name}_fold_{number}": value for number, value in enumerate(trial.of_folds, start=1)}
            self._client.log_batch(run.info.run_id, metrics=_metrics(metrics), params=_params(_of_ranker(trial)))
            self._client.set_terminated(run.info.run_id, end_time=now_ms)
            self._best = max(self._best, trial.ndcg.value)
            self._client.log_metric(self.run_id, f"{self._name}_best_so_far", self._best, step=trial.number)

    def finish(self, tuned: Tuned) -> None:
        """Record what the search found, with its pictures and the settings, and end the run.

        Raises:
            RegistryError: MLflow cannot be used.
        """
        metrics = self._figures("best", asdict(tuned.best.ndcg)) | self._figures("gain", asdict(tuned.gain))
        metrics |= {f"gain/{self._name}_needed": tuned.needed, f"start/{self._name}": tuned.trials[0].ndcg.value}
        metrics |= {"trials": len(tuned.trials), "seconds": sum(trial.seconds for trial in tuned.trials)}
        params = _of_ranker(tuned.best) | {"tuning.best_trial": str(tuned.best.number)}
        params |= {"tuning.chosen_trial": str(tuned.chosen.number)}
        tags = [RunTag("better", str(tuned.is_better).lower()), RunTag("interrupted", str(tuned.interrupted).lower())]
        with told("the tuning could not be recorded"), tempfile.TemporaryDirectory(prefix="shopkeeper-") as directory:
            self._client.log_batch(self.run_id, metrics=_metrics(metrics), params=_params(params), tags=tags)
            self._write_files(tuned, Path(directory))
            self._client.log_artifacts(self.run_id, directory)
            self._client.set_terminated(self.run_id)

    def fail(self) -> None:
        """End the run as failed."""
        with told("the tuning could not be recorded"):
            self._client.set_terminated(self.run_id, "FAILED")

    @property
    def _name(self) -> str:
        return f"NDCG_at_{self._settings.k}"

    def _figures(self, group: str, figure: Mapping[str, float]) -> dict[str, float]:
        prefix = self._name if group == "ndcg" else f"{group}/{self._name}"
        return {prefix if part == "value" else f"{prefix}_{part}": value for part, value in figure.items()}

    def _write_files(self, tuned: Tuned, directory: Path) -> None:
        plots = directory / "plots"
        plots.mkdir()
        draw_history(tuned, self._settings.k).savefig(plots / "history.png", dpi=DPI)
        if tuned.importance:
            draw_setting_importance(tuned.importance).savefig(plots / "importance.png", dpi=DPI)
        write_trials(tuned, directory / TRIALS_FILE)
        write_tuned(self._settings, tuned, directory / SETTINGS_FILE)


def write_trials(tuned: Tuned, path: Path) -> None:
    """Write a row for each trial."""
    rows = [
        {"trial": one.number, **asdict(one.ranker), "ndcg": one.ndcg.value, "low": one.ndcg.low, "high": one.ndcg.high}
        | {"seconds": round(one.seconds, 3)}
        for one in tuned.trials
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_tuned(settings: TrainingSettings, tuned: Tuned, path: Path) -> None:
    """Write what differs from the defaults, and all of the ranker's chosen settings, for `shopkeeper train --config`.

    Args:
        settings: What the search began with.
        tuned: What it found.
        path: The file, replaced if it is there.
    """
    defaults = TrainingSettings().as_dict()
    every = replace(settings, ranker=tuned.chosen.ranker).as_dict()
    written: dict[str, Any] = {
        name: value for name, value in every.items() if name == "ranker" or value != defaults[name]
    }
    path.write_text(yaml.safe_dump(written, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _of_ranker(trial: Trial) -> dict[str, str]:
    return {RANKER_PARAM + name: str(value) for name, value in asdict(trial.ranker).items()}


def _params(named: Mapping[str, str]) -> list[Param]:
    return [Param(name, value) for name, value in named.items()]


def _metrics(named: Mapping[str, float]) -> list[Metric]:
    now_ms = time.time_ns() // 1_000_000
    return [Metric(name, float(value), now_ms, 0) for name, value in named.items()]
