"""What all pictures share: size, colours, axes, titles, rows of text with their marks."""

from collections.abc import Collection, Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture

from training.evaluation import Figure

# Okabe and Ito (2008), Color Universal Design: told apart by the colour-blind, and in print by their lightness.
BLUE, ORANGE, VERMILION = "#0072B2", "#E69F00", "#D55E00"
MUTED, RULE = "#444444", "#DDDDDD"

WIDTH_IN, DPI = 8.0, 110
ROW_IN = 0.36  # height of a line of text with its mark


def new_axes(height_in: float) -> tuple[Picture, Axes]:
    """A picture with one pair of axes, as wide as all of them."""
    picture = Picture(figsize=(WIDTH_IN, height_in), layout="constrained")
    axes = picture.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    return picture, axes


def rows_of_text(n_rows: int) -> tuple[Picture, Axes]:
    """A picture high enough for so many rows, with a grid to follow them down."""
    picture, axes = new_axes(1.5 + ROW_IN * n_rows)
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    return picture, axes


def set_title(axes: Axes, title: str, below: str) -> None:
    """Say what is seen, and in a smaller line of what."""
    axes.set_title(title, loc="left", fontsize=13, fontweight="bold", pad=24)
    axes.annotate(below, (0, 1), (0, 8), "axes fraction", "offset points", fontsize=9.5, color=MUTED, va="bottom")


def draw_intervals(axes: Axes, rows: Mapping[str, Figure], *, marked: Collection[str]) -> None:
    """Dots with intervals, highest on top; the marked ones stand out."""
    ordered = sorted(rows.items(), key=lambda row: (row[1].value, row[0]))
    for place, (name, figure) in enumerate(ordered):
        colour = VERMILION if name in marked else BLUE
        axes.plot([figure.low, figure.high], [place, place], color=colour, linewidth=2.5, solid_capstyle="butt")
        axes.plot(figure.value, place, marker="D" if name in marked else "o", markersize=7, color=colour)
        axes.annotate(
            f"{figure.value:.3f}", (figure.high, place), (8, 0), textcoords="offset points", va="center", fontsize=9
        )
    axes.set_yticks(range(len(ordered)), [name.replace("_", " ") for name, _ in ordered])
    for label, (name, _) in zip(axes.get_yticklabels(), ordered, strict=True):
        label.set_fontweight("bold" if name in marked else "normal")
    axes.set_ylim(-0.6, len(ordered) - 0.4)
