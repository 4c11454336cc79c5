"""`shopkeeper export-events`: what the server keeps of shoppers, as files for the next training."""

import argparse
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.nouns import counted
from cli.privacy_options import add_json, add_rules, add_state_uri, opened_database, rules_of
from models.errors import Fault, InvalidInputError, ShopkeeperError

if TYPE_CHECKING:
    from training.ledger.events import Exported


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "export-events",
        help="write what the server keeps of shoppers, for the next training",
        description=(
            "Writes a file for each day (UTC) that `shopkeeper train --events DIR --ledger URI --keys FILE` learns "
            "from: what is kept of shoppers of whom somebody answered about model training, and nobody no. People are "
            "the ledger's numbers; no id of theirs is in it. What they were shown before is in it while their yes to "
            "measurement counts, by the rules; empty answers, as of a test's holdout, are not, for nothing is learnt "
            "from them. Days that are there already are replaced, and those of which nothing is kept any more go: run "
            "it anew before each training, so that no copy outlives an erasure."
        ),
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="a new or empty folder, or that of another export"
    )
    parser.add_argument("--from", dest="first", metavar="DAY", help="first day, such as 2026-03-01 (default: all)")
    parser.add_argument("--to", dest="last", metavar="DAY", help="last day, itself included (default: all)")
    add_state_uri(parser)
    add_rules(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the files, and say of how many events.

    Raises:
        InvalidInputError: With every fault of the options.
        ShopkeeperError: The database cannot be read or the folder not be written.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from training.ledger.events import export_events, faults_of_folder

    out: Path = arguments.out
    first, last, faults = _days(arguments)
    try:
        faults += faults_of_folder(out)
        if faults:
            raise InvalidInputError("export-events", faults)
        rules = rules_of(arguments)
        console = Console(stderr=True)
        columns = (TextColumn("exporting events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with (
            opened_database(arguments, writes=False) as database,
            Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
        ):
            task = bar.add_task("exporting", total=None)
            exported = export_events(
                database,
                out,
                rules=rules,
                now=datetime.now(UTC),
                first=first,
                last=last,
                progress=lambda n_done, n_all: bar.update(task, completed=n_done, total=n_all),
            )
    except OSError as error:
        raise ShopkeeperError(f"cannot write to {out}: {error.strerror or error}") from error
    if arguments.json:
        print(json.dumps(_plain(out, exported), indent=2))
    else:
        _print(out, exported, is_part=first is not None or last is not None)
    return 0


def _days(arguments: argparse.Namespace) -> tuple[date | None, date | None, list[Fault]]:
    days: dict[str, date | None] = {"--from": None, "--to": None}
    faults = []
    for option, text in (("--from", arguments.first), ("--to", arguments.last)):
        try:
            days[option] = date.fromisoformat(text) if text else None
        except ValueError:
            faults.append(Fault(option, f"must be a day such as 2026-03-01, is {text}"))
    first, last = days["--from"], days["--to"]
    if first is not None and last is not None and last < first:
        faults.append(Fault("--to", f"is before --from: {last} is before {first}"))
    return first, last, faults


def _plain(out: Path, exported: "Exported") -> dict[str, object]:
    return {
        "out": str(out),
        "events": sum(exported.events.values()),
        "days": {day.isoformat(): n_events for day, n_events in exported.events.items()},
        "removed_days": [day.isoformat() for day in exported.removed],
        "left_out": exported.n_left_out,
        "empty_answers": exported.n_empty,
    }


def _print(out: Path, exported: "Exported", *, is_part: bool) -> None:
    days = list(exported.events)
    if days:
        n_events = sum(exported.events.values())
        print(f"{out}: {counted(n_events, 'event')} of {counted(len(days), 'day')}, {days[0]} to {days[-1]}")
    elif exported.n_left_out:
        print(f"{out}: no events, for nobody of whom some are kept may be learnt from")
    elif exported.n_empty:
        print(f"{out}: no events, for what is kept are empty answers alone")
    else:
        kept = "of these days" if is_part else "yet: servers keep those that they are told of, of shoppers who said yes"
        print(f"{out}: no events, for none are kept {kept}")
    if exported.n_left_out:
        whose = "people of whom nobody said yes to model training, or one no"
        print(f"Left out: {counted(exported.n_left_out, 'event')} of {whose}")
    if exported.n_empty:
        empty = counted(exported.n_empty, "empty answer that was seen", "empty answers that were seen")
        print(f"Left out: {empty}, of which nothing is learnt: `experiment report` counts them in the database")
    if exported.removed:
        print(f"Removed: {counted(len(exported.removed), 'day')} of which nothing is kept any more")
    if days:
        print(f"Train with it: shopkeeper train --events {out} --ledger URI --keys FILE --catalogue FILE ...")
