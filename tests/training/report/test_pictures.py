"""Plots inside a page: safe, named, and in the page's own colours."""

from xml.etree import ElementTree

import pytest

from training.canvas import BLUE, new_axes, set_title
from training.report.pictures import inline

TITLE = "{http://www.w3.org/2000/svg}title"


def svg_of(title: str = "A title", name: str = "one", alternative: str = "what it shows") -> str:
    picture, axes = new_axes(3)
    axes.plot([0, 1], [0, 1], color=BLUE)
    set_title(axes, title, "below")
    return inline(picture, name, alternative=alternative, caption="").svg


def test_it_is_one_element_that_names_itself() -> None:
    root = ElementTree.fromstring(svg_of())  # noqa: S314 - our own drawing
    assert root.get("role") == "img"
    title = root.find(TITLE)
    assert title is not None
    assert (title.text, title.get("id")) == ("what it shows", root.get("aria-labelledby"))


def test_it_fits_whatever_is_around_it() -> None:
    root = ElementTree.fromstring(svg_of())  # noqa: S314 - our own drawing
    assert root.get("viewBox")
    assert root.get("width") is root.get("height") is None


def test_colours_are_the_pages() -> None:
    svg = svg_of()
    assert "var(--blue)" in svg
    assert BLUE.lower() not in svg.lower()
    assert "#000000" not in svg


def test_text_stays_text_and_is_escaped() -> None:
    svg = svg_of("<b>bold</b> & so on", alternative='"><script>')
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; so on" in svg
    assert "<script>" not in svg


def test_ids_of_two_plots_differ_and_references_hold() -> None:
    both = [ElementTree.fromstring(svg_of(name=name)) for name in ("one", "two")]  # noqa: S314 - our own drawings
    ids = [{element.get("id") for element in root.iter()} - {None} for root in both]
    assert not ids[0] & ids[1]
    href = "{http://www.w3.org/1999/xlink}href"
    wanted = {element.get(href, "#")[1:] for element in both[0].iter()} - {""}
    assert wanted
    assert wanted <= ids[0]


@pytest.mark.parametrize("part", ["<?xml", "<!DOCTYPE", "<metadata", "dc:date"])
def test_nothing_of_the_files_frame_is_left(part: str) -> None:
    assert part not in svg_of()


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert svg_of() == svg_of()
