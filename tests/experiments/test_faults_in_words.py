"""What is said of experiments.yaml when it is wrong: of which line and name, and how to write it instead."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.experiments_file import read_experiments
from tests.experiments.files import (
    CONTROL_ENTRY,
    INTERLEAVED,
    LEAST,
    NEW_ENTRY,
    PLACEMENTS,
    UNWEIGHED,
    faults_in,
    faults_of,
    fields_of,
)


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-12-01T00:00:00+25:00", "2026-12-01T00:00:00", "2026-12-01 00:00:00", "soon", "2026"]
)
def test_a_time_that_is_none_hides_no_other_fault(tmp_path: Path, text: str) -> None:
    content = yaml.safe_dump({"experiments": [{**LEAST, "starts": "S", "ends": "2026-12-40", "alpha": 3}]})
    faults = {
        fault.field: fault.description for fault in faults_in(tmp_path, content.replace("starts: S", f"starts: {text}"))
    }
    assert list(faults) == ["experiments[0].alpha", "experiments[0].ends", "experiments[0].starts"]
    assert (
        f"must be a day or a time with its zone, for instance 2026-12-01T00:00:00Z, is {text}"
        in faults["experiments[0].starts"]
    )


@pytest.mark.parametrize("text", ["2026-12-02T01:00:00+02:00", "2026-12-02 01:00:00 +02:00", "2026-12-01 23:00:00 Z"])
@pytest.mark.parametrize("quote", ["", "'"])
def test_a_time_is_read_in_quotes_or_not_in_any_form_of_yaml(tmp_path: Path, text: str, quote: str) -> None:
    path = tmp_path / "experiments.yaml"
    content = yaml.safe_dump({"experiments": [{**LEAST, "ends": "E"}]})
    path.write_text(content.replace("ends: E", f"ends: {quote}{text}{quote}"), encoding="utf-8")
    [test] = read_experiments(path, PLACEMENTS).experiments.values()
    assert test.ends_at == datetime(2026, 12, 1, 23, tzinfo=UTC)


def test_a_time_without_a_zone_is_told_with_one(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path, {**LEAST, "starts": "2026-12-01 08:30:00"})
    assert fault.description.endswith("; with the zone, in UTC: 2026-12-01T08:30:00Z")


def test_a_key_that_is_given_twice_is_told_with_its_second_line_beside_other_faults(tmp_path: Path) -> None:
    text = "experiments:\n  - name: a\n    name: b\n    arms: 1\n"
    faults = {fault.field: fault.description for fault in faults_in(tmp_path, text)}
    assert faults["experiments[0].name"] == (
        'line 3, test "b": name is given twice: in line 2, and again in line 3, column 5'
    )
    assert faults["experiments[0].arms"] == 'line 4, test "b": must be a list, is 1'


def test_a_fault_is_told_with_its_line_and_names(tmp_path: Path) -> None:
    arms = [CONTROL_ENTRY, {**NEW_ENTRY, "weight": 0}]
    text = yaml.safe_dump({"experiments": [{**LEAST, "alpha": 3, "arms": arms}]}, sort_keys=False)
    lines = text.splitlines()
    alpha, weight = lines.index("  alpha: 3") + 1, lines.index("    weight: 0") + 1
    assert [fault.description.split(": ")[0] for fault in faults_in(tmp_path, text)] == [
        f'line {weight}, test "ranker-2", arm "new"',
        f'line {alpha}, test "ranker-2"',
    ]


def test_what_has_no_name_is_told_by_its_place(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, LEAST, {**LEAST, "name": 42, "arms": [CONTROL_ENTRY, {"model": "m", "weight": 1}]})
    wheres = [fault.description.split(": ")[0].split(", ", 1)[1] for fault in faults]
    assert wheres[:2] == ["test 2", "test 2"]
    assert "test 2, arm 2" in wheres


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"arms": ["control", "new"]}, ["arms[0]", "arms[1]"]),
        ({"arms": ["control", "new"], "control": "new", "primary": "click_rate"}, ["arms[0]", "arms[1]"]),
        ({**INTERLEAVED, "arms": ["control", NEW_ENTRY]}, ["arms[0]"]),
        ({"arms": "control"}, ["arms"]),
        ({**INTERLEAVED, "arms": [UNWEIGHED[0], {**UNWEIGHED[1], "name": "NEW"}]}, ["arms[1].name"]),
        ({"arms": [{"name": "A", "model": "m", "weight": 1}, NEW_ENTRY], "control": "A"}, ["arms[0].name"]),
        (
            {"arms": [{"name": "a", "modle": "m", "weight": 1}, NEW_ENTRY], "primary": "click_rate"},
            ["arms[0].modle"],
        ),
        (
            {"arms": [{**CONTROL_ENTRY, "model": "latest"}, {**NEW_ENTRY, "model": "latest"}], "primary": "click_rate"},
            ["arms[0].model", "arms[1].model"],
        ),
    ],
)
def test_nothing_is_said_of_what_only_follows_from_a_fault(
    tmp_path: Path, changes: Mapping[str, Any], told: list[str]
) -> None:
    assert fields_of(tmp_path, {**LEAST, **changes}) == told


def test_an_entry_that_is_no_test_is_one_fault(tmp_path: Path) -> None:
    text = yaml.safe_dump({"experiments": [None, "ranker", dict(LEAST)]})
    assert [fault.field for fault in faults_in(tmp_path, text)] == ["experiments[0]", "experiments[1]"]


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        ({"window": 7}, "did you mean window_days?"),
        ({"arms": [CONTROL_ENTRY, {"name": "new", "modle": "m", "weight": 1}]}, "did you mean model?"),
        ({"guardrails": {"opt_out": 0.1}}, "did you mean opt_outs?"),
        ({"placements": ["product_pge"]}, "did you mean product_page?"),
        ({"primary": "Buyers"}, "did you mean buyers?"),
        ({"unit": "shoppers"}, "did you mean shopper?"),
        ({"control": "contrl"}, "did you mean control?"),
    ],
)
def test_a_word_that_is_much_like_a_known_one_is_told_with_it(
    tmp_path: Path, changes: Mapping[str, Any], question: str
) -> None:
    [fault] = faults_of(tmp_path, {**LEAST, **changes})
    assert question in fault.description


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({"smallest_effect": "5%"}, "in percent, without the sign: 5"),
        ({"traffic": [0, "12.5 %"]}, "in percent, without the sign: 12.5"),
        ({"traffic": "50%"}, "such as [0, 50], is 50%"),
        ({"arms": [CONTROL_ENTRY, {**NEW_ENTRY, "weight": "45%"}]}, "whole numbers in any sum: 45"),
        ({"arms": [CONTROL_ENTRY, {**NEW_ENTRY, "weight": 0.55}]}, "whole numbers in any sum: 55"),
        ({"arms": [CONTROL_ENTRY, {**NEW_ENTRY, "weight": 0.333}]}, "whole numbers in any sum, such as 1 and 2"),
        ({"arms": [CONTROL_ENTRY, {**NEW_ENTRY, "weight": 1.5}]}, "whole numbers in any sum, such as 1 and 2"),
        ({"alpha": "5%"}, "as a share, without the sign: 0.05"),
        ({"power": 80}, "as a share, not in percent: 0.8"),
        ({"guardrails": {"opt_outs": "0.1%"}}, "as a share, without the sign: 0.001"),
        ({"window_days": "7"}, "that is a text: write 7, without quotes"),
    ],
)
def test_a_number_in_another_form_is_told_how_to_write_it(tmp_path: Path, changes: Mapping[str, Any], how: str) -> None:
    [fault] = faults_of(tmp_path, {**LEAST, **changes})
    assert fault.description.endswith(how)


def test_a_guardrail_that_is_no_share_is_not_told_as_one(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path, {**LEAST, "guardrails": {"latency": "5%"}})
    assert "share" not in fault.description


def test_guardrails_that_are_no_margins_are_told_how_to_do_without_one(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path, {**LEAST, "guardrails": False})
    assert fault.description.endswith(
        "must be a mapping of margins, such as {latency: 20}; {muters: false} does without one of them, is false"
    )
