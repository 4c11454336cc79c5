"""A test as its file has it, for whoever reviews the file on a terminal."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cli.tables import plain_table

if TYPE_CHECKING:
    from experiments.definition import Experiment

SELDOM_SET = ("window_days", "alpha", "power")
"""What is told only where it is not what a file need not say."""
DAY = timedelta(days=1)


def state_of(experiment: "Experiment", now: datetime) -> str:
    """Whether a test is planned, running or over."""
    if experiment.is_running(now):
        return "running"
    return "planned" if now < experiment.starts_at else "over"


def length_days(experiment: "Experiment") -> float:
    """From its start to its end, in days."""
    return (experiment.ends_at - experiment.starts_at) / DAY


def shares_of_all(experiment: "Experiment") -> dict[str, float]:
    """Of all units, the share that is given each shown arm; both lists of an interleaved test have all of its own."""
    total = sum(arm.weight for arm in experiment.shown_arms)
    return {
        arm.name: experiment.share * (1 if experiment.interleaved else arm.weight / total)
        for arm in experiment.shown_arms
    }


def print_test(experiment: "Experiment", now: datetime) -> None:
    """Print a test.

    Args:
        experiment: The test.
        now: UTC.
    """
    from rich.console import Console

    from experiments.analysis.figures import percent

    table = plain_table("\n".join(_title(experiment, now)), "arm", "", "of the test", f"of all {experiment.unit}s")
    of_all = shares_of_all(experiment)
    for arm in experiment.arms:
        is_control = " (control)" * (arm.name == experiment.control)
        shares = ["not shown", ""]
        if not arm.is_shadow:
            share = "both" if experiment.interleaved else percent(of_all[arm.name] / experiment.share)
            shares = [share, percent(of_all[arm.name])]
        table.add_row(f"{arm.name}{is_control}", arm.reference or "nothing", *shares)
    Console(soft_wrap=True, highlight=False, markup=False).print(table)
    for note in _notes(experiment):
        print(note)
    print()


def _title(experiment: "Experiment", now: datetime) -> Iterator[str]:
    from experiments.analysis.figures import difference, percent

    start, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in (experiment.starts_at, experiment.ends_at))
    salt = f", salt {experiment.salt}" if experiment.salt != experiment.name else ""
    days = f"{length_days(experiment):.3g} days"
    yield f"{experiment.name}: {state_of(experiment, now)}, {start} to {end} UTC, {days}{salt}"
    if experiment.description:
        yield experiment.description
    whom = f"an arm for each {experiment.unit}" if not experiment.interleaved else "two lists in one"
    yield f"on {', '.join(experiment.placements)}; {whom}; {_traffic(experiment)}"
    smallest = percent(experiment.smallest_effect)
    yield f"decided by {experiment.primary}, where a difference of {smallest} is worth finding"
    margins = [f"{one.metric} ({difference(one.metric, one.margin)})" for one in experiment.guardrails]
    yield f"stopped by {', '.join(margins) or 'nothing'}"
    usual = {field.name: field.default for field in fields(experiment)}
    unusual = {name: value for name in SELDOM_SET if (value := getattr(experiment, name)) != usual[name]}
    if unusual:
        yield "; ".join(f"{name} {value:g}, by default {usual[name]:g}" for name, value in unusual.items())


def _notes(experiment: "Experiment") -> Iterator[str]:
    from training.names import CHAMPION_ALIAS

    of_champion = [arm.name for arm in experiment.arms if arm.reference == f"alias:{CHAMPION_ALIAS}"]
    if of_champion:
        yield (
            f"{' and '.join(of_champion)}: the champion, which `promote` and trainings move: from then on the arm is "
            "another model"
        )


def _traffic(experiment: "Experiment") -> str:
    start, end = experiment.first_bucket / 10, experiment.end_bucket / 10
    return f"{start:g} to {end:g} percent of the layer {experiment.layer}"
