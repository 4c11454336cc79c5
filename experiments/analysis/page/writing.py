"""Writes the page: the verdict first, then what it rests on."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from experiments.analysis import figures
from experiments.analysis.glossary import name_of
from experiments.analysis.judgement import Outcome, is_deciding
from experiments.analysis.page.drawing import DAYS_HEIGHT, DAYS_WIDTH, DaysPlot, days_of, forest_of
from experiments.analysis.report import Report
from experiments.analysis.wording import moment_text, period_text
from experiments.definition import GUARDRAILS, Experiment, Metric
from experiments.definition_text import definition_text
from experiments.plain import from_plain

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
        "metric": lambda name: name_of(Metric(name), experiment.unit),
        "relative": figures.relative,
        "relative_between": figures.relative_between,
        "percent": figures.percent,
        "probability": figures.probability,
    }
    environment.filters |= filters
    test, money, as_of = report["experiment"], report["currency"], datetime.fromisoformat(report["as_of"])
    experiment = from_plain({key: value for key, value in test.items() if key != "share"})
    return environment.get_template(PAGE_TEMPLATE).render(
        style=(HERE / STYLE).read_text(encoding="utf-8"),
        report=report,
        test=test,
        forest=forest_of(report["effects"], test["smallest_effect"]),
        plots=list(_plots(report)),
        frame=(DAYS_WIDTH, DAYS_HEIGHT),
        tone=lambda effect: _tone(experiment, effect),
        is_deciding=lambda arm: is_deciding(experiment, arm),
        guarded=[one for one in report["effects"] if one["guardrail"] and is_deciding(experiment, one["arm"])],
        is_open=report["verdict"]["outcome"] == Outcome.KEEP_RUNNING,
        has_units=any(sum(ratio["observed"].values()) for ratio in report["sample_ratios"]),
        period=period_text(experiment.starts_at, experiment.ends_at, as_of),
        as_of=moment_text(as_of),
        value=lambda effect, name: figures.value(Metric(effect["metric"]), effect[name], money),
        difference=lambda effect: figures.difference(Metric(effect["metric"]), effect["difference"], money),
        between=lambda effect, name: _between(effect, name, money),
        primary_difference=lambda value: figures.difference(Metric(test["primary"]), value, money),
        margin=lambda effect: figures.difference(Metric(effect["metric"]), effect["guardrail"]["margin"], money),
        slow=lambda value: figures.value(Metric.LATENCY, value),
        share=lambda part, whole: figures.value(Metric.QUIET_SHARE, part / whole if whole else None),
        less_is_better=frozenset(map(str, GUARDRAILS)),
        definition=definition_text(experiment),
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


def _between(effect: Report, name: str, currency: str) -> str:
    metric, interval = Metric(effect["metric"]), effect[name]
    shown = None if interval is None else figures.possible(metric, interval, effect["control_value"])
    return figures.between(metric, shown, currency)


def _tone(experiment: Experiment, effect: Report) -> str:
    """What the interval of any day says of what can end the test: better, worse or open. All else is open: among many
    metrics that decide nothing some differ by chance."""
    can_end = (effect["is_primary"] or effect["guardrail"]) and is_deciding(experiment, effect["arm"])
    low, high = effect["always_valid"] or (None, None)
    sign = -1 if Metric(effect["metric"]) in GUARDRAILS else 1
    if can_end and low is not None and low > 0:
        return "better" if sign > 0 else "worse"
    if can_end and high is not None and high < 0:
        return "worse" if sign > 0 else "better"
    return "open"
