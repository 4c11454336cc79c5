"""A test that has begun stays what it is, or takes another salt."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from experiments.changes import faults_of_changes
from experiments.definition import Arm, Experiment, Guardrail, Metric, Unit
from tests.experiments.definitions import CONTROL, END, HOLDOUT, NEW, SHADOW, START, a_test, all_of

DAY = timedelta(days=1)
BEFORE = a_test(end_bucket=500, arms=(CONTROL, NEW, HOLDOUT), placements=("cart", "product_page"))
SETTLED: dict[str, Any] = {
    "name": "other",
    "placements": ("cart",),
    "control": "new",
    "unit": Unit.VISITOR,
    "layer": "other",
    "first_bucket": 1,
    "starts_at": START + DAY,
    "primary": Metric.ORDERS,
    "smallest_effect": 0.06,
    "window_days": 7,
    "alpha": 0.1,
    "power": 0.9,
    "interleaved": ("control", "new"),
    "arms": (CONTROL, NEW),
}
FREE: dict[str, Any] = {
    "salt": "another",
    "ends_at": END + DAY,
    "end_bucket": 600,
    "guardrails": (Guardrail(Metric.LATENCY, 5.0),),
    "description": "Another one.",
}


def found(before: Experiment, after: Experiment, now: datetime = START + DAY) -> list[str]:
    return [
        fault.field.removeprefix("experiments[0].") for fault in faults_of_changes(all_of(before), all_of(after), now)
    ]


def test_every_attribute_is_settled_or_free() -> None:
    assert {*SETTLED, *FREE} == {field.name for field in fields(Experiment)}


@pytest.mark.parametrize("attribute", SETTLED)
def test_what_was_settled_needs_another_salt(attribute: str) -> None:
    after = replace(BEFORE, **{attribute: SETTLED[attribute]})
    assert len(found(BEFORE, after)) == 1
    assert found(BEFORE, replace(after, salt="ranker-2-b")) == []


@pytest.mark.parametrize("attribute", FREE)
def test_the_rest_may_change(attribute: str) -> None:
    assert found(BEFORE, replace(BEFORE, **{attribute: FREE[attribute]})) == []


@pytest.mark.parametrize(
    ("arms", "field"),
    [
        ((CONTROL, replace(NEW, weight=60), HOLDOUT), "arms.new.weight"),
        ((CONTROL, replace(NEW, reference="version:12"), HOLDOUT), "arms.new"),
        ((CONTROL, NEW, Arm("holdout", 5, "alias:m")), "arms.holdout"),
        ((NEW, CONTROL, HOLDOUT), "arms"),
        ((CONTROL, NEW, HOLDOUT, Arm("third", 5, "alias:m")), "arms"),
    ],
)
def test_arms_stay_with_their_weights_and_models(arms: tuple[Arm, ...], field: str) -> None:
    assert found(BEFORE, replace(BEFORE, arms=arms)) == [field]


def test_shadows_come_and_go() -> None:
    assert found(BEFORE, replace(BEFORE, arms=(SHADOW, *BEFORE.arms))) == []


def test_two_interleaved_lists_do_not_change_places_as_tokens_name_them_by_place() -> None:
    assert found(a_test(interleaved=("control", "new")), a_test(interleaved=("new", "control"))) == ["interleave"]


def test_the_order_of_placements_says_nothing() -> None:
    assert found(BEFORE, replace(BEFORE, placements=("product_page", "cart"))) == []


def test_traffic_does_not_shrink() -> None:
    assert found(BEFORE, replace(BEFORE, end_bucket=499)) == ["traffic"]


def test_what_has_not_begun_is_free() -> None:
    after = replace(BEFORE, **{**SETTLED, "end_bucket": 2})
    assert found(BEFORE, after, START - DAY) == []
    assert len(found(BEFORE, after, START)) > 10


def test_what_is_over_is_not_begun_again() -> None:
    later = replace(BEFORE, ends_at=END + DAY)
    assert found(BEFORE, later, END) == ["ends"]
    assert found(BEFORE, later, END - DAY) == []


def test_a_test_may_be_stopped_and_taken_out() -> None:
    assert found(BEFORE, replace(BEFORE, ends_at=START + DAY)) == []
    assert faults_of_changes(all_of(BEFORE), all_of(), START + DAY) == []


def test_a_salt_of_earlier_files_is_not_free() -> None:
    after = all_of(a_test(name="ranker-3"))
    faults = faults_of_changes(all_of(), after, START + DAY, used=[BEFORE])
    assert "experiments[0].name" in [fault.field for fault in faults]
    assert faults_of_changes(all_of(), all_of(BEFORE), START + DAY, used=[BEFORE]) == []


@pytest.mark.parametrize(("minutes_ago", "fields"), [(4, []), (6, ["ends"]), (60 * 24 * 365, ["ends"])])
def test_a_running_test_is_not_ended_in_the_past_which_could_not_be_taken_back(
    minutes_ago: int, fields: list[str]
) -> None:
    now = START + DAY
    before = replace(BEFORE, starts_at=START - 500 * DAY)
    assert found(before, replace(before, ends_at=now - timedelta(minutes=minutes_ago)), now) == fields


def test_who_ends_a_test_in_the_past_is_told_how_to_end_it() -> None:
    now = START + DAY
    [fault] = faults_of_changes(all_of(BEFORE), all_of(replace(BEFORE, ends_at=START + DAY / 2)), now)
    for word in ("is 2026-12-01T12:00:00Z", "at once", "take it out of the file", "ends: 2026-12-02T00:00:00Z"):
        assert word in fault.description


def test_a_test_that_ended_at_its_time_is_no_fault_of_the_file() -> None:
    assert found(BEFORE, BEFORE, END + 30 * DAY) == []
