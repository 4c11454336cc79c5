"""`shopkeeper privacy import`: what shoppers answered elsewhere, into the ledger."""

import argparse
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.privacy_options import add_json, add_keys, add_state_uri, opened_store
from cli.training_run import DEFAULT_QUARANTINE, path_if_given
from models.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from rich.progress import Progress

MEMORY_LIMIT = "512MB"
"""What the sort of the files may use before it spills to disk."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = subparsers.add_parser(
        "import",
        help="put answers and links from files into the ledger",
        description=(
            "Reads the consent and identities that `shopkeeper train` reads, Parquet or CSV, and records every row "
            "once, however often it is read. Bad rows are set aside with a reason; of them what may be a no is a no."
        ),
    )
    parser.add_argument("--consent", type=path_if_given, metavar="FILE", help="what shoppers answered")
    parser.add_argument("--identities", type=path_if_given, metavar="FILE", help="which visitor is which customer")
    parser.add_argument(
        "--quarantine",
        type=Path,
        metavar="DIR",
        help=f"folder for bad rows (default: a new one in {DEFAULT_QUARANTINE})",
    )
    add_state_uri(parser)
    add_keys(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, record and print the counts.

    Raises:
        InvalidInputError: With every fault of the options or the files; then nothing is recorded.
        ShopkeeperError: The ledger cannot be written to.
    """
    paths = {"consent": arguments.consent, "identities": arguments.identities}
    faults = [Fault(f"--{name}", f"{path} is not there") for name, path in paths.items() if path and not path.exists()]
    if not any(paths.values()):
        faults.append(Fault("--consent", "or --identities is needed"))
    if faults:
        raise InvalidInputError("privacy import", faults)
    from cli.privacy_files import answers, doubts, links, open_files
    from privacy.store.bulk import Bulk
    from training.reading import workspace

    now = datetime.now(UTC)
    quarantine = arguments.quarantine or DEFAULT_QUARANTINE / f"{now:%Y%m%dT%H%M%S}"
    with (
        opened_store(arguments, writes=True) as opened,
        workspace(threads=None, memory_limit=MEMORY_LIMIT) as backend,
        _bar() as bar,
    ):
        bulk = Bulk(opened.database, opened.ring, secrets.randbits)
        task = bar.add_task("checking rows", total=None)
        files = open_files(backend, paths, quarantine, now)
        bar.update(task, description="recording", total=sum(files.n_rows.values()))
        counts = {"links": 0, "answers": 0, "doubts": 0}
        # Links first: a no is then heard by all that the shopper is.
        if files.identities is not None:
            for batch in links(files.identities, now):
                counts["links"] += bulk.links(batch)
                bar.advance(task, len(batch))
        for some in doubts(files.consent, files.identities, now):
            counts["doubts"] += bulk.answers(some)
        if files.consent is not None:
            for some in answers(files.consent):
                counts["answers"] += bulk.answers(some)
                bar.advance(task, len(some))
        bulk.carry()
        head = opened.store.head()
    written = {"position": head.count, "hash": head.hash.hex()}
    bad_rows = quarantine if any(files.n_quarantined.values()) else None
    told = {
        "read": dict(files.n_rows),
        "recorded": counts,
        "quarantined": {name: dict(reasons) for name, reasons in files.n_quarantined.items()},
        "quarantine": None if bad_rows is None else str(bad_rows),
        **written,
    }
    if arguments.json:
        import json

        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_sentences(told)))
    return 0


def _sentences(told: dict[str, Any]) -> Iterator[str]:
    for name, n_rows in told["read"].items():
        yield f"{name}: {n_rows:,} rows read"
        for reason, n_bad in told["quarantined"][name].items():
            yield f"  {n_bad:,} set aside: {reason}"
    new = told["recorded"]
    yield f"New in the ledger: {new['answers']:,} answers, {new['links']:,} links"
    if new["doubts"]:
        yield f"and {new['doubts']:,} refusals, for rows that cannot be read and may be a no"
    if told["quarantine"]:
        yield f"Bad rows: {told['quarantine']}"
    yield f"The ledger ends at {told['position']}:{told['hash']}"


@contextmanager
def _bar() -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns: Sequence[Any] = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress
