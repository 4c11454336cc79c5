"""Reports of tests fit the terminal, or nothing of them is cut off."""

import re

import pytest

from cli.experiment_report_layout import LEFT_OUT, Grid, print_parts

WORDS = "A sentence of some length that is told with its figures: 11.4\u202f% of shoppers bought, and no more of them."
GRID = Grid(
    "Title",
    ("arm", "units", "exposures", "models"),
    [("control", "20 000", "60 000", "items/1"), ("challenger", "19 998", "59 994", "items/2")],
    spare=("exposures", "units"),
)


@pytest.fixture(params=[24, 34, 80])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Of a terminal."""
    columns: int = request.param
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": str(columns), "LINES": "25", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    return columns


def printed(capsys: pytest.CaptureFixture[str], *grids: Grid, notes: tuple[str, ...] = ()) -> list[str]:
    print_parts({"headline": WORDS, "sentences": [WORDS], "warnings": ["Mind it."]}, grids, notes)
    return re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out).splitlines()


def test_sentences_are_wrapped_by_words_at_the_width_there_is(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys)
    sentence = lines[: lines.index("")]
    assert max(map(len, sentence)) <= width
    assert " ".join(sentence) == WORDS
    assert [line for line in sentence if "11.4\u202f%" in line]


def test_a_table_leaves_out_columns_until_it_fits(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, GRID)
    [headings] = [line.split() for line in lines if line.startswith("arm")]
    assert headings == {24: ["arm", "models"], 34: ["arm", "units", "models"], 80: list(GRID.headings)}[width]
    assert max(map(len, lines)) <= width or lines[-1] == LEFT_OUT
    assert (" ".join(lines).endswith(LEFT_OUT)) is (width < 80)
    assert not [line for line in lines if "…" in line]


@pytest.mark.usefixtures("width")
def test_a_table_that_can_spare_nothing_is_whole_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    wide = Grid("Title", ("arm", "models"), [("challenger" * 9, "items/1")])
    assert [line for line in printed(capsys, wide) if "challenger" * 9 in line and "items/1" in line]


def test_where_nobody_knows_the_width_nothing_is_wrapped_and_no_column_is_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "20")
    lines = printed(capsys, GRID)
    assert lines[0] == WORDS
    assert [line.split() for line in lines if line.startswith("arm")] == [list(GRID.headings)]
    assert lines[-1] == "Note: Mind it."


def test_what_the_headline_says_is_not_said_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys).count(WORDS) == 1
