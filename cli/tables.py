"""One look for the tables that commands print."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.table import Table


def plain_table(title: str, *headings: str) -> "Table":
    """An empty table without a frame; columns without a heading hold words and lie left, the others right.

    In a narrow terminal words are wrapped: a number that is cut is another number.
    """
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
        justify: Literal["left", "right"] = "left" if words and not last else "right"
        table.add_column(heading, justify=justify, no_wrap=not words, overflow="fold")
    return table
