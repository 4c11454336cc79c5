"""`shopkeeper catalogue`: tells running servers what changed about the shop's items."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.connection import add_connection, connection_of
from models.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from cli.catalogue_client import Sent
    from cli.catalogue_files import Bad, CatalogueFile

EXIT_SOME_BAD = 1
EXIT_NONE_KNOWN = 1
MOST_NAMED = 10
"""Bad rows that are printed; `--json` prints all."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand with its own."""
    parser = subparsers.add_parser(
        "catalogue",
        help="tell running servers of prices and of what is sold out",
        description="Tells running servers what changed about the shop's items since the model was trained.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    update = actions.add_parser(
        "update",
        help="tell what the items of a file cost, and whether they can be bought",
        description=(
            "Reads the catalogue that `shopkeeper train` reads, and tells a server its prices and what is available; "
            "it and all that share its database go by that within a second. Where a row has no value nothing is said. "
            "It may be repeated: what a server knows in a newer form stays. Bad rows are not sent: the exit code is 1, "
            "as it is where the model knows none of the items, for then it may be another shop's server."
        ),
    )
    update.add_argument(
        "--catalogue", required=True, type=Path, metavar="PATH", help="Parquet, CSV or a folder of Parquet files"
    )
    update.add_argument(
        "--as-of",
        metavar="TIME",
        help="since when it is so, such as 2026-03-01T12:00:00Z (default: when the file was last written to)",
    )
    update.add_argument(
        "--force", action="store_true", help="that the model knows none of the items is as it should be"
    )
    update.add_argument("--json", action="store_true", help="print one JSON object")
    add_connection(update)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, send and say what became of it.

    Raises:
        InvalidInputError: With every fault of the options or the file; then nothing is sent.
        ShopkeeperError: No server answers, or it fails.
    """
    as_of = _moment(arguments.as_of)
    connection = connection_of(arguments)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from cli.catalogue_client import send
    from cli.catalogue_files import opened

    console = Console(stderr=True)
    columns = (TextColumn("telling of items"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        opened(arguments.catalogue, as_of) as file,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("telling", total=file.n_items)
        sent = send(file, connection, lambda n_sent: bar.update(task, completed=n_sent))
        bad = file.bad()
    if arguments.json:
        print(json.dumps(_plain(file, connection.target, sent, bad), ensure_ascii=False, indent=2))
    else:
        _print(file, connection.target, sent, bad)
    if _knows_none(sent) and not arguments.force:
        return EXIT_NONE_KNOWN
    return EXIT_SOME_BAD if bad else 0


def _knows_none(sent: "Sent") -> bool:
    """Whether there is a model that knows not one of the items."""
    return bool(sent.model_version and sent.n_items) and not sent.n_known


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        fault = Fault("--as-of", f"must be a moment with its zone such as 2026-03-01T12:00:00Z, is {text}")
        raise InvalidInputError("catalogue update", [fault])
    return moment.astimezone(UTC)


def _plain(file: "CatalogueFile", target: str, sent: "Sent", bad: "list[Bad]") -> dict[str, object]:
    return {
        "catalogue": str(file.path),
        "target": target,
        "as_of": file.as_of.isoformat(),
        "rows": file.n_rows,
        "told": sent.n_items,
        "known": sent.n_known,
        "outdated": sent.n_outdated,
        "model_version": sent.model_version,
        "bad": [{"item_id": one.item_id, "row": one.row, "reason": one.reason} for one in bad],
    }


def _print(file: "CatalogueFile", target: str, sent: "Sent", bad: "list[Bad]") -> None:
    print(f"{file.path}: told {target} of {sent.n_items:,} items, as of {file.as_of:%Y-%m-%d %H:%M:%S} UTC")
    if _knows_none(sent):
        print(f"{sent.model_version}, which answers there, knows none of them; they are kept for a model that does.")
        print(f"Is {target} this shop's server? --target names another, --force says that this one is meant.")
    elif sent.model_version:
        others = "" if sent.n_known == sent.n_items else "; the others are kept for a model that does"
        print(f"{sent.model_version} knows {sent.n_known:,} of them{others}")
    else:
        print("The server has no model yet; all are kept for the first one")
    if sent.n_outdated:
        print(f"Of {sent.n_outdated:,} something newer was known, which stays")
    n_silent = file.n_rows - len(bad) - sent.n_items
    if n_silent:
        print(f"Left out: {n_silent:,} rows that give neither price nor available")
    if bad:
        print(f"Not sent: {len(bad):,} bad rows")
        for one in bad[:MOST_NAMED]:
            print(f"  {one.item_id or one.row}: {one.reason}")
        if len(bad) > MOST_NAMED:
            print(f"  and {len(bad) - MOST_NAMED:,} more, which --json lists")
