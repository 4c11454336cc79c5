"""`shopkeeper experiment list`: every test there is, and every one that there was."""

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.experiment_definition import state_of
from cli.experiment_validate import DEFAULT_FILE
from cli.privacy_options import NoLedgerError, add_state_uri, opened_database
from cli.tables import plain_table

if TYPE_CHECKING:
    from experiments.definition import Experiment
    from service.adapters.served_tests import ServedTest

WIDTH = 200
"""Columns that all there is takes: what is cut off says nothing."""
TAKEN_OUT = "no longer in the file"
DAY = timedelta(days=1)


def add_parser(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "list",
        help="list the tests of a file, and those that servers ran",
        description=(
            "Lists the tests of a file and those that servers ran, by their salts: whether they are planned, running, "
            "over, or no longer in the file, and where the file has something else than servers run."
        ),
    )
    parser.add_argument(
        "--file", type=Path, default=DEFAULT_FILE, metavar="FILE", help=f"of tests; by default {DEFAULT_FILE}"
    )
    add_state_uri(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, with both definitions of each test")
    parser.set_defaults(act=list_tests)


def list_tests(arguments: argparse.Namespace) -> int:
    """Print the tests: those of the file in its order, then those that servers ran, the first first.

    Without a database the file's alone, which is said.

    Raises:
        InvalidInputError: With every fault of the file.
        StoreUnavailableError: The database cannot be read.
    """
    from experiments.experiments_file import read_experiments
    from service.core.placements import PLACEMENTS

    in_file = {test.salt: test for test in read_experiments(arguments.file, PLACEMENTS).experiments.values()}
    try:
        served = _served(arguments)
    except NoLedgerError as error:
        print(f"Of the file alone: {error}", file=sys.stderr)
        served = {}
    rows = [Listed(in_file.get(salt), served.get(salt)) for salt in {**in_file, **served}]
    now = datetime.now(UTC)
    if arguments.json:
        json.dump({"experiments": [_plain(row, now) for row in rows]}, sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        _print(rows, now)
    return 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A salt.

    Attributes:
        in_file: The test as the file has it; None where it does not.
        served: The test as servers ran it; None where none did.
    """

    in_file: "Experiment | None"
    served: "ServedTest | None"

    @property
    def test(self) -> "Experiment | None":
        """By the file, else as it was served; None where a later release says more of it."""
        return self.in_file or (self.served.definition if self.served else None)

    @property
    def called(self) -> tuple[str, str]:
        """Its name and its salt."""
        one = self.in_file or self.served
        return (one.name, one.salt) if one else ("", "")

    def state(self, now: datetime) -> str:
        """Planned, running, over or no longer in the file."""
        return TAKEN_OUT if self.in_file is None else state_of(self.in_file, now)

    def days(self, now: datetime) -> tuple[int | None, int | None]:
        """Whole days that it has run, and days that are left; None of one that was taken out, nobody knows when."""
        test = self.in_file
        if test is None:
            return None, None
        gone = min(max(now, test.starts_at), test.ends_at)
        return (gone - test.starts_at) // DAY, math.ceil((test.ends_at - gone) / DAY)

    def differs(self) -> Iterator[str]:
        """What the file says otherwise than servers."""
        from experiments.differences import differences

        if self.in_file is None or self.served is None or self.served.definition is None:
            return
        for one in differences(self.served.definition, self.in_file):
            yield f"the file has {one.field} {one.after} where servers run {one.before}"


def _served(arguments: argparse.Namespace) -> Mapping[str, "ServedTest"]:
    from service.adapters.served_tests import served_tests

    with opened_database(arguments, writes=False) as database, database.reading() as connection:
        return served_tests(connection)


def _print(rows: list[Listed], now: datetime) -> None:
    from rich.console import Console

    if not rows:
        print("no tests")
        return
    table = plain_table("", "test", "", "", "start", "end", "days gone", "left", "", "arms")
    table.title = None
    table.columns[-1].justify = "left"
    for row in rows:
        name, salt = row.called
        cells = [name, "" if salt == name else f"salt {salt}", row.state(now)]
        if test := row.test:
            cells += [f"{moment:%Y-%m-%d}" for moment in (test.starts_at, test.ends_at)]
            cells += ["" if days is None else str(days) for days in row.days(now)]
            cells += [", ".join(test.placements), ", ".join(arm.name for arm in test.arms)]
        table.add_row(*cells)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.width = max(console.width, WIDTH)
    console.print(table)
    for row in rows:
        for difference in row.differs():
            print(f"{row.called[0]}: {difference}")
        if row.test is None:
            print(f"{row.called[0]}: a later release served it, and says more of it than this one reads")


def _plain(row: Listed, now: datetime) -> dict[str, Any]:
    from experiments.plain import to_plain

    (name, salt), test, (gone, left) = row.called, row.test, row.days(now)
    served = row.served.definition if row.served else None
    return {
        "name": name,
        "salt": salt,
        "state": row.state(now),
        "starts_at": test.starts_at.isoformat() if test else None,
        "ends_at": test.ends_at.isoformat() if test else None,
        "days_gone": gone,
        "days_left": left,
        "placements": list(test.placements) if test else None,
        "arms": [arm.name for arm in test.arms] if test else None,
        "first_served_at": row.served.first_seen_at.isoformat() if row.served else None,
        "differs": list(row.differs()),
        "in_file": to_plain(row.in_file) if row.in_file else None,
        "served": to_plain(served) if served else None,
    }
