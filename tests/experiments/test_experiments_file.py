"""What experiments.yaml may say, and where it is at fault when it is wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.definition import Arm, Experiment, Guardrail, Metric, Unit
from experiments.experiments_file import MARGINS, read_experiments
from models.errors import InvalidInputError
from tests.experiments.definitions import CONTROL, HOLDOUT, NEW, SHADOW
from tests.experiments.files import (
    CONTROL_ENTRY,
    HOLDOUT_ENTRY,
    INTERLEAVED,
    LEAST,
    NEW_ENTRY,
    PLACEMENTS,
    SHADOW_ENTRY,
    UNWEIGHED,
    faults_of,
    fields_of,
    read,
    the_one,
)


def test_a_whole_test_is_read(tmp_path: Path) -> None:
    found = the_one(
        tmp_path,
        placements=["product_page", "cart"],
        unit="visitor",
        layer="pages",
        traffic=[0.1, 20],
        salt="ranker-2-a",
        description="The new ranker sells more.",
        arms=[CONTROL_ENTRY, NEW_ENTRY, HOLDOUT_ENTRY, SHADOW_ENTRY],
        control="new",
        guardrails={"opt_outs": 0.01, "latency": False},
        window_days=7,
        alpha=0.01,
        power=0.9,
    )
    assert found == Experiment(
        name="ranker-2",
        salt="ranker-2-a",
        placements=("product_page", "cart"),
        arms=(CONTROL, NEW, HOLDOUT, SHADOW),
        control="new",
        unit=Unit.VISITOR,
        layer="pages",
        first_bucket=1,
        end_bucket=200,
        starts_at=datetime(2026, 12, 1, tzinfo=UTC),
        ends_at=datetime(2026, 12, 22, tzinfo=UTC),
        primary=Metric.BUYERS,
        smallest_effect=0.05,
        guardrails=(
            Guardrail(Metric.OPT_OUTS, 0.01),
            Guardrail(Metric.MUTERS, MARGINS[Metric.MUTERS]),
            Guardrail(Metric.DISMISSAL_RATE, MARGINS[Metric.DISMISSAL_RATE]),
            Guardrail(Metric.QUIET_SHARE, MARGINS[Metric.QUIET_SHARE]),
        ),
        window_days=7,
        alpha=0.01,
        power=0.9,
        description="The new ranker sells more.",
    )


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    found = the_one(tmp_path)
    assert (found.salt, found.control, found.unit, found.layer) == ("ranker-2", "control", Unit.SHOPPER, "default")
    assert (found.first_bucket, found.end_bucket) == (0, 1_000)
    assert {one.metric: one.margin for one in found.guardrails} == MARGINS
    assert (found.window_days, found.alpha, found.power, found.interleaved) == (14, 0.05, 0.8, ())
    assert found.description == ""


def test_two_lists_in_one_need_no_weights(tmp_path: Path) -> None:
    found = the_one(tmp_path, **INTERLEAVED)
    assert found.interleaved == ("control", "new")
    assert found.arms == (Arm("control", 1, "alias:champion"), Arm("new", 1, "version:12"))
    assert [one.metric for one in found.guardrails] == [Metric.DISMISSAL_RATE]


def test_no_file_and_an_empty_list_are_no_tests(tmp_path: Path) -> None:
    assert read_experiments(None, PLACEMENTS).experiments == {}
    assert read(tmp_path).experiments == {}


@pytest.mark.parametrize("text", ["", "experiments: {}", "tests: []", "experiments: []\nmore: 1", "[", "- 1"])
def test_a_file_that_lists_no_tests_is_a_fault(tmp_path: Path, text: str) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError):
        read_experiments(path, PLACEMENTS)


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_experiments(tmp_path / "away.yaml", PLACEMENTS)


def test_every_fault_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    one = {
        "name": "Ranker",
        "placements": ["checkout", "cart", "cart"],
        "unit": "people",
        "layer": "a b",
        "traffic": [0.05, 101],
        "starts": "2026-12-01T00:00:00",
        "ends": 7,
        "salt": 12,
        "arms": [
            {"name": "-", "model": "latest", "weight": 0},
            {"name": "a", "version": 0, "weight": 1.5, "colour": "red"},
            {"name": "a", "nothing": False, "weight": True},
            {"name": "b", "model": "m", "version": 1, "shadow": "yes"},
            {"name": "c", "nothing": True, "shadow": True, "weight": 1},
        ],
        "control": "c",
        "primary": "opt_outs",
        "smallest_effect": 0,
        "guardrails": {"buyers": 1, "latency": -1},
        "window_days": 15,
        "alpha": 0.3,
        "power": 1,
        "stop": "never",
    }
    assert fields_of(tmp_path, one) == [
        "name",
        "placements[0]",
        "placements[2]",
        "unit",
        "layer",
        "traffic[0]",
        "traffic[1]",
        "starts",
        "ends",
        "salt",
        "arms[0].name",
        "arms[0].model",
        "arms[0].weight",
        "arms[1].version",
        "arms[1].weight",
        "arms[1].colour",
        "arms[2].name",
        "arms[2].nothing",
        "arms[2].weight",
        "arms[3].weight",
        "arms[3]",
        "arms[3].shadow",
        "arms[4]",
        "arms[4].weight",
        "primary",
        "smallest_effect",
        "guardrails.buyers",
        "guardrails.latency",
        "window_days",
        "alpha",
        "power",
        "stop",
    ]


def test_what_must_be_there_is_asked_for(tmp_path: Path) -> None:
    needed = ["name", "arms", "starts", "ends", "placements", "primary", "smallest_effect"]
    assert fields_of(tmp_path, {}) == needed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends": "2026-12-01T00:00:00Z"}, "ends"),
        ({"ends": "2026-12-01T00:30:00+01:00"}, "ends"),
        ({"starts": "0001-01-01T00:00:00+14:00"}, "starts"),
        ({"traffic": [20, 20]}, "traffic"),
        ({"traffic": [20]}, "traffic"),
        ({"traffic": 20}, "traffic"),
        ({"placements": []}, "placements"),
        ({"placements": "cart"}, "placements"),
        ({"arms": [CONTROL_ENTRY]}, "arms"),
        ({"arms": [CONTROL_ENTRY, SHADOW_ENTRY]}, "arms"),
        ({"arms": [HOLDOUT_ENTRY, {**HOLDOUT_ENTRY, "name": "other"}]}, "arms"),
        ({"arms": [{**CONTROL_ENTRY, "name": f"a{n}"} for n in range(11)]}, "arms"),
        ({"arms": [CONTROL_ENTRY, {**NEW_ENTRY, "weight": 10_001}]}, "arms[1].weight"),
        ({"arms": [CONTROL_ENTRY, {**NEW_ENTRY, "name": "n" * 40}], "salt": "s" * 19}, "arms[1].name"),
        ({"arms": [CONTROL_ENTRY, NEW_ENTRY, SHADOW_ENTRY], "control": "next"}, "control"),
        ({"arms": [CONTROL_ENTRY, {**NEW_ENTRY, "model": "v2"}]}, "arms[1].model"),
        ({**INTERLEAVED, "arms": [CONTROL_ENTRY, NEW_ENTRY]}, "arms[0].weight"),
        ({**INTERLEAVED, "arms": [UNWEIGHED[0], {"name": "new", "nothing": True}]}, "interleave"),
        ({**INTERLEAVED, "arms": [*UNWEIGHED, {"name": "third", "model": "m"}]}, "interleave"),
        ({**INTERLEAVED, "arms": [*UNWEIGHED, SHADOW_ENTRY], "interleave": ["control", "next"]}, "interleave"),
        ({**INTERLEAVED, "interleave": ["control"]}, "interleave"),
        ({**INTERLEAVED, "interleave": ["control", "control"]}, "interleave"),
        ({**INTERLEAVED, "interleave": [["control"], {}]}, "interleave"),
        ({**INTERLEAVED, "guardrails": {"latency": 5}}, "guardrails.latency"),
        ({"unit": "request", "primary": "click_rate", "guardrails": {"opt_outs": 0.1}}, "guardrails.opt_outs"),
        ({"alpha": 0}, "alpha"),
        ({"smallest_effect": float("nan")}, "smallest_effect"),
    ],
)
def test_a_fault_is_told_where_it_is(tmp_path: Path, changes: Mapping[str, Any], field: str) -> None:
    assert fields_of(tmp_path, {**LEAST, **changes})[0] == field


def test_a_variant_of_sixty_bytes_has_room(tmp_path: Path) -> None:
    arms = [CONTROL_ENTRY, {**NEW_ENTRY, "name": "n" * 40}]
    assert the_one(tmp_path, arms=arms, salt="s" * 18).salt == "s" * 18


@pytest.mark.parametrize("primary", ["click_rate", "clickers", "cart_adders", "assisted_revenue"])
def test_a_holdout_is_not_judged_by_what_is_done_with_items(tmp_path: Path, primary: str) -> None:
    arms = [CONTROL_ENTRY, NEW_ENTRY, HOLDOUT_ENTRY]
    [fault] = faults_of(tmp_path, {**LEAST, "arms": arms, "primary": primary})
    assert fault.field == "experiments[0].primary"
    assert "take buyers or orders or revenue" in fault.description


@pytest.mark.parametrize("primary", ["buyers", "orders", "revenue"])
def test_a_request_is_not_judged_by_what_a_person_does(tmp_path: Path, primary: str) -> None:
    [fault] = faults_of(tmp_path, {**LEAST, "unit": "request", "primary": primary})
    assert "take click_rate or clickers or cart_adders or assisted_revenue" in fault.description


def test_a_request_has_no_guardrails_of_persons(tmp_path: Path) -> None:
    found = the_one(tmp_path, unit="request", primary="click_rate")
    assert [one.metric for one in found.guardrails] == [Metric.DISMISSAL_RATE, Metric.QUIET_SHARE, Metric.LATENCY]


@pytest.mark.parametrize("primary", ["buyers", "orders", "revenue"])
def test_lists_that_are_shown_as_one_are_not_judged_by_what_is_bought(tmp_path: Path, primary: str) -> None:
    [fault] = faults_of(tmp_path, {**LEAST, **INTERLEAVED, "primary": primary})
    assert fault.field == "experiments[0].primary"


def test_a_day_is_its_beginning_and_zones_are_heeded(tmp_path: Path) -> None:
    path = tmp_path / "experiments.yaml"
    text = yaml.safe_dump({"experiments": [{**LEAST, "starts": "S", "ends": "E"}]})
    path.write_text(
        text.replace("starts: S", "starts: 2026-12-01").replace("ends: E", "ends: 2026-12-02T01:00:00+02:00")
    )
    [test] = read_experiments(path, PLACEMENTS).experiments.values()
    assert test.starts_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert test.ends_at == datetime(2026, 12, 1, 23, tzinfo=UTC)
    assert test.ends_at.tzinfo is UTC


def test_names_and_salts_are_of_one_test(tmp_path: Path) -> None:
    other = {**LEAST, "starts": "2026-12-22T00:00:00Z", "ends": "2026-12-23T00:00:00Z"}
    faults = faults_of(
        tmp_path, LEAST, other, {**other, "name": "c", "salt": "ranker-2", "layer": "c", "placements": ["cart"]}
    )
    assert [(fault.field, fault.description.rpartition(": ")[2]) for fault in faults] == [
        ("experiments[1].name", "ranker-2 is the name of another test in this file"),
        ("experiments[2].salt", "ranker-2 is the salt of another test in this file"),
    ]


def test_a_salt_that_is_written_is_told_beside_a_name(tmp_path: Path) -> None:
    first = {**LEAST, "salt": "s"}
    other = {**first, "starts": "2026-12-22T00:00:00Z", "ends": "2026-12-23T00:00:00Z"}
    fields = [fault.field for fault in faults_of(tmp_path, first, other)]
    assert fields == ["experiments[1].name", "experiments[1].salt"]
