"""`shopkeeper rollback`: puts the version back that was served before."""

import argparse
import os
from typing import TYPE_CHECKING

from cli.training_run import MAX_REASON, add_tracking_uri, prepare, text_if_given, tracking_uri_of
from models.errors import Fault, InvalidInputError
from training.names import CHAMPION_ALIAS

if TYPE_CHECKING:
    from training.rollback import RolledBack


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "rollback",
        help="put the version back that was served before",
        description=(
            "Points an alias at the version that had it before; once more goes back further. No gate is asked. The "
            "version that is taken off is marked, so that no training brings it back by itself; promote does."
        ),
    )
    parser.add_argument("model", metavar="NAME", help="the registered model")
    parser.add_argument("--alias", default=CHAMPION_ALIAS, help="the alias to move (default: %(default)s)")
    parser.add_argument(
        "--to", type=text_if_given, metavar="VERSION", help="a version that had it earlier (default: the one before)"
    )
    parser.add_argument(
        "--reason", type=text_if_given, metavar="WHY", help="recorded with the version that is taken off and its run"
    )
    add_tracking_uri(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Move the alias back and print from where to where.

    Raises:
        InvalidInputError: The alias is none that MLflow takes, or the reason is too long.
        ShopkeeperError: There is nothing to go back to, or no such model or version.
    """
    prepare(os.environ)
    reason = (arguments.reason or "").strip()
    if len(reason) > MAX_REASON:
        fault = Fault("--reason", f"must be {MAX_REASON} characters or fewer, has {len(reason)}")
        raise InvalidInputError("rollback", [fault])
    import json
    from dataclasses import asdict

    from training.rollback import roll_back

    done = roll_back(
        arguments.model,
        alias=arguments.alias,
        to=arguments.to,
        reason=reason or None,
        tracking_uri=tracking_uri_of(arguments),
    )
    print(json.dumps(asdict(done), indent=2, ensure_ascii=False) if arguments.json else _told(done))
    return 0


def _told(done: "RolledBack") -> str:
    if done.before == done.version:
        return f"{done.model}: {done.alias} is version {done.version} already"
    return "\n".join(
        (
            f"{done.model}: {done.alias} version {done.before} -> version {done.version}",
            "Servers take it up at their next look at the alias: within --poll-interval-s, 2 s by default.",
            *(f"But {outcome.says_harm}." for outcome in done.harmful),
        )
    )
