"""One look for the tables that commands print."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def plain_table(title: str, *headings: str) -> "Table":
    """An empty table without a frame; columns without a heading hold words and lie left, the others right."""
    from rich import box
    from rich.table import Table

    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    for place, heading in enumerate(headings):
        words = place == 0 or heading == ""
        last = place == len(headings) - 1
        table.add_column(heading, justify="left" if words and not last else "right", no_wrap=True)
    return table
