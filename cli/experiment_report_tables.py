"""The report of a test, for the terminal: the verdict first, then what it rests on."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.experiment_report_layout import Grid, print_parts
from experiments.definition import Metric

if TYPE_CHECKING:
    from experiments.definition import Experiment

Report = Mapping[str, Any]

WITHIN = "90\u202f% answered within"
P_ANY_DAY = "p, any day"


def print_report(report: Report) -> None:
    """Print a report.

    Args:
        report: As experiments.analysis.report.report_of gives it.
    """
    print_parts(report["verdict"], _grids(report), _notes(report))


def period_of(report: Report) -> str:
    """Such as "day 2 of 7, 25 Nov to 2 Dec 2026".

    Args:
        report: Of any test.
    """
    from experiments.analysis.wording import period_text

    test = report["experiment"]
    return period_text(
        *(datetime.fromisoformat(text) for text in (test["starts_at"], test["ends_at"], report["as_of"]))
    )


def _grids(report: Report) -> Iterator[Grid]:
    from experiments.analysis.judgement import Outcome
    from experiments.plain import from_plain

    experiment = from_plain({key: value for key, value in report["experiment"].items() if key != "share"})
    yield _arms(report)
    for arm in dict.fromkeys(effect["arm"] for effect in report["effects"]):
        yield _effects(report, experiment, arm)
    if any(sum(ratio["observed"].values()) for ratio in report["sample_ratios"]):
        yield _ratios(report)
    if report["shadows"]:
        yield _shadows(report)
    is_open = report["verdict"]["outcome"] == Outcome.KEEP_RUNNING
    if is_open and any(plan["units"] for plan in report["plans"]):
        yield _plans(report)


def _arms(report: Report) -> Grid:
    from experiments.analysis.figures import NOTHING, count, value

    test, rows = report["experiment"], []
    for name, arm in report["arms"].items():
        measured = arm["measured"]
        rows.append(
            (
                f"{name} (control)" if name == test["control"] else name,
                count(arm["units"]),
                count(arm["exposures"]),
                value(Metric.QUIET_SHARE, measured["quiet"] / measured["answers"] if measured["answers"] else None),
                value(Metric.LATENCY, measured["slow_ms"]),
                NOTHING if arm["opted_out"] is None else count(arm["opted_out"]),
                ", ".join(arm["model_versions"]) or "none",
            )
        )
    return Grid(
        f"{test['name']}: {period_of(report)}",
        ("arm", "units", "exposures", "empty", WITHIN, "opted out", "models"),
        rows,
        spare=("exposures", WITHIN, "empty", "opted out"),
    )


def _effects(report: Report, experiment: "Experiment", arm: str) -> Grid:
    from experiments.analysis.judgement import is_deciding

    effects, control = [effect for effect in report["effects"] if effect["arm"] == arm], experiment.control
    headings: tuple[str, ...] = (
        "metric", control, arm, "difference", "read once", "read any day", "relative", "relative, any day", "p, once",
    )  # fmt: skip
    rows = [_effect(effect, report["currency"]) for effect in effects]
    title = f"{arm} compared with {control}"
    if is_deciding(experiment, arm):
        # A holdout beside other arms is stopped for nothing, so that it has no guardrails.
        headings, title = (*headings, "guardrail"), f"{title}; {experiment.primary} decides"
        rows = [(*row, _state(effect)) for row, effect in zip(rows, effects, strict=True)]
    return Grid(
        title,
        headings,
        rows,
        spare=("read once", "relative", "relative, any day", "p, once", "difference"),
        bold=frozenset(number for number, effect in enumerate(effects) if effect["is_primary"]),
    )


def _effect(effect: Report, money: str) -> tuple[str, ...]:
    from experiments.analysis.figures import (
        between,
        difference,
        possible,
        probability,
        relative,
        relative_between,
        value,
    )

    metric = Metric(effect["metric"])
    fixed, always_valid = (
        between(metric, ends and possible(metric, ends, effect["control_value"]), money)
        for ends in (effect["fixed"], effect["always_valid"])
    )
    return (
        effect["metric"],
        value(metric, effect["control_value"], money),
        value(metric, effect["arm_value"], money),
        difference(metric, effect["difference"], money),
        fixed,
        always_valid,
        relative(effect["relative"]),
        relative_between(effect["always_valid_relative"]),
        probability(effect["p_value"] if effect["is_primary"] else effect["adjusted_p_value"]),
    )


def _state(effect: Report) -> str:
    guardrail = effect["guardrail"]
    return (guardrail["state"] or "not told") if guardrail else ""


def _ratios(report: Report) -> Grid:
    from experiments.analysis.figures import probability

    names = list(report["arms"])
    rows = [
        (
            ratio["of"],
            *(_observed(ratio, name) for name in names),
            probability(ratio["always_valid_p_value"]),
            "BROKEN" if ratio["is_broken"] else "ok",
        )
        for ratio in report["sample_ratios"]
    ]
    title = "Did every arm get what it should? (people who left included)"
    return Grid(title, ("of", *names, P_ANY_DAY, ""), rows, spare=(P_ANY_DAY,))


def _observed(ratio: Mapping[str, Any], arm: str) -> str:
    from experiments.analysis.figures import count

    answers = ratio["answers"]
    told = count(ratio["observed"].get(arm, 0))
    return told if answers is None else f"{told} of {count(answers.get(arm, 0))}"


def _shadows(report: Report) -> Grid:
    from experiments.analysis.figures import NOTHING, count, percent, value

    rows = []
    for name, shadow in report["shadows"].items():
        agreement = shadow["agreement"]
        rows.append(
            (
                name,
                count(shadow["answers"]),
                value(Metric.QUIET_SHARE, shadow["quiet"] / shadow["answers"] if shadow["answers"] else None),
                value(Metric.LATENCY, shadow["slow_ms"]),
                NOTHING if agreement is None else percent(agreement),
            )
        )
    headings = ("arm", "pages", "empty", "90\u202f% chosen within", "items as on the page")
    return Grid("Shadows, which nobody was shown", headings, rows, spare=("empty",))


def _plans(report: Report) -> Grid:
    from experiments.analysis.figures import NOTHING, count, percent

    test, rows = report["experiment"], []
    for plan in report["plans"]:
        numbers = (
            plan["units"], plan["units_per_day"], plan["units_needed"], plan["days_to_go"],
            plan["units_needed_fixed"], plan["days_to_go_fixed"],
        )  # fmt: skip
        rows.append((plan["arm"], *(NOTHING if number is None else count(round(number)) for number in numbers)))
    return Grid(
        f"To find a difference of {percent(test['smallest_effect'])} with power {percent(test['power'])}",
        (
            "arm", "units so far (arm + control)", "a day", "needed", "days to go", "needed, read once",
            "days to go, read once",
        ),
        rows,
        spare=("days to go, read once", "needed, read once", "a day"),
    )  # fmt: skip


def _notes(report: Report) -> Iterator[str]:
    from experiments.analysis.figures import count

    apart = {name: arm["unmeasured"]["answers"] for name, arm in report["arms"].items()}
    if any(apart.values()):
        told = ", ".join(f"{name} {count(answers)}" for name, answers in apart.items())
        yield f"Left out: answers to people who did not allow measurement: {told}"
    if report["foreign_purchases"]:
        yield (
            f"Not in the revenue: {count(report['foreign_purchases'])} purchases in another currency than "
            f"{report['currency']}"
        )
    if report["unpriced_purchases"]:
        yield f"Counted as no revenue: {count(report['unpriced_purchases'])} purchases without a price"
