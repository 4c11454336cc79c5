"""`shopkeeper experiment validate`: checks a file of tests before a server reads it."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.tables import plain_table
from models.errors import InvalidInputError

if TYPE_CHECKING:
    from experiments.definition import Experiment, Experiments

DEFAULT_FILE = Path("experiments.yaml")
EXIT_INVALID_INPUT = 2


def add_parser(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "validate",
        help="check a file of tests",
        description="Check a file of tests: prints what they are, or every fault at once.",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, default=DEFAULT_FILE, metavar="FILE", help=f"by default {DEFAULT_FILE}"
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="BEFORE",
        help="the file that it shall take the place of: what it changes of tests that have begun is a fault",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, of faults too")
    parser.set_defaults(act=validate)


def validate(arguments: argparse.Namespace) -> int:
    """Print the tests of a file; the exit code is 2 where it has faults.

    Raises:
        InvalidInputError: Names every fault, of the file or of what it changes; unless they are printed as JSON.
    """
    now = datetime.now(UTC)
    try:
        experiments = _checked(arguments.file, arguments.against, now)
    except InvalidInputError as error:
        if not arguments.json:
            raise
        faults = [{"field": fault.field, "description": fault.description} for fault in error.faults]
        _print_json({"faults": faults})
        return EXIT_INVALID_INPUT
    tests = experiments.experiments.values()
    if arguments.json:
        _print_json({"experiments": [_plain(test, now) for test in tests], "faults": []})
        return 0
    for test in tests:
        _print_test(test, now)
    print(f"{len(tests)} test{'s' * (len(tests) != 1)}, no faults")
    return 0


def state_of(experiment: "Experiment", now: datetime) -> str:
    """Whether a test is planned, running or over."""
    if experiment.is_running(now):
        return "running"
    return "planned" if now < experiment.starts_at else "over"


def _checked(file: Path, against: Path | None, now: datetime) -> "Experiments":
    from experiments.changes import faults_of_changes
    from experiments.experiments_file import read_experiments
    from service.core.placements import PLACEMENTS

    experiments = read_experiments(file, PLACEMENTS)
    if against is not None:
        faults = faults_of_changes(read_experiments(against, PLACEMENTS), experiments, now)
        if faults:
            raise InvalidInputError(str(file), faults)
    return experiments


def _plain(experiment: "Experiment", now: datetime) -> dict[str, Any]:
    from experiments.plain import to_plain

    return {**to_plain(experiment), "state": state_of(experiment, now)}


def _print_json(content: object) -> None:
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
    print()


def _print_test(experiment: "Experiment", now: datetime) -> None:
    from rich.console import Console

    from experiments.analysis.figures import difference, percent

    start, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in (experiment.starts_at, experiment.ends_at))
    whom = f"an arm for each {experiment.unit}" if not experiment.interleaved else "two lists in one"
    smallest = percent(experiment.smallest_effect)
    margins = [f"{one.metric} ({difference(one.metric, one.margin)})" for one in experiment.guardrails]
    title = "\n".join(
        (
            f"{experiment.name}: {state_of(experiment, now)}, {start} to {end} UTC",
            f"on {', '.join(experiment.placements)}; {whom}; {_traffic(experiment)}",
            f"decided by {experiment.primary}, where a difference of {smallest} is worth finding",
            f"stopped by {', '.join(margins) or 'nothing'}",
        )
    )
    table = plain_table(title, "arm", "", "of the test")
    total = sum(arm.weight for arm in experiment.arms)
    for arm in experiment.arms:
        is_control = " (control)" * (arm.name == experiment.control)
        share = "not shown" if arm.is_shadow else "both" if experiment.interleaved else percent(arm.weight / total)
        table.add_row(f"{arm.name}{is_control}", arm.reference or "nothing", share)
    Console(soft_wrap=True, highlight=False, markup=False).print(table)
    print()


def _traffic(experiment: "Experiment") -> str:
    start, end = experiment.first_bucket / 10, experiment.end_bucket / 10
    return f"{start:g} to {end:g} percent of the layer {experiment.layer}"
