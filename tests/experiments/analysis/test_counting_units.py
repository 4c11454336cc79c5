"""Whose the counts are: people, sessions or requests, each in one arm."""

from datetime import date
from pathlib import Path

from experiments.definition import Metric, Unit
from tests.experiments.analysis.measured_rows import (
    CHALLENGER,
    DAY,
    HOUR,
    START,
    a_test,
    counted,
    event,
    impression,
    purchase,
)


def test_who_met_two_arms_is_in_neither_and_told(tmp_path: Path) -> None:
    rows = [
        impression(1, START),
        impression(1, START + DAY, exposure="other", **CHALLENGER),
        purchase(1, START + DAY),
        impression(2, START),
    ]
    counts = counted(tmp_path, rows)

    assert counts.n_crossed == 1
    assert [arm.n_units for arm in counts.arms.values()] == [1, 0]
    assert counts.arms["control"].metrics[Metric.BUYERS].x == 0


def test_sessions_of_one_person_may_be_of_two_arms(tmp_path: Path) -> None:
    rows = [
        impression(1, START, session_id="a"),
        impression(1, START + DAY, exposure="other", session_id="b", **CHALLENGER),
    ]
    counts = counted(tmp_path, rows, a_test(Unit.SESSION))

    assert counts.n_crossed == 0
    assert [arm.n_units for arm in counts.arms.values()] == [1, 1]


def test_arms_drawn_for_a_request_alone_are_not_in_the_analysis(tmp_path: Path) -> None:
    counts = counted(
        tmp_path, [impression(1, START, variant="s1/control~"), impression(2, START, variant="s2/control")]
    )

    assert [arm.n_units for arm in counts.arms.values()] == [0, 0]
    assert (counts.first_day, counts.last_day) == (None, None)


def test_of_a_session_clicks_and_assisted_revenue_go_by_the_token_wherever_they_come_from(tmp_path: Path) -> None:
    rows = [
        impression(1, START, session_id="a"),
        impression(1, START + 3 * HOUR, exposure="other", session_id="b"),
        event(1, "click", START + HOUR, exposure="page", session_id="a"),
        purchase(1, START + DAY, 20, exposure="page", session_id="c"),
    ]
    metrics = counted(tmp_path, rows, a_test(Unit.SESSION)).arms["control"].metrics

    assert metrics[Metric.CLICKERS].n == 2
    assert metrics[Metric.CLICKERS].x == 1
    assert metrics[Metric.ASSISTED_REVENUE].x == 20
    assert metrics[Metric.ASSISTED_REVENUE].xx == 400
    assert metrics[Metric.BUYERS].x == 0
    assert metrics[Metric.REVENUE].x == 0


def test_exposures_without_a_session_are_of_no_session(tmp_path: Path) -> None:
    counts = counted(tmp_path, [impression(1, START), impression(2, START, session_id="a")], a_test(Unit.SESSION))

    assert counts.arms["control"].n_units == 1


def test_of_a_request_counts_what_came_with_its_token(tmp_path: Path) -> None:
    rows = [
        impression(1, START),
        impression(1, START + 2 * HOUR, exposure="other", **CHALLENGER),
        event(1, "click", START + HOUR, exposure="page"),
        event(1, "add_to_cart", START + 3 * HOUR, exposure="other", **CHALLENGER),
        purchase(1, START + DAY, 20, exposure="other", **CHALLENGER),
        purchase(1, START + DAY, 99),
    ]
    counts = counted(tmp_path, rows, a_test(Unit.REQUEST))
    control, challenger = (arm.metrics for arm in counts.arms.values())

    assert counts.n_crossed == 0
    assert (control[Metric.CLICKERS].x, challenger[Metric.CLICKERS].x) == (1, 0)
    assert (control[Metric.CART_ADDERS].x, challenger[Metric.CART_ADDERS].x) == (0, 1)
    assert (control[Metric.ASSISTED_REVENUE].x, challenger[Metric.ASSISTED_REVENUE].x) == (0, 20)


def test_the_same_answer_given_to_two_people_is_two_requests(tmp_path: Path) -> None:
    arm = counted(tmp_path, [impression(1, START), impression(2, START)], a_test(Unit.REQUEST)).arms["control"]

    assert arm.n_units == 2


def test_an_answer_seen_again_in_another_session_is_the_firsts(tmp_path: Path) -> None:
    # Of sixteen pairs of sessions, so that no order of hashes makes it right by chance.
    rows = [
        row
        for person in range(16)
        for row in (
            impression(person, START, session_id=f"{person} before"),
            impression(person, START + DAY, session_id=f"{person} after"),
            event(person, "click", START + HOUR, exposure="page"),
        )
    ]
    clickers = counted(tmp_path, rows, a_test(Unit.SESSION)).arms["control"].metrics[Metric.CLICKERS]

    assert (clickers.n, clickers.x) == (32, 16)


def test_what_cannot_be_put_down_to_a_request_is_not_counted(tmp_path: Path) -> None:
    metrics = (
        counted(tmp_path, [impression(1, START), purchase(1, START)], a_test(Unit.REQUEST)).arms["control"].metrics
    )

    assert not {Metric.BUYERS, Metric.ORDERS, Metric.REVENUE} & set(metrics)


def test_units_are_counted_by_the_tier_and_day_of_their_first_exposure(tmp_path: Path) -> None:
    rows = [
        impression(1, START, tier="none"),
        impression(1, START + DAY, exposure="other"),
        impression(2, START + DAY),
        impression(2, START + 2 * DAY, exposure="other", tier="none"),
    ]
    counts = counted(tmp_path, rows)
    arm = counts.arms["control"]

    assert arm.n_units_by_tier == {"history": 1, "none": 1}
    assert {day: sums[Metric.BUYERS].n for day, sums in arm.metrics_by_day.items()} == {
        date(2026, 3, 1): 1,
        date(2026, 3, 2): 1,
    }
    assert (counts.first_day, counts.last_day) == (date(2026, 3, 1), date(2026, 3, 3))
