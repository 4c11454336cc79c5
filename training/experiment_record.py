"""What a test of models found, kept with the versions that were its arms and in a run that holds the report."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.entities.model_registry import ModelVersion

from experiments.definition import Experiment
from training.experiment_result import CONTROL, ExperimentResult
from training.registry import find_model, find_version
from training.tracking import RegistryError, connect, experiment_named, told

PREFIX = "shopkeeper.experiment."
"""Tags of a version: PREFIX SALT . and verdict, role, primary, harms, reported_at, run_id, name."""

ABSENT = f"{PREFIX}absent_versions"
"""Tag of a run: versions that answered in the test and are not in the registry any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a version's tags say of a test that it was in.

    Attributes:
        test: The test's name.
        salt: The test's salt.
        version: The version.
        role: What it was: control, treatment, or both.
        verdict: Of the test.
        harms: Whether this version was found to do harm.
        difference: Of the primary metric, with its interval, in words.
        reported_at: When, ISO 8601.
        run_id: The run with the report.
    """

    test: str
    salt: str
    version: int
    role: str
    verdict: str
    harms: bool
    difference: str
    reported_at: str
    run_id: str

    @property
    def says_harm(self) -> str:
        """The sentence of one that harms."""
        return f"the test {self.test} found that version {self.version} does harm"


def record(
    result: ExperimentResult,
    *,
    model: str,
    tracking_uri: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Write a test's result down; the id of its run.

    What was recorded of the test before is replaced on the versions, while its runs stay: they hold sums over units and
    nobody's id, though a shopper who was erased since is still one of those that were summed up.

    Args:
        result: What was found.
        model: The registered model whose versions the arms are.
        tracking_uri: MLflow's store.
        clock: Gives the time that is recorded.

    Raises:
        RegistryError: There is no such model, or MLflow cannot be reached.
    """
    client = connect(tracking_uri)
    registered = find_model(client, model)
    present: dict[int, ModelVersion] = {}
    absent = []
    for number in sorted({arm.version for arm in result.arms if arm.version is not None}):
        try:
            present[number] = find_version(client, registered, str(number))
        except RegistryError as error:
            if "version" not in error.metadata:
                raise
            absent.append(str(number))
    now = clock().isoformat(timespec="seconds")
    with told(f"the result of {result.definition.name} cannot be recorded"):
        experiment = experiment_named(client, f"{model} experiments")
        run_id = str(client.create_run(experiment, run_name=result.definition.name).info.run_id)
        try:
            _fill(client, run_id, result, now, absent)
            for number, version in present.items():
                for field, value in _tags(result, number, now, run_id).items():
                    name = f"{PREFIX}{result.definition.salt}.{field}"
                    client.set_model_version_tag(model, version.version, name, value)
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)
    return run_id


def outcomes_in(version: ModelVersion) -> list[Outcome]:
    """The tests that a version was in, by its tags, the latest report first."""
    by_salt: dict[str, dict[str, str]] = {}
    for name, value in version.tags.items():
        salt, dot, field = name.removeprefix(PREFIX).rpartition(".")
        if name.startswith(PREFIX) and dot:
            by_salt.setdefault(salt, {})[field] = value
    outcomes = [
        Outcome(
            test=tags.get("name", salt),
            salt=salt,
            version=int(version.version),
            role=tags.get("role", ""),
            verdict=tags.get("verdict", ""),
            harms=tags.get("harms") == "true",
            difference=tags.get("primary", ""),
            reported_at=tags.get("reported_at", ""),
            run_id=tags.get("run_id", ""),
        )
        for salt, tags in by_salt.items()
    ]
    return sorted(outcomes, key=lambda outcome: (outcome.reported_at, outcome.salt), reverse=True)


def _tags(result: ExperimentResult, version: int, now: str, run_id: str) -> dict[str, str]:
    """What one version's tags say; harm first, so that a recording that breaks off has said it."""
    own = [arm for arm in result.arms if arm.version == version]
    roles = dict.fromkeys(arm.role for arm in own)
    # Where a version is compared with itself alone, as in an A/A test, it cannot be the version that harms.
    controls = {arm.version for arm in result.arms if arm.role == CONTROL}
    harms = controls != {version} and any(arm.harms for arm in own)
    return {
        "harms": str(harms).lower(),
        "verdict": result.verdict,
        "role": ", ".join(roles),
        "primary": "; ".join(dict.fromkeys(arm.sentence for arm in own if arm.sentence)),
        "reported_at": now,
        "run_id": run_id,
        "name": result.definition.name,
    }


def _fill(client: MlflowClient, run_id: str, result: ExperimentResult, now: str, absent: list[str]) -> None:
    tags = {
        f"{PREFIX}salt": result.definition.salt,
        f"{PREFIX}verdict": result.verdict,
        f"{PREFIX}reported_at": now,
        **({ABSENT: ",".join(absent)} if absent else {}),
    }
    now_ms = time.time_ns() // 1_000_000
    client.log_batch(
        run_id,
        params=[Param(name, value) for name, value in _params(result.definition).items()],
        metrics=[Metric(name, value, now_ms, 0) for name, value in _metrics(result).items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    client.log_text(run_id, result.report_json, "report.json")
    client.log_text(run_id, result.report_html, "report.html")


def _params(definition: Experiment) -> dict[str, str]:
    return {
        "name": definition.name,
        "salt": definition.salt,
        "placements": ",".join(definition.placements),
        "control": definition.control,
        "unit": str(definition.unit),
        "layer": definition.layer,
        "share": f"{definition.share:g}",
        "starts_at": definition.starts_at.isoformat(),
        "ends_at": definition.ends_at.isoformat(),
        "primary": str(definition.primary),
        "smallest_effect": f"{definition.smallest_effect:g}",
        "guardrails": ",".join(f"{guardrail.metric} +{guardrail.margin:g}" for guardrail in definition.guardrails),
        "window_days": str(definition.window_days),
        "alpha": f"{definition.alpha:g}",
        "power": f"{definition.power:g}",
        "interleaved": ",".join(definition.interleaved),
        **{
            f"arm/{arm.name}": f"{arm.reference or 'nothing'}, {'shadow' if arm.is_shadow else f'weight {arm.weight}'}"
            for arm in definition.arms
        },
    }


def _metrics(result: ExperimentResult) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for arm in result.arms:
        metrics[f"{arm.arm}/units"] = float(arm.n_units)
        ends = {"difference": arm.difference, "difference_low": arm.low, "difference_high": arm.high}
        for name, value in ends.items():
            if value is not None and math.isfinite(value):  # an interval may have no end yet
                metrics[f"{arm.arm}/{name}"] = value
    return metrics
