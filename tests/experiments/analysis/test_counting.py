"""What is counted of whom: every rule on a table that is counted by hand."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from experiments.analysis.counting import BEFORE_DAYS, count
from experiments.analysis.measured import write_measured
from experiments.analysis.sums import MetricSums
from experiments.definition import Metric, Unit
from tests.experiments.analysis.measured_rows import (
    DAY,
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

HOUR = timedelta(hours=1)
CHALLENGER = {"variant": "s1/challenger"}


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


def test_sums_are_exact_beyond_what_64_bits_hold(tmp_path: Path) -> None:
    minor = 10**13
    rows = [row for person in (1, 2) for row in (impression(person, START), purchase(person, START + DAY, minor))]

    assert counted(tmp_path, rows).arms["control"].metrics[Metric.REVENUE].xx == 2.0 * 10**26


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
