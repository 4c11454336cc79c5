"""What is bought, in a test and before it: orders and money, counted by hand."""

from datetime import timedelta
from pathlib import Path

import pytest

from experiments.analysis.counting import BEFORE_DAYS
from experiments.definition import Metric, Unit
from tests.experiments.analysis.measured_rows import (
    DAY,
    HOUR,
    INSTANT,
    START,
    a_test,
    counted,
    impression,
    purchase,
    quiet,
)


@pytest.mark.parametrize(
    ("before", "counts"), [(0 * DAY, 0), (INSTANT, 1), (BEFORE_DAYS * DAY, 1), (BEFORE_DAYS * DAY + INSTANT, 0)]
)
def test_before_is_the_four_weeks_up_to_the_first_exposure(tmp_path: Path, before: timedelta, counts: int) -> None:
    metrics = counted(tmp_path, [impression(1, START), purchase(1, START - before, 30)]).arms["control"].metrics

    assert metrics[Metric.ORDERS].c == counts
    assert metrics[Metric.REVENUE].c == 30 * counts
    assert metrics[Metric.CLICKERS].c == counts
    assert metrics[Metric.ORDERS].x == (not before)


def test_an_order_of_two_items_before_is_one_order_and_two_events(tmp_path: Path) -> None:
    before = [purchase(1, START - DAY, 30, "o1"), purchase(1, START - DAY, 20, "o1")]
    metrics = counted(tmp_path, [impression(1, START), *before]).arms["control"].metrics

    assert (metrics[Metric.ORDERS].c, metrics[Metric.REVENUE].c, metrics[Metric.CLICKERS].c) == (1, 50, 2)


def test_an_order_is_one_with_however_many_items_and_without_a_number_by_its_moment(tmp_path: Path) -> None:
    rows = [
        impression(1, START),
        purchase(1, START + HOUR, 10, "o1"),
        purchase(1, START + 2 * HOUR, 10, "o1"),
        purchase(1, START + 3 * HOUR, 10),
        purchase(1, START + 3 * HOUR, 10),
        purchase(1, START + 4 * HOUR, 10),
    ]
    metrics = counted(tmp_path, rows).arms["control"].metrics

    assert metrics[Metric.ORDERS].x == 3
    assert metrics[Metric.REVENUE].x == 50


def test_money_of_another_currency_is_left_out_and_told(tmp_path: Path) -> None:
    rows = [
        impression(1, START),
        purchase(1, START + HOUR, 100),
        purchase(1, START + 2 * HOUR, 200),
        purchase(1, START + 3 * HOUR, 4_000, currency="SEK"),
        purchase(1, START + 4 * HOUR, 5, currency=None),
        purchase(1, START + 5 * HOUR, unit_price_minor=None),
    ]
    counts = counted(tmp_path, rows)
    metrics = counts.arms["control"].metrics

    assert metrics[Metric.REVENUE].x == 305
    assert metrics[Metric.ORDERS].x == 5
    assert (counts.currency, counts.n_foreign, counts.n_unpriced) == ("EUR", 1, 1)


def test_of_a_session_counts_what_was_bought_in_it_shown_or_not(tmp_path: Path) -> None:
    rows = [
        quiet(1, START, session_id="a"),
        purchase(1, START + HOUR, 10, session_id="a"),
        purchase(1, START + DAY, 20, session_id="b"),
    ]
    metrics = counted(tmp_path, rows, a_test(Unit.SESSION)).arms["control"].metrics

    assert metrics[Metric.BUYERS].n == 1
    assert metrics[Metric.REVENUE].x == 10
    assert metrics[Metric.ASSISTED_REVENUE].x == 0


def test_sums_are_exact_beyond_what_64_bits_hold(tmp_path: Path) -> None:
    minor = 10**13
    rows = [row for person in (1, 2) for row in (impression(person, START), purchase(person, START + DAY, minor))]

    assert counted(tmp_path, rows).arms["control"].metrics[Metric.REVENUE].xx == 2.0 * 10**26
