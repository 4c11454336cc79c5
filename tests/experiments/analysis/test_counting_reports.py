"""What pages said of an arm's answers, by arm and by person."""

from datetime import timedelta
from pathlib import Path

import pytest

from experiments.analysis.sums import Reports
from experiments.definition import Unit
from tests.experiments.analysis.measured_rows import DAY, START, a_test, counted, event, impression, purchase, quiet

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CHALLENGER = {"variant": "s1/challenger"}


def test_an_answer_is_reported_by_its_first_item_alone(tmp_path: Path) -> None:
    rows = [
        impression(1, START, "lamp"),
        impression(1, START, "bulb", position=2),
        impression(1, START, "shade", position=3),
        event(1, "click", START + MINUTE, "lamp", exposure="page"),
        purchase(1, START + DAY, exposure="page"),
    ]
    assert counted(tmp_path, rows).arms["control"].reports == Reports(1, 1, 1.0)


def test_where_the_first_item_was_not_seen_the_person_is_there_and_the_answer_is_not(tmp_path: Path) -> None:
    rows = [impression(1, START, "bulb", position=2), impression(2, START, "lamp")]
    assert counted(tmp_path, rows).arms["control"].reports == Reports(2, 1, 1.0)


def test_equal_answers_of_an_hour_are_one_exposure_and_each_is_reported(tmp_path: Path) -> None:
    rows = [impression(1, START + n * MINUTE) for n in range(3)] + [impression(2, START)]
    control = counted(tmp_path, rows).arms["control"]
    assert control.n_exposures == 2
    assert control.reports == Reports(2, 4, 10.0)


def test_empty_answers_are_reported_too(tmp_path: Path) -> None:
    rows = [quiet(1, START), quiet(1, START + MINUTE), impression(1, START + HOUR)]
    assert counted(tmp_path, rows).arms["control"].reports == Reports(1, 3, 9.0)


def test_who_met_two_arms_reported_the_answers_of_each(tmp_path: Path) -> None:
    rows = [impression(1, START), impression(1, START + HOUR, exposure="other", **CHALLENGER), impression(2, START)]
    counts = counted(tmp_path, rows)
    assert (counts.n_crossed, counts.arms["control"].n_units) == (1, 1)
    assert [arm.reports for arm in counts.arms.values()] == [Reports(2, 2, 2.0), Reports(1, 1, 1.0)]


def test_answers_drawn_for_a_request_alone_are_of_no_arm(tmp_path: Path) -> None:
    rows = [impression(1, START), impression(2, START, exposure="apart", variant="s1/control~")]
    assert counted(tmp_path, rows).arms["control"].reports == Reports(1, 1, 1.0)


@pytest.mark.parametrize("unit", [Unit.SESSION, Unit.REQUEST])
def test_a_person_is_one_whatever_the_unit(tmp_path: Path, unit: Unit) -> None:
    rows = [impression(1, START + n * DAY, exposure=f"page {n}", session_id=f"visit {n}") for n in range(3)]
    control = counted(tmp_path, rows, a_test(unit)).arms["control"]
    assert control.n_units == 3
    assert control.reports == Reports(1, 3, 9.0)


def test_an_arm_that_nobody_met_has_none(tmp_path: Path) -> None:
    assert counted(tmp_path, [impression(1, START)]).arms["challenger"].reports == Reports()
