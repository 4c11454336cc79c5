"""`shopkeeper experiment assign`: says which arm somebody is given, for support and for who writes a storefront."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.experiment_definition import state_of
from cli.experiment_validate import DEFAULT_FILE
from models.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from experiments.definition import Experiment

VERBS = {"planned": ("would be", "would not be"), "running": ("is", "is not"), "over": ("was", "was not")}
"""By the state of the test."""
IDS = ("customer_id", "visitor_id", "session_id")


def add_parser(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "assign",
        help="say which arm somebody is given",
        description="Say which arm of a test a request with these ids is given, if it may be measured.",
    )
    parser.add_argument("name", metavar="NAME", help="of the test")
    parser.add_argument(
        "--file", type=Path, default=DEFAULT_FILE, metavar="FILE", help=f"of tests; by default {DEFAULT_FILE}"
    )
    parser.add_argument("--customer-id", default="", metavar="ID", help="the account, as requests name it")
    parser.add_argument("--visitor-id", default="", metavar="ID", help="the browser")
    parser.add_argument("--session-id", default="", metavar="ID", help="the visit")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(act=assign)


def assign(arguments: argparse.Namespace) -> int:
    """Print the arm.

    Raises:
        InvalidInputError: Names every fault of the file, a test that is not in it, and ids that are no text.
    """
    from experiments.assignment import Assignment, unit_key
    from experiments.definition import Unit, variant_of
    from experiments.differences import moment_text

    experiment = _named(arguments)
    now = datetime.now(UTC)
    state = state_of(experiment, now)
    key = unit_key(experiment.unit, *(getattr(arguments, name) for name in IDS))
    assignment = Assignment(experiment)
    arm = None if key is None else assignment.arm_of(key)
    answer = {
        "experiment": experiment.name,
        "state": state,
        "unit": key,
        "bucket": None if key is None else assignment.bucket_of(key),
        "arm": None if arm is None else arm.name,
        "variant": None if arm is None else variant_of(experiment, arm, is_measured=True),
    }
    if arguments.json:
        json.dump(answer, sys.stdout, indent=2, ensure_ascii=False)
        print()
        return 0
    print(f"{experiment.name}: {_when(experiment, now)}")
    is_, is_not = VERBS[state]
    end = f" until {moment_text(experiment.ends_at)}" if state == "over" else ""
    if experiment.unit is Unit.REQUEST:
        print("This test draws an arm anew for each request")
    elif key is None:
        print(f"These ids name no {experiment.unit}: an arm is drawn for each request")
    elif arm is None:
        print(f"{key} {is_not} in the test: it is in bucket {answer['bucket']} of the layer {experiment.layer},")
        print(f"of which the test has {experiment.first_bucket} to {experiment.end_bucket - 1}")
    else:
        shown = "both lists as one" if experiment.interleaved else f"{arm.name}, {arm.reference or 'nothing'}"
        print(f"{key} {is_} shown {shown}{end}")
    return 0


def _when(experiment: "Experiment", now: datetime) -> str:
    from experiments.differences import moment_text

    if experiment.is_running(now):
        return f"running, until {moment_text(experiment.ends_at)}"
    if now < experiment.starts_at:
        return f"has not begun, starts {moment_text(experiment.starts_at)}"
    return f"ended {moment_text(experiment.ends_at)}"


def _named(arguments: argparse.Namespace) -> "Experiment":
    from experiments.experiments_file import read_experiments
    from service.core.placements import PLACEMENTS

    found = read_experiments(arguments.file, PLACEMENTS).experiments
    faults = []
    if arguments.name not in found:
        faults.append(
            Fault("NAME", f"{arguments.file} has {', '.join(found) or 'no tests'}, and not {arguments.name!r}")
        )
    # Bytes that are no UTF-8 arrive as halves of a pair, which have no bytes of their own.
    broken = [name for name in IDS if any("\ud800" <= letter <= "\udfff" for letter in getattr(arguments, name))]
    faults.extend(Fault(f"--{name.replace('_', '-')}", "must be UTF-8, as it is in requests") for name in broken)
    if faults:
        raise InvalidInputError("the question", faults)
    return found[arguments.name]
