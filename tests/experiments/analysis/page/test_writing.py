"""The page says what the report says, in one file that loads nothing."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from experiments.analysis.page.writing import render_page, write_page
from experiments.analysis.report import report_of
from experiments.analysis.sums import ArmCounts, Counts, MetricSums, Served
from experiments.definition import Arm, Metric
from experiments.experiments_file import read_experiments
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
    for words in ("Day by day", "Did every arm get", "How long it takes"):
        assert words not in page


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    write_page(REPORT, tmp_path / "page.html")

    assert (tmp_path / "page.html").read_text(encoding="utf-8") == PAGE


def page_of(*arms: ArmCounts, now: datetime = NOW, **changes: Any) -> str:
    """Of a test with these changes."""
    return render_page(report_of(replace(TEST, **changes), counts(*arms), now))


def row_of(page: str, metric: str) -> str:
    """Of the first table of effects."""
    [row] = [one for one in page[: page.index('id="days"')].split("<tr") if f'<span class="note">{metric}' in one]
    return row


def test_the_head_has_the_day_of_the_test() -> None:
    assert "Day 21 of 28, 1 Mar to 29 Mar 2026. Exposures from 1 Mar to 4 Mar." in PAGE


def test_relative_intervals_stand_in_the_table() -> None:
    found = re.search(r"\((\S+)\u202f% to (\S+)\u202f%, valid", REPORT["verdict"]["headline"])
    assert found is not None
    low, high = found.groups()
    assert f"any day {low} to {high}\u202f%" in row_of(PAGE, "buyers")


def test_no_interval_of_the_table_goes_under_nothing() -> None:
    page = page_of(arm("control", 0.2), arm("challenger", 0.08, n=150))
    row = row_of(page, "buyers")
    assert "any day \u2212100.0 to " in row
    assert "any day \u221220.00 to " in row


def test_only_what_can_end_the_test_has_a_colour() -> None:
    arms = arm("control", 0.1, n_opted_out=20), arm("challenger", 0.2, n_opted_out=400)
    clicks = {Metric.CLICKERS: MetricSums(4_000, 400, 4_000, 400, 4_000, 400)}
    more = {Metric.CLICKERS: MetricSums(4_000, 1_200, 4_000, 1_200, 4_000, 1_200)}
    page = page_of(
        *(replace(one, metrics={**one.metrics, **did}) for one, did in zip(arms, (clicks, more), strict=True))
    )
    assert row_of(page, "buyers").startswith(' class="better primary"')
    assert row_of(page, "opt_outs").startswith(' class="worse"')
    assert row_of(page, "clickers").startswith(' class="open"')
    assert row_of(page_of(*arms, guardrails=()), "opt_outs").startswith(' class="open"')


def test_a_holdout_beside_other_arms_has_no_guardrail_and_no_colour() -> None:
    arms = arm("control", 0.1), arm("challenger", 0.1), arm("holdout", 0.05)
    page = page_of(*arms, arms=(*TEST.arms, Arm("holdout", 1)))
    guardrails = page[page.index('id="guardrails"') : page.index('id="arms"')]
    assert "challenger" in guardrails
    assert "holdout" not in guardrails
    effects = page[page.index("<h3>holdout</h3>") : page.index('id="days"')]
    assert 'class="worse' not in effects
    assert "decides" not in effects


def test_what_it_takes_is_told_only_while_the_test_is_open() -> None:
    assert "How long it takes" in page_of(arm("control", 0.1), arm("challenger", 0.1))
    assert REPORT["plans"]
    assert "How long it takes" not in PAGE


def test_the_definition_can_be_read_as_a_file(tmp_path: Path) -> None:
    text = unescape(PAGE[PAGE.index('aria-label="Definition">') : PAGE.index("</pre>")].split(">", 1)[1])
    (tmp_path / "experiments.yaml").write_text(text, encoding="utf-8")
    assert read_experiments(tmp_path / "experiments.yaml", TEST.placements).experiments["ranker"] == TEST


def test_shadows_have_a_table_where_there_are_some() -> None:
    shadows = {"next": Served(100, 10, n_either=40, n_both=30), "idle": Served()}
    page = render_page(report_of(TEST, counts(arm("control", 0.1), arm("challenger", 0.2), shadows=shadows), NOW))
    balance = Balance()
    balance.feed(page)

    assert balance.open == []
    assert "75 %" in page[page.index("Shadows") :]
    assert "Shadows" not in PAGE
