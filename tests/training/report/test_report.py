"""The report as a page: whole, by itself, safe, and true to the figures."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.training.assessed import assessed_result_in
from tests.training.trained import REPORT, evaluation, result_in
from training.importance import FeatureShare
from training.report.writing import render_report, write_report

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Elements with their attributes, the text of each, and whether every element is closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.setdefault(self.open[-1], []).append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return render_report(assessed_result_in(tmp_path_factory.mktemp("trained")), comparison="Compared with version 3.")


@pytest.fixture
def page(html: str) -> Page:
    return Page(html)


def text(found: Page, tags: Sequence[str] = ("li", "p", "td", "th", "h2", "span")) -> str:
    return " ".join(part for tag in tags for part in found.texts.get(tag, [])).replace("\u202f", " ")


def test_every_element_is_closed_in_turn(page: Page) -> None:
    assert page.open == []


def test_nothing_is_loaded_from_elsewhere(page: Page, html: str) -> None:
    for tag, attributes in page.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "data", "background"} & set(attributes)
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "@import" not in html
    assert html.count("url(") == html.count("url(#")


def test_links_lead_to_what_is_there_and_ids_are_unique(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [attributes["href"] or "" for attributes in page.all("a")]
    assert len(links) == 10
    assert {link[1:] for link in links} <= set(ids)


def test_tables_say_what_they_are_and_which_cells_are_heads(page: Page) -> None:
    assert all(attributes.get("scope") in {"row", "col"} for attributes in page.all("th"))
    n_cards = len(page.all("article"))
    n_tables_of_cards = n_cards - text(page).count("No list of its own")
    assert len(page.all("caption")) == len(page.all("table")) - n_tables_of_cards


def test_every_plot_has_words_for_those_who_do_not_see_it(page: Page) -> None:
    drawings = page.all("svg")
    assert len(drawings) == 4
    titles = {attributes["id"] for attributes in page.all("title") if "id" in attributes}
    assert {attributes["aria-labelledby"] for attributes in drawings} == titles
    assert len(page.all("figcaption")) == 4


def test_headings_never_skip_a_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_what_comes_from_the_shop_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script>"
    result = assessed_result_in(tmp_path)
    assert result.assessment is not None
    head = next(iter(result.assessment.categories.values()))
    result = replace(
        result,
        ingest=replace(REPORT, assumed_consent=evil, n_quarantined={evil: 3}),
        assessment=replace(result.assessment, categories={evil: head}),
        importance=(FeatureShare(evil, 1.0, evil),),
    )
    html = render_report(result, comparison=evil)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 6
    assert Page(html).open == []


def test_the_headline_is_the_hit_rate_and_the_comparisons(page: Page) -> None:
    told = text(page, ["li"])
    assert "On 30.0 % (29.0 to 31.0 %) of 400 pages" in told
    assert "3.0 times that of the best-sold items" in told
    assert "is better than the best method alone, pair counts: NDCG +0.0500" in told
    assert "is better than the champion" in told
    assert "costs 0.0500 of NDCG" in told
    assert "at least 30.0 % probable: of that, 75.0 % is bought, and 0.0 % of the pages stay quiet" in told


@pytest.mark.parametrize(
    ("ranker", "says"), [(0.2, "is worse than the best"), (0.255, "cannot be told apart from the best")]
)
def test_a_ranker_that_is_not_better_is_not_called_better(tmp_path: Path, ranker: float, says: str) -> None:
    scored = evaluation(ranker=ranker, popularity=0.1, pair_counts=0.25)
    assert says in text(Page(render_report(replace(result_in(tmp_path), evaluation=scored))), ["li"])


def test_the_champion_is_named_only_where_there_is_one(page: Page, tmp_path: Path) -> None:
    assert "Compared with version 3." in text(page)
    assert "champion" in text(page, ["h2"])
    without = Page(render_report(result_in(tmp_path)))
    assert "champion" not in text(without, ["h2", "li", "th"])


def test_bars_say_whether_they_reach_what_is_wanted(page: Page) -> None:
    assert {"reaches it", "out of reach: the best there is"} <= set(page.texts["span"])
    assert "too few pages to choose on: the wanted precision itself" in page.texts["span"]


def test_a_bar_that_was_raised_says_what_was_chosen(tmp_path: Path) -> None:
    result = assessed_result_in(tmp_path)
    assert result.assessment is not None
    cart = result.assessment.bars["cart"]
    raised = replace(cart, bar=replace(cart.bar, min_probability=0.02, raised_from=0.004, n_shown=0))
    low = replace(result.assessment, bars={**result.assessment.bars, "cart": raised})
    spans = Page(render_report(replace(result, assessment=low))).texts["span"]
    assert "the least there is: training chose 0.4\u202f%" in spans


def test_what_was_left_out_is_told_by_reason(page: Page) -> None:
    told = text(page, ["th"])
    assert "left out: the shopper said no" in told
    assert "left out: the shopper was never asked" in told
    assert "made by fewer than 4 distinct shoppers" in told


def test_pages_show_what_is_published_and_what_is_under_the_bar(page: Page, html: str) -> None:
    assert len(page.all("article")) == 5
    assert {"camera", "lamp", "card"} <= set(page.texts["h4"])
    assert html.count('<tr class="under">') == 3  # of the camera's page bag and bulb, of the card's the bag
    assert "alternative" not in text(page, ["td"])
    assert "complement (by category)" in text(page, ["td"])


def test_settings_and_fingerprints_are_there(page: Page, html: str) -> None:
    assert "min_shoppers: 4" in html
    assert REPORT.used_fingerprint in page.texts["dd"]


def test_a_training_without_figures_has_a_report_that_says_so(tmp_path: Path) -> None:
    page = Page(render_report(result_in(tmp_path, scored=False)))
    assert "this model was not measured" in text(page, ["li"])
    assert page.all("svg") == []
    assert [section.get("id") for section in page.all("section")] == [None, "held-back", "read", "settings"]


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    result = assessed_result_in(tmp_path)
    write_report(result, tmp_path / "one.html")
    write_report(replace(result, seconds={"reading": 99.0}), tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
