"""`shopkeeper experiment report`: what a test says so far, and what is to be done about it."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.experiment_validate import DEFAULT_FILE
from cli.privacy_options import add_json, add_rules, add_state_uri
from cli.training_run import add_tracking_uri, prepare, tracking_uri_of
from models.errors import ShopkeeperError

if TYPE_CHECKING:
    from experiments.analysis.report import Report
    from experiments.definition import Experiment


def add_parser(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "report",
        help="say what a test found, and what is to be done about it",
        description=(
            "Counts what people of a test did who may be measured now, and says what follows: ship, keep running, stop "
            "for harm, broken, or no difference worth having. It may be read every day: its verdict stays right."
        ),
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the test, in the file")
    parser.add_argument(
        "--salt", metavar="SALT", help="of a test that is no longer in the file, instead: as servers last ran it"
    )
    parser.add_argument(
        "--file", type=Path, default=DEFAULT_FILE, metavar="FILE", help=f"of tests; by default {DEFAULT_FILE}"
    )
    add_state_uri(parser)
    add_rules(parser)
    parser.add_argument(
        "--events", type=Path, metavar="DIR", help="folder of Parquet files to count instead of the database"
    )
    parser.add_argument("--as-of", metavar="TIME", help="as it stood then, such as 2026-03-01T12:00Z (default: now)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots, too")
    parser.add_argument(
        "--record",
        metavar="MODEL",
        help="write the result to the versions of this registered model that were arms, and the report to a run",
    )
    add_tracking_uri(parser)
    add_json(parser)
    parser.set_defaults(run=report)


def report(arguments: argparse.Namespace) -> int:
    """Print the report, and write the page where one is wanted.

    Raises:
        InvalidInputError: With every fault of the options, of the file, or of the test beside what servers ran.
        ShopkeeperError: The database cannot be read, the page not be written, or the result not be recorded.
    """
    from cli.experiment_asked import asked
    from cli.experiment_counts import counts_of
    from experiments.analysis.page.writing import write_page
    from experiments.analysis.report import report_of

    now = datetime.now(UTC)
    experiment, as_of, warnings = asked(arguments, now)
    if experiment.interleaved:
        from cli.experiment_first_look import first_look

        return first_look(arguments, experiment, now, as_of, warnings)
    counts = counts_of(arguments, experiment, now, as_of)
    found = report_of(experiment, counts, as_of or now)
    found["verdict"]["warnings"] += warnings
    if arguments.html is not None:
        try:
            write_page(found, arguments.html)
        except OSError as error:
            raise ShopkeeperError(f"cannot write {arguments.html}: {error.strerror or error}") from error
    if arguments.json:
        json.dump(found, sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        from cli.experiment_report_tables import print_report

        print_report(found)
    if arguments.record is not None:
        # After it is told, as a registry that cannot be written to is no reason to count all of it again.
        _record(arguments, experiment, found)
    return 0


def _record(arguments: argparse.Namespace, experiment: "Experiment", found: "Report") -> None:
    """Keep it with the model's versions."""
    prepare(os.environ)
    from experiments.analysis.page.writing import render_page
    from training.experiment_record import record
    from training.experiment_result import result_of

    result = result_of(
        experiment,
        found,
        model=arguments.record,
        report_json=json.dumps(found, indent=2, ensure_ascii=False),
        report_html=render_page(found),
    )
    recorded = record(result, model=arguments.record, tracking_uri=tracking_uri_of(arguments))
    print(f"recorded in run {recorded.run_id}", file=sys.stderr)
    for version in recorded.still_harmful:
        print(
            f"An earlier report of this test found that version {version} does harm, and this one does not. What was "
            "found stays with the version: `promote` refuses it without --force --reason WHY.",
            file=sys.stderr,
        )
