"""Plots as SVG inside a page: text stays text, colours follow the page's, and nothing is loaded from elsewhere."""

import io
import re
from dataclasses import dataclass
from html import escape

import matplotlib as mpl
from matplotlib.figure import Figure as Picture

from training.canvas import BLUE, MUTED, ORANGE, RULE, VERMILION

COLOURS = {
    BLUE: "var(--blue)",
    ORANGE: "var(--orange)",
    VERMILION: "var(--vermilion)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    "#000000": "currentColor",
}
"""The plots' colours and what the page makes of them, light or dark."""

_HEAD = re.compile(r"\A.*?(?=<svg)", re.DOTALL)
_SIZE = re.compile(r'(<svg\b[^>]*?) width="[^"]*"([^>]*?)', re.DOTALL)
_HEIGHT = re.compile(r'(<svg\b[^>]*?) height="[^"]*"([^>]*?)', re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_ID = re.compile(r'(\bid="|(?:xlink:)?href="#|url\(#)')
_COLOUR = re.compile("|".join(map(re.escape, COLOURS)), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot ready for a page.

    Attributes:
        svg: The drawing as safe markup; its ids begin with the plot's name.
        caption: What to see in it, for everybody.
    """

    svg: str
    caption: str


def inline(picture: Picture, name: str, *, alternative: str, caption: str) -> Plot:
    """Draw a picture into the page.

    Args:
        picture: The picture; the same one gives the same bytes.
        name: Unique in the page; letters and hyphens.
        alternative: What it shows, for those who do not see it.
        caption: What to see in it, for everybody.
    """
    drawn = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        picture.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = _METADATA.sub("", _HEAD.sub("", drawn.getvalue()))
    svg = _HEIGHT.sub(r"\1\2", _SIZE.sub(r"\1\2", svg, count=1), count=1)
    svg = _ID.sub(lambda found: f"{found[1]}{name}-", svg)
    svg = _COLOUR.sub(lambda found: COLOURS[_as_written(found[0])], svg)
    labelled = f'<svg role="img" aria-labelledby="{name}-says"'
    title = f'<title id="{name}-says">{escape(alternative)}</title>'
    svg = re.sub(r"\A<svg([^>]*)>", lambda found: f"{labelled}{found[1]}>{title}", svg, count=1)
    return Plot(svg, caption)


def _as_written(colour: str) -> str:
    return colour.upper()
