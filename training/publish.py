"""Records a training in MLflow: a run with everything that is known of it, a registered version, an alias."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, SourceType
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.utils import mlflow_tags

from models.bundle.manifest import ARTIFACT, FINGERPRINT_TAG
from models.bundle.reading import Bundle
from models.errors import InvalidInputError
from training.champion import Champion, Comparison, comparison_with
from training.checkout import commit_of
from training.gate import GateLimits, Incumbent, Standing, Verdict, floor_of, judge
from training.gate_record import gate_tags, promotion_facts, write_gate
from training.holdout import HOLDOUT, HOLDOUT_TAG, write_holdout
from training.ingest import Inputs
from training.names import CHAMPION_ALIAS, faults_of_names
from training.objections import objections_to
from training.plots import draw_plots
from training.record import ASSUMED_CONSENT, headline_of, ledger_tags, metrics_of, noise_tags, params_of, write_files
from training.registry import find_model, promote
from training.report.writing import write_report
from training.result import TrainingResult
from training.succession import move_alias
from training.tracking import connect, experiment_named, pointed_at, told

FACE = Path(__file__).with_name("pyfunc_face.py")

REPORT = "report.html"
"""The run's page to read, beside its other files."""

REQUIREMENTS = ["mlflow>=3.5", "numpy>=2.1", "pandas>=2.3"]
"""What the face needs, as pyproject.toml has it; given, because finding it out takes MLflow half a minute."""

SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.string, "item_id")]),
    outputs=Schema(
        [
            ColSpec(DataType.long, "request"),
            ColSpec(DataType.long, "rank"),
            ColSpec(DataType.string, "item_id"),
            ColSpec(DataType.double, "probability"),
            ColSpec(DataType.string, "relation"),
            ColSpec(DataType.string, "basis"),
        ]
    ),
    params=ParamSchema(
        [
            ParamSpec("max_results", DataType.long, 10),
            ParamSpec("min_probability", DataType.double, 0.0),
        ]
    ),
)


@dataclass(frozen=True, slots=True)
class Published:
    """Where the training went.

    Attributes:
        run_id: The run.
        model: The registered model.
        version: Its new version.
        alias: The alias that now points at it, if any.
        model_uri: What `mlflow.pyfunc.load_model` takes.
        tracking_uri: The store.
        replaced: The version that the alias pointed at before, if any.
        verdict: What the gate says of the version.
        withheld: The champion that stays, where the version was to replace it and may not.
        forced: Why it is champion though the gate says no; None where it was not forced.
        objections: What else spoke against it, a sentence each: tests and rollbacks of the same bundle.
    """

    run_id: str
    model: str
    version: int
    alias: str | None
    model_uri: str
    tracking_uri: str
    replaced: int | None = None
    verdict: Verdict | None = None
    withheld: int | None = None
    forced: str | None = None
    objections: tuple[str, ...] = ()


def publish(
    result: TrainingResult,
    inputs: Inputs,
    *,
    model: str,
    alias: str | None,
    tracking_uri: str,
    run_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    champion: Champion | None = None,
    forced: str | None = None,
) -> Published:
    """Log the run, register its bundle as a new version, judge it and point the alias at it.

    Nothing of any person goes in: figures, counts by reason, fingerprints, the bundle and the holdout lists. A champion
    stays where the gate says no to the new version, or where it is not the one that the training was compared with. The
    bundle of a version that was rolled back, or found to do harm, gets no champion's place whether or not there is one.

    Args:
        result: What was trained.
        inputs: What it was trained on.
        model: Name of the experiment and of the registered model; both are made if need be.
        alias: Name for the new version; None for none.
        tracking_uri: MLflow's store.
        run_id: A run that is there already and to be filled, as under `mlflow run`.
        tags: Further tags of the run and the version.
        champion: The champion that the training was compared with, None for none.
        forced: Why the version becomes champion though the gate says no.

    Raises:
        InvalidInputError: MLflow would not take the names.
        RegistryError: MLflow cannot be reached.
    """
    if faults := faults_of_names(model, alias):
        raise InvalidInputError("the registered name", faults)
    client = connect(tracking_uri)
    comparison = comparison_with(champion, None if result.holdout is None else result.holdout.test_s)
    with told("the training could not be registered"), pointed_at(tracking_uri):
        if run_id is None:
            run_id = client.create_run(experiment_named(client, model)).info.run_id
        with mlflow.start_run(run_id=run_id):  # it ends as failed where anything below does
            verdict = _verdict(result, comparison, champion)
            tags = {
                **(tags or {}),
                **gate_tags(comparison, verdict),
                **ledger_tags(result.ingest),
                **noise_tags(result),
            }
            logged = _log(client, run_id, result, inputs, tags, comparison, verdict)
            registered = _register(client, run_id, logged, result, model, tags)
            before = None if alias is None else client.get_registered_model(model).aliases.get(alias)
            replaced = None if before is None else int(before)
            objections = objections_to(client, client.get_model_version(model, str(registered)), CHAMPION_ALIAS).says
            refused = not verdict.passed or replaced != comparison.version
            needs_force = alias == CHAMPION_ALIAS and (bool(objections) or (replaced is not None and refused))
            is_withheld = needs_force and forced is None
            if alias == CHAMPION_ALIAS and not is_withheld:
                facts = promotion_facts(verdict, forced if needs_force else None, objections=objections)
                promote(model, str(registered), tracking_uri=tracking_uri, facts=facts, by="training")
            elif alias is not None and not is_withheld:
                now = datetime.now(UTC)
                move_alias(client, find_model(client, model), alias, registered, by="training", now=now)
    return Published(
        run_id=run_id,
        model=model,
        version=registered,
        alias=None if is_withheld else alias,
        model_uri=f"models:/{model}/{registered}",
        tracking_uri=tracking_uri,
        replaced=None if is_withheld else replaced,
        verdict=verdict,
        withheld=replaced if is_withheld else None,
        forced=forced if needs_force else None,
        objections=objections if alias == CHAMPION_ALIAS else (),
    )


def _verdict(result: TrainingResult, comparison: Comparison, champion: Champion | None) -> Verdict:
    standing = Standing(
        k=result.settings.k,
        metrics=metrics_of(result),
        min_shoppers=result.settings.min_shoppers,
        floor=floor_of(Bundle.map(result.bundle)),
        comparison=comparison,
    )
    return judge(standing, None if champion is None else Incumbent(champion.version, champion.metrics), GateLimits())


@dataclass(frozen=True, slots=True)
class _Logged:
    model_id: str
    holdout_sha256: str | None


def _log(
    client: MlflowClient,
    run_id: str,
    result: TrainingResult,
    inputs: Inputs,
    tags: Mapping[str, str],
    comparison: Comparison,
    verdict: Verdict,
) -> _Logged:
    """Fill the run; the id of its logged model, and the fingerprint of the holdout lists."""
    params = [Param(name, value) for name, value in params_of(result, inputs).items()]
    all_tags = [RunTag(name, value) for name, value in {**_code_tags(), **_consent_tags(inputs), **tags}.items()]
    client.log_batch(run_id, params=params, tags=all_tags)
    with tempfile.TemporaryDirectory(prefix="shopkeeper-") as directory:
        files = Path(directory, "files")
        (files / "plots").mkdir(parents=True)
        write_files(result, files)
        write_gate(comparison, verdict, files)
        holdout = None if result.holdout is None else write_holdout(result.holdout, files / HOLDOUT)
        draw_plots(result, files / "plots")
        write_report(result, files / REPORT, comparison=comparison.says)
        client.log_artifacts(run_id, str(files))

        bundle = result.bundle
        if bundle.name != ARTIFACT:  # MLflow names its copy after the directory it comes from
            bundle = shutil.copytree(bundle, Path(directory, ARTIFACT))
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=FACE,
            artifacts={ARTIFACT: str(bundle)},
            signature=SIGNATURE,
            input_example=_example(result.bundle),
            pip_requirements=REQUIREMENTS,
        )
    now_ms = time.time_ns() // 1_000_000
    metrics = [Metric(name, value, now_ms, 0, model_id=logged.model_id) for name, value in metrics_of(result).items()]
    client.log_batch(run_id, metrics=metrics)
    return _Logged(str(logged.model_id), holdout)


def _register(
    client: MlflowClient, run_id: str, logged: _Logged, result: TrainingResult, model: str, tags: Mapping[str, str]
) -> int:
    """Register the logged model; its new version."""
    if not client.search_registered_models(f"name = '{model}'"):
        client.create_registered_model(model)
    described = {
        FINGERPRINT_TAG: result.fingerprint,
        "min_shoppers": str(result.settings.min_shoppers),
        **headline_of(result.evaluation),
        **({} if logged.holdout_sha256 is None else {HOLDOUT_TAG: logged.holdout_sha256}),
        **tags,
    }
    model_id = logged.model_id
    created = client.create_model_version(model, f"models:/{model_id}", run_id, tags=described, model_id=model_id)
    place = [{"name": model, "version": created.version}]
    client.set_logged_model_tags(model_id, {mlflow_tags.MLFLOW_MODEL_VERSIONS: json.dumps(place)})
    return int(created.version)


def _code_tags() -> dict[str, str]:
    try:
        release = version("shopkeeper")
    except PackageNotFoundError:  # run from a checkout that was never installed
        release = "unreleased"
    commit = commit_of(Path(__file__))
    return {
        "shopkeeper_version": release,
        mlflow_tags.MLFLOW_SOURCE_NAME: "shopkeeper train",
        mlflow_tags.MLFLOW_SOURCE_TYPE: SourceType.to_string(SourceType.LOCAL),
        **({} if commit is None else {mlflow_tags.MLFLOW_GIT_COMMIT: commit}),
    }


def _consent_tags(inputs: Inputs) -> dict[str, str]:
    return {} if inputs.assume_consent is None else {ASSUMED_CONSENT: inputs.assume_consent}


def _example(directory: Path) -> pd.DataFrame:
    """A few items with a list, as predict takes them."""
    bundle = Bundle.open(directory)
    with_list = np.flatnonzero(np.diff(bundle.item_pairs.indptr))[:3].tolist() or [0]
    return pd.DataFrame({"item_id": [bundle.item_id(index) for index in with_list]})
