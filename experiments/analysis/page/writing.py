"""Writes the page: the verdict first, then what it rests on."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from experiments.analysis import figures
from experiments.analysis.glossary import name_of
from experiments.analysis.page.drawing import DAYS_HEIGHT, DAYS_WIDTH, DaysPlot, days_of, forest_of
from experiments.analysis.report import Report
from experiments.definition import GUARDRAILS, Metric, Unit

HERE = Path(__file__).parent
PAGE_TEMPLATE = "page.html.jinja"
STYLE = "page.css"


def write_page(report: Report, path: Path) -> None:
    """Write the page; the same report gives the same bytes.

    Args:
        report: As experiments.analysis.report.report_of gives it.
        path: The file to write.
    """
    path.write_text(render_page(report), encoding="utf-8")


def render_page(report: Report) -> str:
    """The page as HTML."""
    # Autoescaping is on for the template whatever its name: names of arms and placements come from the shop's file.
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters: dict[str, Callable[..., str]] = {
        "count": figures.count,
        "day": lambda text: f"{date.fromisoformat(text):%-d %b}",
        "moment": lambda text: f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC",
        "metric": lambda name: name_of(Metric(name), Unit(report["experiment"]["unit"])),
        "relative": figures.relative,
        "probability": figures.probability,
    }
    environment.filters |= filters
    test, money = report["experiment"], report["currency"]
    return environment.get_template(PAGE_TEMPLATE).render(
        style=(HERE / STYLE).read_text(encoding="utf-8"),
        report=report,
        test=test,
        forest=forest_of(report["effects"], test["smallest_effect"]),
        plots=list(_plots(report)),
        frame=(DAYS_WIDTH, DAYS_HEIGHT),
        better=_is_better,
        value=lambda effect, name: figures.value(Metric(effect["metric"]), effect[name], money),
        difference=lambda effect: figures.difference(Metric(effect["metric"]), effect["difference"], money),
        between=lambda effect, name: figures.between(Metric(effect["metric"]), effect[name], money),
        primary_difference=lambda value: figures.difference(Metric(test["primary"]), value, money),
        margin=lambda effect: figures.difference(Metric(effect["metric"]), effect["guardrail"]["margin"], money),
        slow=lambda value: figures.value(Metric.LATENCY, value),
        share=lambda part, whole: figures.value(Metric.QUIET_SHARE, part / whole if whole else None),
        less_is_better=frozenset(map(str, GUARDRAILS)),
        definition=yaml.safe_dump(test, sort_keys=False, allow_unicode=True),
    )


def _plots(report: Report) -> Iterator[tuple[str, DaysPlot, list[Report]]]:
    """Of each arm that has more than one day."""
    for effect in report["effects"]:
        if not effect["is_primary"]:
            continue
        days = [day for day in report["days"] if day["arm"] == effect["arm"]]
        value = effect["control_value"]
        plot = days_of(days, None if value is None else report["experiment"]["smallest_effect"] * abs(value))
        if plot is not None:
            yield effect["arm"], plot, days


def _is_better(effect: dict[str, Any]) -> str:
    """What the interval that may be read any day says: better, worse or open."""
    low, high = effect["always_valid"] or (None, None)
    sign = -1 if Metric(effect["metric"]) in GUARDRAILS else 1
    if low is not None and low > 0:
        return "better" if sign > 0 else "worse"
    if high is not None and high < 0:
        return "worse" if sign > 0 else "better"
    return "open"
