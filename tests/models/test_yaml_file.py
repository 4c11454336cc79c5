"""What is wrong with a file that a shop wrote is told in its own words, and where it is."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from models.errors import Fault
from models.yaml_file import flag_of, list_of, mapping_of, number, read_places, read_yaml, whole_number


def file_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def told_of(tmp_path: Path, text: str) -> list[str]:
    faults: list[Fault] = []
    read_yaml(file_of(tmp_path, text), faults)
    return [fault.description for fault in faults]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n\tb: 1", "line 2, column 1: a tab; indent and separate with spaces"),
        ("a: 1\nb: c: d", "line 2, column 5: a colon is not expected here"),
        ("a:\n  b: 1\n c: 2", "line 3, column 2: does not go with the indent of the lines before it"),
        ("a: [1, 2\nb: 3", "line 2, column 2: a comma or ] is missing before it"),
        ("a: 'b\nc: 1", "line 2, column 5: a quote that was opened is not closed"),
        ("a: @b", "line 1, column 4: a text cannot begin with @: put it in quotes"),
        ('a: "\\q"', "line 1, column 6: in double quotes \\ begins a sign of its own"),
        ("a: 1\n---\nb: 1", "line 2, column 1: --- begins another document"),
        ("a: *b", "line 1, column 4: *b is the name of nothing"),
        ("a: !b c", "line 1, column 4: a tag that is not known"),
        ("? [a]\n: 1", "line 1, column 3: a key must be a word"),
        ("a: 1\nb: 2026-13-01", "line 2, column 4: 2026-13-01 is no day, time or number"),
        ("a: 2026-12-01T00:00:00+25:00", "line 1, column 4: 2026-12-01T00:00:00+25:00 is no day, time or number"),
        ("a: !!timestamp b", "line 1, column 4: b is no day, time or number"),
        ("a: \0", "its letter number 4 is none that a text may have"),
        ("[" * 3_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_told_in_plain_words_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    [description] = told_of(tmp_path, text)
    assert description.startswith(f"is not YAML: {told}")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path, faults = tmp_path / "shop.yaml", list[Fault]()
    path.write_bytes(b"a: \xff")
    assert read_yaml(path, faults) == {}
    assert faults == [Fault(str(path), "is not YAML: it is no text in UTF-8 from byte 4 on")]


def test_keys_that_are_given_twice_are_told_with_both_lines_and_all_at_once(tmp_path: Path) -> None:
    path, faults = file_of(tmp_path, "a: 1\nb: {c: 1, c: 2}\na: 2\n"), list[Fault]()
    assert read_yaml(path, faults) == {"a": 2, "b": {"c": 2}}
    assert sorted((fault.field, fault.description) for fault in faults) == [
        ("a", "a is given twice: in line 1, and again in line 3, column 1"),
        ("b.c", "c is given twice: in line 2, and again in line 2, column 11"),
    ]


def test_a_merge_gives_no_key_twice(tmp_path: Path) -> None:
    assert told_of(tmp_path, "a: &x {b: 1}\nc: {<<: *x, b: 2}\nd: {<<: *x, b: 3}") == []


def test_days_and_times_are_read_or_kept_as_texts(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a: 2026-12-01\nb: 5\n")
    assert read_yaml(path, []) == {"a": date(2026, 12, 1), "b": 5}
    assert read_places(path, []).content == {"a": "2026-12-01", "b": 5}


def test_the_place_of_a_field_is_its_own_or_that_of_what_it_would_be_in(tmp_path: Path) -> None:
    written = read_places(file_of(tmp_path, "tests:\n  - name: a\n    arms: [1,\n      2]\n  - null\n"), [])
    fields = ("tests", "tests[0].arms", "tests[0].arms[1]", "tests[0].arms[1].name", "tests[0].ends", "tests[1]", "b")
    assert [written.place_of(field) for field in fields] == [(1, 1), (3, 5), (4, 7), (4, 7), (2, 5), (5, 5), (0, 0)]


@pytest.mark.parametrize("text", ["&a [*a]", "&a {b: *a}", "a: &a [1]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]"])
def test_what_holds_itself_or_the_same_again_and_again_is_gone_through_once(tmp_path: Path, text: str) -> None:
    assert len(read_places(file_of(tmp_path, text), []).places) <= 11


def whole(value: object, faults: list[Fault]) -> int:
    return whole_number(value, "a", 1, 9, faults)


def real(value: object, faults: list[Fault]) -> float:
    return number(value, "a", 0.5, 9, faults)


def flag(value: object, faults: list[Fault]) -> bool:
    return flag_of(value, "a", faults)


def list_(value: object, faults: list[Fault]) -> list[object]:
    return list_of(value, "a", faults)


def mapping(value: object, faults: list[Fault]) -> dict[str, object]:
    return mapping_of(value, "a", faults)


@pytest.mark.parametrize(
    ("read", "value", "told"),
    [
        (whole, None, "is missing: must be a whole number from 1 to 9"),
        (whole, True, "must be a whole number from 1 to 9, is true"),
        (whole, 10**70, "must be a whole number from 1 to 9, is a very long number"),
        (whole, "5", "must be a whole number from 1 to 9, is 5; that is a text: write 5, without quotes"),
        (real, "0,5", "must be a number from 0.5 to 9, is 0,5; that is a text: write 0.5, without quotes"),
        (real, float("nan"), "must be a number from 0.5 to 9, is no number"),
        (flag, "maybe\x1b\n so", "must be true or false, is maybe\N{REPLACEMENT CHARACTER} so"),
        (flag, date(2026, 12, 1), "must be true or false, is 2026-12-01"),
        (list_, False, "must be a list, is false"),
        (list_, " ", "must be a list, is an empty text"),
        (list_, {"b": None, "c": [1]}, "must be a list, is {b: null, c: [...]}"),
        (mapping, ["b", "c", 1, 2, 3, 4], "must be a mapping, keys with values, is [b, c, 1, 2, 3, ...]"),
        (mapping, "b" * 99, f"must be a mapping, keys with values, is {'b' * 57}..."),
    ],
)
def test_a_value_is_told_as_the_file_has_it(read: Callable[..., object], value: object, told: str) -> None:
    faults: list[Fault] = []
    read(value, faults)
    assert faults == [Fault("a", told)]


@pytest.mark.parametrize(("name", "meant"), [("modle", "model"), ("Model", "model"), ("window", "window_days")])
def test_an_unknown_key_is_told_with_the_one_it_is_most_like_and_read_as_that(name: str, meant: str) -> None:
    faults: list[Fault] = []
    assert mapping_of({name: 7}, "", faults, known=("model", "window_days")) == {meant: 7}
    assert faults == [Fault(name, f"unknown; did you mean {meant}? Known are model, window_days")]


def test_a_key_that_is_like_none_is_not_read() -> None:
    faults: list[Fault] = []
    assert mapping_of({"duration": 7}, "", faults, known=("description", "ends")) == {}
    assert faults == [Fault("duration", "unknown; known are description, ends")]


def test_a_key_that_is_there_is_not_overruled_by_one_that_is_like_it() -> None:
    assert mapping_of({"modle": 7, "model": 8}, "", [], known=("model",)) == {"model": 8}


def test_a_key_that_is_no_word_is_told_as_the_file_has_it() -> None:
    faults: list[Fault] = []
    mapping_of({False: 1}, "a", faults)
    assert [fault.field for fault in faults] == ["a.false"]
