"""The page says what the report says, in one file that loads nothing."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

from experiments.analysis.page.writing import render_page, write_page
from experiments.analysis.report import report_of
from experiments.analysis.sums import ArmCounts, Counts, Served
from experiments.definition import Arm
from tests.experiments.analysis.measured_rows import START, a_test
from tests.experiments.analysis.reported import NOW, TEST, arm, counts

REPORT = report_of(TEST, counts(arm("control", 0.1), arm("challenger", 0.2)), NOW)
PAGE = render_page(REPORT)


class Balance(HTMLParser):
    """Fails where an element is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, _tag: str, _attrs: object) -> None:
        """One that closes itself."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_verdict_comes_first() -> None:
    headline = REPORT["verdict"]["headline"]

    assert PAGE.index(headline) < PAGE.index("What each arm changed")
    assert '<section class="verdict ship"' in PAGE


def test_nothing_is_said_twice() -> None:
    headline, (first, *_) = REPORT["verdict"]["headline"], REPORT["verdict"]["sentences"]

    assert first in headline
    assert PAGE.count(first) == 1


def test_every_effect_is_a_row_and_a_mark() -> None:
    effects = PAGE[PAGE.index('id="effects"') : PAGE.index('id="days"')]

    assert effects.count('<svg class="forest"') == len(REPORT["effects"])
    assert effects.count("<circle") == len([one for one in REPORT["effects"] if one["control_value"]])


def test_days_are_a_line_with_a_band() -> None:
    assert len(re.findall(r'<polygon class="band"', PAGE)) == 1
    assert "1 Mar" in PAGE


def test_elements_are_closed_and_ids_are_there_once() -> None:
    balance = Balance()
    balance.feed(PAGE)
    ids = re.findall(r'\bid="([^"]*)"', PAGE)

    assert balance.open == []
    assert len(ids) == len(set(ids))


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert not re.findall(r"(?:src|href)=|url\(|@import|<script", PAGE)
    assert "default-src 'none'" in PAGE


def test_names_from_the_file_are_no_markup() -> None:
    evil = "<img src=x onerror=alert(1)>"
    test = a_test(arms=(Arm("control", 1, "alias:champion"), Arm(evil, 1, "alias:new")), name=evil)
    page = render_page(report_of(test, counts(arm("control", 0.1), arm(evil, 0.2)), NOW))

    assert evil not in page
    assert "&lt;img src=x" in page


def test_before_anybody_came_there_is_a_page() -> None:
    nothing = Counts({name: ArmCounts(name, 0, 0, {}) for name in ("control", "challenger")})
    page = render_page(report_of(TEST, nothing, START + timedelta(hours=1)))

    assert "Nothing can be compared yet" in page
    assert "Day by day" not in page


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    write_page(REPORT, tmp_path / "page.html")

    assert (tmp_path / "page.html").read_text(encoding="utf-8") == PAGE


def test_shadows_have_a_table_where_there_are_some() -> None:
    shadows = {"next": Served(100, 10, n_either=40, n_both=30), "idle": Served()}
    page = render_page(report_of(TEST, counts(arm("control", 0.1), arm("challenger", 0.2), shadows=shadows), NOW))
    balance = Balance()
    balance.feed(page)

    assert balance.open == []
    assert "75 %" in page[page.index("Shadows") :]
    assert "Shadows" not in PAGE
