"""What is counted of whom: every rule on a table that is counted by hand."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from experiments.analysis.counting import count
from experiments.analysis.measured import write_measured
from experiments.analysis.sums import MetricSums
from experiments.definition import Metric
from tests.experiments.analysis.measured_rows import (
    CHALLENGER,
    DAY,
    HOUR,
    INSTANT,
    START,
    WINDOW_DAYS,
    a_test,
    counted,
    event,
    impression,
    purchase,
    quiet,
)


def test_each_metric_of_two_people_by_hand(tmp_path: Path) -> None:
    counts = counted(
        tmp_path,
        [
            # The first sees three items of two answers, clicks two of them, puts one into the cart, buys twice.
            impression(1, START, "lamp"),
            impression(1, START, "bulb", position=2),
            impression(1, START + HOUR, "shade", "other"),
            event(1, "click", START + HOUR, "lamp", exposure="page"),
            event(1, "click", START + HOUR, "shade", exposure="other"),
            event(1, "add_to_cart", START + HOUR, "shade", exposure="other"),
            purchase(1, START + DAY, 300, "o1", exposure="page"),
            purchase(1, START + DAY, 50, "o1", quantity=2),
            purchase(1, START + 2 * DAY, 7, "o2"),
            # The second sees one, waves it away, and bought before.
            impression(2, START, "lamp"),
            event(2, "dismiss", START + HOUR, "lamp", exposure="page"),
            purchase(2, START - DAY, 40, "o3"),
            event(2, "add_to_cart", START - DAY),
        ],
    )
    metrics = counts.arms["control"].metrics

    assert metrics == {
        Metric.CLICK_RATE: MetricSums(2, 2, 4, 4, 10, 6, c=2, cc=4, xc=0, yc=2),
        Metric.CLICKERS: MetricSums(2, 1, 2, 1, 2, 1, c=2, cc=4, xc=0, yc=2),
        Metric.CART_ADDERS: MetricSums(2, 1, 2, 1, 2, 1, c=2, cc=4, xc=0, yc=2),
        Metric.BUYERS: MetricSums(2, 1, 2, 1, 2, 1, c=1, cc=1, xc=0, yc=1),
        Metric.ORDERS: MetricSums(2, 2, 2, 4, 2, 2, c=1, cc=1, xc=0, yc=1),
        Metric.REVENUE: MetricSums(2, 407, 2, 407**2, 2, 407, c=40, cc=1600, xc=0, yc=40),
        Metric.ASSISTED_REVENUE: MetricSums(2, 300, 2, 300**2, 2, 300, c=40, cc=1600, xc=0, yc=40),
        Metric.DISMISSAL_RATE: MetricSums(2, 1, 4, 1, 10, 1, c=2, cc=4, xc=2, yc=2),
    }
    assert counts.arms["control"].n_units == 2
    assert counts.arms["control"].n_exposures == 3


def test_arms_are_counted_apart_and_an_arm_without_units_is_there(tmp_path: Path) -> None:
    counts = counted(tmp_path, [impression(1, START, **CHALLENGER)])

    assert list(counts.arms) == ["control", "challenger"]
    assert [arm.n_units for arm in counts.arms.values()] == [0, 1]
    assert counts.arms["control"].metrics[Metric.BUYERS] == MetricSums(0, 0, 0, 0, 0, 0)


def test_the_sums_of_days_add_up_to_those_of_all(tmp_path: Path) -> None:
    rows = [
        row
        for person in range(1, 8)
        for row in (
            impression(person, START + person % 3 * DAY, exposure=f"page{person}"),
            event(person, "click", START + 5 * DAY, exposure=f"page{person}"),
            purchase(person, START + 6 * DAY, 10 * person),
            purchase(person, START - 6 * DAY, person),
        )
    ]
    arm = counted(tmp_path, rows).arms["control"]

    assert list(arm.metrics_by_day) == [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]
    assert [day[Metric.BUYERS].n for day in arm.metrics_by_day.values()] == [2, 3, 2]
    for metric, sums in arm.metrics.items():
        first, second, third = (day[metric] for day in arm.metrics_by_day.values())
        assert first + second + third == sums


def test_a_quiet_answer_is_an_exposure_of_no_items(tmp_path: Path) -> None:
    arm = counted(tmp_path, [quiet(1, START), purchase(1, START + DAY)]).arms["control"]

    assert (arm.n_units, arm.n_exposures) == (1, 1)
    assert arm.metrics[Metric.CLICK_RATE].y == 0
    assert arm.metrics[Metric.BUYERS].x == 1


def test_an_impression_told_twice_is_one(tmp_path: Path) -> None:
    rows = [impression(1, START), impression(1, START + HOUR / 2), event(1, "click", START + HOUR, exposure="page")]
    arm = counted(tmp_path, rows).arms["control"]

    assert arm.n_exposures == 1
    assert arm.metrics[Metric.CLICK_RATE].y == 1


def test_one_answers_item_is_clicked_once_and_of_another_answer_anew(tmp_path: Path) -> None:
    rows = [
        impression(1, START),
        impression(1, START, exposure="later"),
        *(event(1, "click", START + n * HOUR, exposure="page") for n in range(3)),
        event(1, "click", START + HOUR, exposure="later"),
    ]
    assert counted(tmp_path, rows).arms["control"].metrics[Metric.CLICK_RATE].x == 2


def test_the_same_answer_given_to_two_people_is_two_exposures(tmp_path: Path) -> None:
    arm = counted(tmp_path, [impression(1, START), impression(2, START)]).arms["control"]

    assert (arm.n_units, arm.n_exposures) == (2, 2)


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        (timedelta(0), 1),
        (-INSTANT, 0),
        (WINDOW_DAYS * DAY - INSTANT, 1),
        (WINDOW_DAYS * DAY, 0),
    ],
)
def test_the_window_begins_with_the_first_exposure_and_ends_before_its_end(
    tmp_path: Path, after: timedelta, counts: int
) -> None:
    rows = [
        impression(1, START),
        event(1, "click", START + after, exposure="page"),
        purchase(1, START + after),
    ]
    metrics = counted(tmp_path, rows).arms["control"].metrics

    assert metrics[Metric.CLICKERS].x == counts
    assert metrics[Metric.BUYERS].x == counts


def test_items_shown_after_the_window_are_no_denominator_of_clicks_in_it(tmp_path: Path) -> None:
    rows = [impression(1, START), impression(1, START + WINDOW_DAYS * DAY, exposure="late")]
    arm = counted(tmp_path, rows).arms["control"]

    assert arm.metrics[Metric.CLICK_RATE].y == 1
    assert arm.n_exposures == 2


def test_clicks_and_carts_are_those_of_what_the_test_showed(tmp_path: Path) -> None:
    rows = [
        impression(1, START),
        event(1, "click", START + HOUR),
        event(1, "click", START + HOUR, exposure="elsewhere", variant="other/control"),
        event(1, "add_to_cart", START + HOUR),
        event(1, "dismiss", START + HOUR, exposure="elsewhere", variant=""),
        # Of the other arm, and never seen.
        event(1, "click", START + HOUR, exposure="other", **CHALLENGER),
    ]
    metrics = counted(tmp_path, rows).arms["control"].metrics

    counted_of = (Metric.CLICK_RATE, Metric.CART_ADDERS, Metric.DISMISSAL_RATE)
    assert [metrics[metric].x for metric in counted_of] == [0, 0, 0]


def test_models_are_told_in_the_order_in_which_they_answered(tmp_path: Path) -> None:
    rows = [
        impression(1, START + DAY, model_version="items/9"),
        impression(2, START, model_version="items/10"),
        impression(3, START, model_version="items/11", **CHALLENGER),
        quiet(4, START, model_version=""),
    ]
    counts = counted(tmp_path, rows)

    assert counts.arms["control"].model_versions == ("items/10", "items/9")
    assert counts.arms["challenger"].model_versions == ("items/11",)


def test_as_of_a_time_nothing_later_is_known(tmp_path: Path) -> None:
    rows = [
        impression(1, START),
        purchase(1, START + DAY - INSTANT),
        purchase(1, START + DAY),
        impression(2, START + DAY),
    ]
    counts = counted(tmp_path, rows, as_of=START + DAY)

    assert counts.arms["control"].n_units == 1
    assert counts.arms["control"].metrics[Metric.ORDERS].x == 1


def test_the_order_of_rows_and_files_does_not_matter(tmp_path: Path) -> None:
    rows = [
        row
        for person in range(1, 50)
        for row in (
            impression(person, START + person * HOUR),
            event(person, "click", START + 2 * DAY, exposure="page"),
            purchase(person, START + 3 * DAY, person),
        )
    ]
    together, apart = tmp_path / "together", tmp_path / "apart"
    together.mkdir()
    apart.mkdir()
    write_measured([rows], together)
    for n in range(3):
        write_measured([list(reversed(rows[n::3]))], apart)
        (apart / "measured.parquet").rename(apart / f"part-{n}.parquet")

    assert count(a_test(), together) == count(a_test(), apart)


def test_no_events_at_all_are_counted_as_none(tmp_path: Path) -> None:
    counts = counted(tmp_path, [])

    assert [arm.n_units for arm in counts.arms.values()] == [0, 0]
