"""What people say of a test is a text of some lines."""

import pytest

from experiments.descriptions import MAX_LETTERS, description_of
from models.errors import Fault


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (" More people buy.\nBy five percent.\n", "More people buy.\nBy five percent."),
        ("ä\N{NO-BREAK SPACE}%" + "a" * (MAX_LETTERS - 3) + "\n", "ä\N{NO-BREAK SPACE}%" + "a" * (MAX_LETTERS - 3)),
    ],
)
def test_a_text_is_kept_without_blanks_around_it(value: object, text: str) -> None:
    faults: list[Fault] = []
    assert description_of(value, "a", faults) == text
    assert faults == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (5, "must be a text, is 5; put it in quotes, or below the key after |"),
        ({"More": "people"}, "must be a text, is {More: people}; put it in quotes, or below the key after |"),
        ("a" * (MAX_LETTERS + 1), "must be at most 500 letters, has 501"),
        ("a\x1b[2J", "must be without control signs, is a\N{REPLACEMENT CHARACTER}[2J"),
        ("a\ud800", "must be without control signs, is a\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_what_is_no_such_text_is_told(value: object, told: str) -> None:
    faults: list[Fault] = []
    assert description_of(value, "a", faults) == ""
    assert faults == [Fault("a", told)]
