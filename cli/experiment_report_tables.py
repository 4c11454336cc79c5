"""The report of a test, for the terminal: the verdict first, then what it rests on."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cli.tables import plain_table
from experiments.definition import Metric

if TYPE_CHECKING:
    from rich.table import Table

Report = Mapping[str, Any]

WIDE, NARROW = 140, 100
"""Columns that all there is takes, and that it takes without what the interval of any day says better."""


def print_report(report: Report) -> None:
    """Print a report.

    Args:
        report: As experiments.analysis.report.report_of gives it.
    """
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    # Of a file or a pipe nobody knows the width; and what is cut off says nothing.
    is_wide = not console.is_terminal or console.width >= WIDE
    console.width = max(console.width, WIDE if is_wide else NARROW)
    verdict = report["verdict"]
    console.print(verdict["headline"], style="bold")
    for sentence in verdict["sentences"]:
        if sentence not in verdict["headline"]:
            console.print(sentence)
    for table in _tables(report, is_wide=is_wide):
        console.print()
        console.print(table)
    notes = [*_notes(report), *(f"Mind: {warning}" for warning in verdict["warnings"])]
    if notes:
        console.print()
    for note in notes:
        console.print(note)


def _tables(report: Report, *, is_wide: bool) -> Iterator["Table"]:
    yield _arms(report)
    for arm in dict.fromkeys(effect["arm"] for effect in report["effects"]):
        yield _effects(report, arm, is_wide=is_wide)
    yield _ratios(report)
    if report["shadows"]:
        yield _shadows(report)
    if report["plans"]:
        yield _plans(report)


def _arms(report: Report) -> "Table":
    from experiments.analysis.figures import NOTHING, count, value

    test = report["experiment"]
    table = plain_table(
        f"{test['name']}: {report['first_day'] or 'no exposure yet'} to {report['last_day'] or 'now'}",
        "arm",
        "units",
        "exposures",
        "quiet",
        "9 of 10 in",
        "opted out",
        "models",
    )
    for name, arm in report["arms"].items():
        measured = arm["measured"]
        table.add_row(
            f"{name} (control)" if name == test["control"] else name,
            count(arm["units"]),
            count(arm["exposures"]),
            value(Metric.QUIET_SHARE, measured["quiet"] / measured["answers"] if measured["answers"] else None),
            value(Metric.LATENCY, measured["slow_ms"]),
            NOTHING if arm["opted_out"] is None else count(arm["opted_out"]),
            ", ".join(arm["model_versions"]) or "none",
        )
    return table


def _effects(report: Report, arm: str, *, is_wide: bool) -> "Table":
    from experiments.analysis.figures import between, difference, probability, relative, value

    control, money = report["experiment"]["control"], report["currency"]
    headings = ["metric", control, arm, "difference", "relative", "read once", "read any day", "p, once", "guardrail"]
    hidden = () if is_wide else ("relative", "read once")
    table = plain_table(
        f"{arm} beside {control}; {report['experiment']['primary']} decides",
        *(heading for heading in headings if heading not in hidden),
    )
    for effect in report["effects"]:
        if effect["arm"] != arm:
            continue
        metric, guardrail = Metric(effect["metric"]), effect["guardrail"]
        cells = [
            effect["metric"],
            value(metric, effect["control_value"], money),
            value(metric, effect["arm_value"], money),
            difference(metric, effect["difference"], money),
            relative(effect["relative"]),
            between(metric, effect["fixed"], money),
            between(metric, effect["always_valid"], money),
            probability(effect["p_value"] if effect["is_primary"] else effect["adjusted_p_value"]),
            (guardrail["state"] or "not told") if guardrail else "",
        ]
        shown = (cell for heading, cell in zip(headings, cells, strict=True) if heading not in hidden)
        table.add_row(*shown, style="bold" if effect["is_primary"] else None)
    return table


def _ratios(report: Report) -> "Table":
    from experiments.analysis.figures import probability

    names = list(report["arms"])
    table = plain_table("Sample ratio, with who left since", "of", *names, "p, any day", "")
    for ratio in report["sample_ratios"]:
        table.add_row(
            ratio["of"],
            *(_observed(ratio, name) for name in names),
            probability(ratio["always_valid_p_value"]),
            "BROKEN" if ratio["is_broken"] else "as it should be",
        )
    return table


def _observed(ratio: Mapping[str, Any], arm: str) -> str:
    from experiments.analysis.figures import count

    answers = ratio["answers"]
    told = count(ratio["observed"].get(arm, 0))
    return told if answers is None else f"{told} of {count(answers.get(arm, 0))}"


def _shadows(report: Report) -> "Table":
    from experiments.analysis.figures import NOTHING, count, percent, value

    table = plain_table(
        "Shadows, which nobody was shown", "arm", "pages", "quiet", "9 of 10 chosen in", "items as on the page"
    )
    for name, shadow in report["shadows"].items():
        agreement = shadow["agreement"]
        table.add_row(
            name,
            count(shadow["answers"]),
            value(Metric.QUIET_SHARE, shadow["quiet"] / shadow["answers"] if shadow["answers"] else None),
            value(Metric.LATENCY, shadow["slow_ms"]),
            NOTHING if agreement is None else percent(agreement),
        )
    return table


def _plans(report: Report) -> "Table":
    from experiments.analysis.figures import NOTHING, count, percent

    test = report["experiment"]
    table = plain_table(
        f"To find a difference of {percent(test['smallest_effect'])} with power {percent(test['power'])}",
        "arm",
        "units of both",
        "a day",
        "needed",
        "days to go",
        "needed, read once",
        "days to go",
    )
    for plan in report["plans"]:
        numbers = (
            plan["units"], plan["units_per_day"], plan["units_needed"], plan["days_to_go"],
            plan["units_needed_fixed"], plan["days_to_go_fixed"],
        )  # fmt: skip
        table.add_row(plan["arm"], *(NOTHING if number is None else count(round(number)) for number in numbers))
    return table


def _notes(report: Report) -> Iterator[str]:
    from experiments.analysis.figures import count

    apart = {name: arm["unmeasured"]["answers"] for name, arm in report["arms"].items()}
    if any(apart.values()):
        told = ", ".join(f"{name} {count(answers)}" for name, answers in apart.items())
        yield f"Not in the analysis, as who asked may not be measured: answers of {told}"
    if report["foreign_purchases"]:
        yield (
            f"Not in the revenue: {count(report['foreign_purchases'])} purchases in another currency than "
            f"{report['currency']}"
        )
    if report["unpriced_purchases"]:
        yield f"Counted as no revenue: {count(report['unpriced_purchases'])} purchases without a price"
