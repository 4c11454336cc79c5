"""What was found of a test, in the terms of the registry: an arm is the versions that answered in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from experiments.analysis.figures import between, difference
from experiments.definition import Experiment, Metric

CONTROL, TREATMENT = "control", "treatment"


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What was found of one arm; an arm of an alias has one for each version that answered in it.

    Attributes:
        arm: Its name.
        version: The version that answered; None of the holdout.
        role: CONTROL or TREATMENT.
        sentence: The difference of the primary metric from the control's, with its interval; short.
        n_units: Units of the arm in the analysis.
        difference: Of the primary metric from the control's; None of the control and where there is none yet.
        low: Lower end of its interval.
        high: Upper end of its interval.
        harms: Whether the verdict is that it does harm.
        harm: What it harms and by how much, with the interval; short. Empty where it harms nothing.
    """

    arm: str
    version: int | None
    role: str
    sentence: str
    n_units: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    harms: bool = False
    harm: str = ""


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """What was found of a test.

    Attributes:
        definition: The test.
        verdict: In a few words.
        arms: All but shadows.
        report_json: The report for machines.
        report_html: The report to read.
    """

    definition: Experiment
    verdict: str
    arms: tuple[ArmResult, ...]
    report_json: str
    report_html: str


def result_of(
    definition: Experiment, report: Mapping[str, Any], *, model: str, report_json: str, report_html: str
) -> ExperimentResult:
    """What a report says, for the versions of one model.

    Args:
        definition: The test.
        report: As experiments.analysis.report makes it.
        model: The registered model; what answered of another is left out.
        report_json: The report for machines.
        report_html: The report to read.
    """
    effects = {effect["arm"]: effect for effect in report["effects"] if effect["is_primary"]}
    arms: list[ArmResult] = []
    for name, counted in report["arms"].items():
        is_control = name == definition.control
        effect = None if is_control else effects.get(name)
        low, high = (effect["always_valid"] or (None, None)) if effect else (None, None)
        versions: list[int | None] = [*_versions(counted["model_versions"], model)]
        arm = ArmResult(
            arm=name,
            version=None,
            role=CONTROL if is_control else TREATMENT,
            sentence="" if effect is None else _sentence(effect),
            n_units=counted["units"],
            difference=None if effect is None else effect["difference"],
            low=low,
            high=high,
            harms=not is_control and _harms(report, name),
            harm="" if is_control else "; ".join(_harm(report, name)),
        )
        arms += [replace(arm, version=version) for version in versions or [None]]
    return ExperimentResult(definition, _words(report["verdict"]["outcome"]), tuple(arms), report_json, report_html)


def _harms(report: Mapping[str, Any], arm: str) -> bool:
    """Whether the arm harms: the verdict names the first alone, and of a broken test nothing is known."""
    verdict = report["verdict"]
    if verdict["outcome"] == "broken":
        return False
    own = [effect for effect in report["effects"] if effect["arm"] == arm]
    is_named = verdict["outcome"] == "stop_for_harm" and verdict["arm"] == arm
    return is_named or any(_is_harmed(effect) for effect in own)


def _harm(report: Mapping[str, Any], arm: str) -> Iterator[str]:
    """What the arm harms, the metric that decides first, as the report has it."""
    if _harms(report, arm):
        for effect in report["effects"]:
            if effect["arm"] == arm and _is_harmed(effect):
                yield f"{effect['metric']} {_sentence(effect) if effect['is_primary'] else _in_units(effect, report)}"


def _is_harmed(effect: Mapping[str, Any]) -> bool:
    guardrail, interval = effect["guardrail"], effect["always_valid"]
    is_worse = effect["is_primary"] and interval is not None and interval[1] is not None and interval[1] < 0
    return is_worse or (guardrail is not None and guardrail["state"] == "harmed")


def _versions(labels: Sequence[str], model: str) -> Iterator[int]:
    for label in labels:
        name, _, number = label.rpartition("/")
        if name in ("", model) and number.isdecimal():
            yield int(number)


def _sentence(effect: Mapping[str, Any]) -> str:
    """The difference in percent of the control's where that is known, else as it is; with its interval."""
    if effect["relative"] is not None:
        value, interval, factor, unit = effect["relative"], effect["always_valid_relative"], 100, " %"
    else:
        value, interval, factor, unit = effect["difference"], effect["always_valid"], 1, ""
    if value is None:
        return ""
    ends = [f"{end * factor:+.3g}{unit}" if end is not None else "open" for end in interval or (None, None)]
    return f"{value * factor:+.3g}{unit} ({ends[0]} to {ends[1]})"


def _in_units(effect: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """The difference in the metric's own unit, as a guardrail's margin is; with its interval."""
    metric, currency = Metric(effect["metric"]), report.get("currency") or ""
    interval = between(metric, effect["always_valid"], currency)
    return f"{difference(metric, effect['difference'], currency)} ({interval})"


def _words(outcome: str) -> str:
    return outcome.replace("_", " ")
