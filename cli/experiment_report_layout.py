"""Reports of tests on a terminal as wide as it is: sentences are wrapped, and tables leave columns out."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cli.tables import plain_table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

ANY = 10_000
"""Columns that no table takes."""
LEFT_OUT = "Columns are left out: a wider terminal, a file or --json has them."


@dataclass(frozen=True, slots=True)
class Grid:
    """A table before it is known how much room there is.

    Attributes:
        title: Above it.
        headings: Of its columns.
        rows: Cells of each.
        spare: Headings of columns that can be left out, the first to go first.
        bold: Rows that decide, by number.
    """

    title: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    spare: tuple[str, ...] = ()
    bold: frozenset[int] = frozenset()


def print_parts(verdict: Mapping[str, Any], grids: Iterable[Grid], notes: Iterable[str]) -> None:
    """Print the verdict, what it rests on, and what there is to note.

    Args:
        verdict: Of a report.
        grids: In their order.
        notes: Before the verdict's warnings.
    """
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    _say(console, verdict["headline"], style="bold")
    for sentence in verdict["sentences"]:
        if sentence not in verdict["headline"]:
            _say(console, sentence)
    is_whole = True
    for grid in grids:
        fitting = _fitting(console, grid)
        is_whole = is_whole and fitting is grid
        console.print()
        _say(console, grid.title, style="bold")
        # What is cut off says nothing: a table that can spare no more is wider than the terminal.
        with _as_wide_as(console, fitting):
            console.print(_table(fitting))
    told = [*notes, *(f"Note: {warning}" for warning in verdict["warnings"]), *([] if is_whole else [LEFT_OUT])]
    if told:
        console.print()
    for note in told:
        _say(console, note)


def _say(console: "Console", sentence: str, *, style: str | None = None) -> None:
    """Wrapped by words, and not between a number and its unit; not at all where nobody knows the width."""
    if console.is_terminal:
        sentence = textwrap.fill(sentence, console.width, break_long_words=False, break_on_hyphens=False)
    console.print(sentence, style=style, soft_wrap=True)


def _fitting(console: "Console", grid: Grid) -> Grid:
    """Of a file or a pipe nobody knows the width, so it has all columns."""
    fitting = grid
    for heading in grid.spare if console.is_terminal else ():
        if _width(console, fitting) <= console.width:
            break
        fitting = _without(fitting, heading)
    return fitting


def _without(grid: Grid, heading: str) -> Grid:
    place = grid.headings.index(heading)
    headings, *rows = (cells[:place] + cells[place + 1 :] for cells in (grid.headings, *grid.rows))
    return replace(grid, headings=headings, rows=rows)


def _width(console: "Console", grid: Grid) -> int:
    from rich.measure import Measurement

    return Measurement.get(console, console.options.update(max_width=ANY), _table(grid)).maximum


@contextmanager
def _as_wide_as(console: "Console", grid: Grid) -> Iterator[None]:
    width = console.width
    console.width = max(width, _width(console, grid))
    yield
    console.width = width


def _table(grid: Grid) -> "Table":
    table = plain_table("", *grid.headings)
    table.title = None
    for number, row in enumerate(grid.rows):
        table.add_row(*row, style="bold" if number in grid.bold else None)
    return table
