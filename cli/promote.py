"""`shopkeeper promote`: moves an alias, and with it what is served, if the gate and the tests of models let it."""

import argparse
import os
from typing import TYPE_CHECKING

from cli.tables import plain_table
from cli.training_run import add_force, add_tracking_uri, faults_of_force, forced_by, prepare, tracking_uri_of
from models.errors import InvalidInputError, ShopkeeperError
from training.names import CHAMPION_ALIAS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from training.experiment_record import Outcome
    from training.promotion import Promotion
    from training.registry import Promoted


class GateError(ShopkeeperError):
    """A version is not fit to be champion."""

    reason = "GATE_REFUSED"


class HarmError(ShopkeeperError):
    """A test of models found that a version does harm."""

    reason = "HARM"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "promote",
        help="make a version the one that is served",
        description=(
            "Points an alias at a version. Servers that follow the alias take the version up by themselves. The "
            "champion's alias is moved only if the gate passes: relevance not below the champion's, calibration, the "
            "floor of shoppers, coverage; and if no test of models found that the version does harm. Exits with 1 "
            "where it is not. The tests that the version was in are shown."
        ),
    )
    parser.add_argument("model", metavar="NAME", help="the registered model")
    parser.add_argument("version", metavar="VERSION", help="a number, or an alias such as challenger")
    parser.add_argument("--alias", default=CHAMPION_ALIAS, help="the alias to move (default: %(default)s)")
    add_force(parser)
    add_tracking_uri(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask the gate and the tests, move the alias and print from where to where.

    Raises:
        InvalidInputError: The alias is none that MLflow takes, or what is forced has no reason.
        GateError: The gate refuses; what it found is printed first.
        HarmError: A test found harm; the tests are printed first.
        ShopkeeperError: There is no such model or version.
    """
    prepare(os.environ)
    if faults := faults_of_force(arguments):
        raise InvalidInputError("promote", faults)
    import json

    from rich.console import Console

    from cli.training_output import print_verdict
    from training.promotion import promote_through_gate

    promotion = promote_through_gate(
        arguments.model,
        arguments.version,
        alias=arguments.alias,
        tracking_uri=tracking_uri_of(arguments),
        forced=forced_by(arguments),
    )
    if arguments.json:
        print(json.dumps(_plain(arguments, promotion), indent=2, ensure_ascii=False))
    else:
        console = Console()
        print_verdict(console, promotion.verdict)
        print_tests(console, promotion.outcomes)
    moved, verdict = promotion.moved, promotion.verdict
    if moved is None:
        failed = [f"{', '.join(verdict.failed)} failed"] if verdict is not None and verdict.failed else []
        harm = [outcome.says_harm for outcome in promotion.harmful]
        refusal = HarmError if harm else GateError
        raise refusal(
            f"{arguments.model} version {promotion.version} is not promoted: {'; '.join([*failed, *harm])}; to promote "
            'it all the same: --force --reason "WHY"'
        )
    if not arguments.json:
        if verdict is not None or promotion.outcomes:
            print()
        print(_moved(moved))
        if promotion.forced is not None:
            print(f"Forced, and recorded so: {promotion.forced}")
    return 0


def print_tests(console: "Console", outcomes: "Sequence[Outcome]") -> None:
    """Print the tests that a version was in; nothing where there were none."""
    if not outcomes:
        return
    from rich.markup import escape

    table = plain_table("Tests it was in", "", "", "role", "difference", "reported")
    for column in table.columns[:-1]:  # of words, which may be long
        column.justify, column.no_wrap = "left", False
    versions = {outcome.version for outcome in outcomes}
    for outcome in outcomes:
        name = outcome.test if len(versions) == 1 else f"{outcome.test} (version {outcome.version})"
        cells = (name, outcome.verdict, outcome.role, "\n".join(_found(outcome)), outcome.reported_at[:10])
        table.add_row(*map(escape, cells), style="bold" if outcome.harms else None)
    console.print()
    console.print(table)


def _found(outcome: "Outcome") -> "Iterator[str]":
    """What decided, and what was harmed."""
    yield f"{outcome.decided_by} {outcome.difference}".strip()
    if outcome.harms and outcome.harm:
        yield f"harm: {outcome.harm}"
    if outcome.is_taken_back:
        yield f"harm was found on {outcome.harmed_at[:10]}, and not by the latest report"


def _moved(moved: "Promoted") -> str:
    if moved.before == moved.version:
        return f"{moved.model}: {moved.alias} is version {moved.version} already"
    before = "none" if moved.before is None else f"version {moved.before}"
    return f"{moved.model}: {moved.alias} {before} -> version {moved.version}"


def _plain(arguments: argparse.Namespace, promotion: "Promotion") -> dict[str, object]:
    from dataclasses import asdict

    moved, verdict = promotion.moved, promotion.verdict
    return {
        "model": arguments.model,
        "alias": arguments.alias,
        "version": promotion.version,
        "promoted": moved is not None,
        "before": None if moved is None else moved.before,
        "forced": promotion.forced,
        "gate": None if verdict is None else verdict.as_dict(),
        "tests": [{**asdict(outcome), "is_taken_back": outcome.is_taken_back} for outcome in promotion.outcomes],
    }
