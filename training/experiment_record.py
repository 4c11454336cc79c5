"""What a test of models found, kept with the versions that were its arms and in a run that holds the report."""

import math
import time
from collections.abc import Callable, Mapping
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
"""Tags of a version: PREFIX SALT . and harms, harm, harmed_at, verdict, role, decided_by, primary, reported_at, run_id,
name."""

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
        verdict: Of the test, by its latest report.
        harms: Whether any report of the test found that this version does harm.
        difference: Of the primary metric, with its interval, in words.
        reported_at: When, ISO 8601.
        run_id: The run with the report.
        decided_by: The primary metric.
        harm: What was harmed and by how much, in words.
        harmed_at: When a report last found harm, ISO 8601; empty where none did.
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
    decided_by: str = ""
    harm: str = ""
    harmed_at: str = ""

    @property
    def says_harm(self) -> str:
        """The sentence of one that harms."""
        told = f"the test {self.test} found that version {self.version} does harm{f': {self.harm}' * bool(self.harm)}"
        return (
            f"{told}, by its report of {self.harmed_at[:10]} though not by its latest" if self.is_taken_back else told
        )

    @property
    def is_taken_back(self) -> bool:
        """Whether a later report of the test does not find the harm that one before it found."""
        return self.harms and bool(self.harmed_at) and self.harmed_at != self.reported_at


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a recording.

    Attributes:
        run_id: The run with the report.
        still_harmful: Versions that a report before found to do harm, and this one does not.
    """

    run_id: str
    still_harmful: tuple[int, ...]


def record(
    result: ExperimentResult,
    *,
    model: str,
    tracking_uri: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Recorded:
    """Write a test's result down.

    What was recorded of the test before is replaced on the versions, but for harm: a report may be read on any day, so
    what it found was found, and a later one that does not find it, or was made otherwise, does not undo it. Runs stay:
    they hold sums over units and nobody's id, though a shopper who was erased since is still one of those that were
    summed up.

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
    befores = {number: _tags_of(version).get(result.definition.salt, {}) for number, version in present.items()}
    now = clock().isoformat(timespec="seconds")
    with told(f"the result of {result.definition.name} cannot be recorded"):
        experiment = experiment_named(client, f"{model} experiments")
        run_id = str(client.create_run(experiment, run_name=result.definition.name).info.run_id)
        try:
            _fill(client, run_id, result, now, absent)
            for number, version in present.items():
                tags = {**_harm(result, number, now, befores[number]), **_tags(result, number, now, run_id)}
                for field, value in tags.items():
                    name = f"{PREFIX}{result.definition.salt}.{field}"
                    client.set_model_version_tag(model, version.version, name, value)
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)
    return Recorded(run_id, tuple(number for number in present if _is_taken_back(result, number, befores[number])))


def outcomes_in(version: ModelVersion) -> list[Outcome]:
    """The tests that a version was in, by its tags, the latest report first."""
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
            decided_by=tags.get("decided_by", ""),
            harm=tags.get("harm", ""),
            harmed_at=tags.get("harmed_at", ""),
        )
        for salt, tags in _tags_of(version).items()
    ]
    return sorted(outcomes, key=lambda outcome: (outcome.reported_at, outcome.salt), reverse=True)


def _tags_of(version: ModelVersion) -> dict[str, dict[str, str]]:
    """What a version's tags say of tests, by salt."""
    by_salt: dict[str, dict[str, str]] = {}
    for name, value in version.tags.items():
        salt, dot, field = name.removeprefix(PREFIX).rpartition(".")
        if name.startswith(PREFIX) and dot:
            by_salt.setdefault(salt, {})[field] = value
    return by_salt


def _harm(result: ExperimentResult, version: int, now: str, before: Mapping[str, str]) -> dict[str, str]:
    """What one version's tags say of harm, which come first, so that a recording that breaks off has said it."""
    if _harms(result, version):
        harm = "; ".join(dict.fromkeys(arm.harm for arm in result.arms if arm.version == version and arm.harm))
        return {"harms": "true", "harm": harm, "harmed_at": now}
    if before.get("harms") == "true":
        return {"harmed_at": before.get("harmed_at") or before.get("reported_at", "")}
    return {"harms": "false"}


def _is_taken_back(result: ExperimentResult, version: int, before: Mapping[str, str]) -> bool:
    return before.get("harms") == "true" and not _harms(result, version)


def _harms(result: ExperimentResult, version: int) -> bool:
    """Where a version is compared with itself alone, as in an A/A test, it cannot be the version that harms."""
    controls = {arm.version for arm in result.arms if arm.role == CONTROL}
    return controls != {version} and any(arm.harms for arm in result.arms if arm.version == version)


def _tags(result: ExperimentResult, version: int, now: str, run_id: str) -> dict[str, str]:
    own = [arm for arm in result.arms if arm.version == version]
    return {
        "verdict": result.verdict,
        "role": ", ".join(dict.fromkeys(arm.role for arm in own)),
        "decided_by": str(result.definition.primary),
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
