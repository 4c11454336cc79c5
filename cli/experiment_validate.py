"""`shopkeeper experiment validate`: checks a file of tests before a server reads it."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.experiment_definition import length_days, print_test, shares_of_all, state_of
from models.errors import InvalidInputError

if TYPE_CHECKING:
    from experiments.consequences import Consequence
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
        help=(
            "the file that it shall take the place of: what may not change of tests that have begun is a fault; what "
            "else it changes, and which tests it begins and ends, is told"
        ),
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
        experiments, consequences = _checked(arguments.file, arguments.against, now)
    except InvalidInputError as error:
        if not arguments.json:
            raise
        faults = [{"field": fault.field, "description": fault.description} for fault in error.faults]
        _print_json({"faults": faults})
        return EXIT_INVALID_INPUT
    tests = experiments.experiments.values()
    if arguments.json:
        changes = {} if consequences is None else {"changes": [asdict(one) for one in consequences]}
        _print_json({"experiments": [_plain(test, now) for test in tests], "faults": [], **changes})
        return 0
    for test in tests:
        print_test(test, now)
    if consequences is not None:
        _print_changes(consequences, arguments.against)
    print(f"{len(tests)} test{'s' * (len(tests) != 1)}, no faults")
    return 0


def _checked(file: Path, against: Path | None, now: datetime) -> tuple["Experiments", "Sequence[Consequence] | None"]:
    """The tests of a file, and what it does to those of the one before; None where there is no such file."""
    from experiments.changes import faults_of_changes
    from experiments.consequences import consequences_of
    from experiments.experiments_file import read_experiments
    from service.core.placements import PLACEMENTS

    experiments = read_experiments(file, PLACEMENTS)
    if against is None:
        return experiments, None
    before = read_experiments(against, PLACEMENTS)
    if faults := faults_of_changes(before, experiments, now):
        raise InvalidInputError(str(file), faults)
    return experiments, consequences_of(before, experiments, now)


def _print_changes(consequences: "Sequence[Consequence]", against: Path) -> None:
    print(f"Beside {against}{':' if consequences else ' nothing changes'}")
    for one in consequences:
        salt = f" (salt {one.salt})" if one.salt != one.name else ""
        print(f"  {one.name}{salt}: {one.effect}")
    print()


def _plain(experiment: "Experiment", now: datetime) -> dict[str, Any]:
    from experiments.plain import to_plain

    return {
        **to_plain(experiment),
        "state": state_of(experiment, now),
        "days": length_days(experiment),
        "shares_of_all": shares_of_all(experiment),
    }


def _print_json(content: object) -> None:
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
    print()
