"""shopkeeper simulate: writes the data of a simulated shop."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cli.invocation import invocation
from models.errors import Fault, InvalidInputError, ShopkeeperError

if TYPE_CHECKING:
    from simulation.settings import Settings
    from simulation.summary import Summary

DEFAULT_SHOPPERS, DEFAULT_ITEMS, DEFAULT_DAYS = 20_000, 600, 365
INPUTS = ("events", "consent", "identities", "catalogue")
"""What a training is given: not the truth."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the subcommand `simulate`."""
    parser = subparsers.add_parser(
        "simulate",
        help="write the data of a simulated shop, with the truth behind it",
        description=(
            "Writes events, consent, identities and catalogue of a simulated shop as Parquet files of the native "
            "form, and truth.parquet: what truly goes with what. Same options, same bytes."
        ),
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="folder of the files; created if missing"
    )
    parser.add_argument("--shoppers", type=int, default=DEFAULT_SHOPPERS, help="people (default: %(default)s)")
    parser.add_argument("--items", type=int, default=DEFAULT_ITEMS, help="items, 50 or more (default: %(default)s)")
    parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="length of the history (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another shop (default: %(default)s)")
    parser.add_argument("--replace", action="store_true", help="replace the simulated shop that DIR holds")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Simulates and prints what was written.

    Raises:
        InvalidInputError: With every fault of the options.
        ShopkeeperError: The folder cannot be written to.
    """
    import dataclasses
    import json
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from simulation.simulate import simulate

    settings = checked_settings(
        arguments.out,
        arguments.shoppers,
        arguments.items,
        arguments.days,
        arguments.seed,
        is_replaced=arguments.replace,
    )
    console = Console(stderr=True)
    columns = (TextColumn("simulating"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("simulating", total=1.0)
        try:
            summary = simulate(settings, arguments.out, lambda share: bar.update(task, completed=share))
        except OSError as error:
            raise ShopkeeperError(f"cannot write to {arguments.out}: {error.strerror or error}") from error
    if arguments.json:
        json.dump({"out": str(arguments.out), **dataclasses.asdict(summary)}, sys.stdout, indent=2)
        print()
    else:
        _print_tables(summary, arguments.out)
    return 0


def checked_settings(
    out: Path, shoppers: int, items: int, days: int, seed: int, *, is_replaced: bool = False
) -> "Settings":
    """The settings, and a folder that may be written to.

    Args:
        out: The folder.
        shoppers: As in the settings, like the others.
        items: As in the settings.
        days: As in the settings.
        seed: As in the settings.
        is_replaced: Whether a simulated shop that is there may go.

    Raises:
        InvalidInputError: With every fault of the options.
    """
    from simulation.settings import Settings
    from simulation.simulate import foreign_files, simulated_files

    faults: list[Fault] = []
    try:
        settings = Settings(shoppers, items, days, seed)
    except InvalidInputError as error:
        faults += [Fault(f"--{fault.field}", fault.description) for fault in error.faults]
    foreign = foreign_files(out)
    if out.exists() and not out.is_dir():
        faults.append(Fault("--out", f"{out} is not a folder"))
    elif foreign:
        shown = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
        faults.append(Fault("--out", f"{out} holds what no simulation wrote ({shown}): choose an empty folder"))
    elif simulated_files(out) and not is_replaced:
        faults.append(Fault("--out", f"{out} holds a simulated shop already: name another, or --replace it"))
    if faults:
        raise InvalidInputError("simulate", faults)
    return settings


def _print_tables(summary: "Summary", out: Path) -> None:
    from rich.console import Console

    from cli.tables import plain_table

    n_events = sum(summary.events.values())
    sections = (
        ("events", [*summary.events.items(), ("all", n_events)]),
        (
            "people",
            [("shoppers", summary.shoppers), ("visitors", summary.visitors), ("customers", summary.customers)],
        ),
        (
            "shop",
            [
                ("items", summary.items),
                ("items bought", summary.items_bought),
                ("sessions", summary.sessions),
                ("orders", summary.orders),
                ("of these in the store", summary.store_orders),
                ("true pairs", summary.true_pairs),
            ],
        ),
    )
    table = plain_table("A simulated shop", "", "", "count", "share")
    for name, rows in sections:
        for place, (label, value) in enumerate(rows):
            share = f"{value / n_events:.1%}" if name == "events" and n_events else ""
            table.add_row("" if place else name, label, f"{value:,}", share, end_section=place == len(rows) - 1)
    for place, (use, value) in enumerate(summary.training_use.items()):
        share = f"{value / n_events:.1%}" if n_events else ""
        last = place == len(summary.training_use) - 1
        table.add_row("" if place else "for model training", use, f"{value:,}", share, end_section=last)
    for kind, purposes in summary.consent_records.items():
        for place, (purpose, statuses) in enumerate(purposes.items()):
            total = sum(statuses.values())
            share = f"{statuses['granted'] / total:.1%} granted" if total else ""
            label = "" if place else f"consent of {kind}s"
            table.add_row(label, purpose, f"{total:,}", share, end_section=place == len(purposes) - 1)
    for place, (name, size) in enumerate(summary.files.items()):
        table.add_row("" if place else "files", name, f"{size / 1e6:,.2f} MB", "")
    console = Console()
    console.print(table)
    files = [word for name in INPUTS for word in (f"--{name}", str(out / f"{name}.parquet"))]
    for line in (f"Written to {out}", "", f"Train with it: {invocation('shopkeeper', 'train', *files)}"):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
