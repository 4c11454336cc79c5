"""What a new file does to tests is told before servers read it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from experiments.consequences import consequences_of
from experiments.definition import Experiment, Guardrail, Metric
from tests.experiments.definitions import END, START, a_test, all_of

DAY = timedelta(days=1)
NOW = START + DAY
RUNNING = a_test(name="run", salt="run")
PLANNED = a_test(name="plan", salt="plan", starts_at=NOW + DAY)
OVER = a_test(name="old", salt="old", starts_at=START - 9 * DAY, ends_at=START)


def told(before: list[Experiment], after: list[Experiment]) -> list[str]:
    found = consequences_of(all_of(*before), all_of(*after), NOW)
    return [f"{one.name}: {one.effect}" for one in found]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (RUNNING, "run: ends with this file and cannot be begun again"),
        (PLANNED, "plan: is taken out before it began"),
        (OVER, "old: was over, and is taken out"),
    ],
)
def test_what_the_file_lacks_is_told(test: Experiment, expected: str) -> None:
    assert told([test], []) == [expected]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (RUNNING, "run: begins now"),
        (PLANNED, "plan: begins 2026-12-03"),
        (OVER, "old: does not run: it ends 2026-12-01, which is past"),
    ],
)
def test_what_is_new_is_told(test: Experiment, expected: str) -> None:
    assert told([], [test]) == [expected]


def test_another_salt_is_the_end_of_one_test_and_the_beginning_of_another() -> None:
    after = replace(RUNNING, salt="run-b")
    found = consequences_of(all_of(RUNNING), all_of(after), NOW)
    assert [(one.name, one.salt) for one in found] == [("run", "run"), ("run", "run-b")]
    assert [one.effect.split()[0] for one in found] == ["ends", "begins"]


def test_every_change_is_told_with_what_was() -> None:
    after = replace(PLANNED, ends_at=END + 7 * DAY, guardrails=(Guardrail(Metric.LATENCY, 5.0),))
    assert told([PLANNED], [after]) == ["plan: ends 2026-12-22 -> 2026-12-29, guardrails.latency false -> 5"]
    assert told([RUNNING, PLANNED, OVER], [OVER, PLANNED, RUNNING]) == []


def test_an_end_that_has_come_is_for_good() -> None:
    assert told([RUNNING], [replace(RUNNING, ends_at=NOW)]) == ["run: ends now and cannot be begun again"]


def test_a_planned_test_whose_start_is_moved_to_the_past_begins_now() -> None:
    after = replace(PLANNED, starts_at=START)
    assert told([PLANNED], [after]) == ["plan: begins now, starts 2026-12-03 -> 2026-12-01"]
