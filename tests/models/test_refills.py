"""What is bought again, and after how long."""

from collections.abc import Sequence

import pytest

from models.histories import Histories
from models.refills import refill_interval_days, share_bought_again
from tests.models.worlds import build

DAY_S = 86_400


def bought(days_of: Sequence[Sequence[int]], *, once: int = 0) -> Histories:
    """Item 0 by each shopper on the days given, and with item 1, a single time, by `once` more."""
    lines = [(day, shopper, [0]) for shopper, days in enumerate(days_of) for day in days]
    lines += [(0, shopper, [0, 1]) for shopper in range(len(days_of), len(days_of) + once)]
    lines.sort()
    histories = build(
        [items for *_, items in lines], n_items=2, shoppers=[shopper for _, shopper, _ in lines], step_s=DAY_S
    )
    histories.order_time_s[:] = [day * DAY_S for day, *_ in lines]
    return histories


def interval(histories: Histories, *, refill_share: float = 0.2, min_shoppers: int = 2) -> float:
    return float(refill_interval_days(histories, refill_share=refill_share, min_shoppers=min_shoppers)[0])


def test_the_interval_is_the_median_of_the_shoppers() -> None:
    assert interval(bought([[0, 30], [5, 45], [7, 97]])) == 40


def test_of_an_even_number_it_is_the_mean_of_the_middle_two() -> None:
    assert interval(bought([[0, 30], [5, 45]])) == 35


def test_who_buys_often_counts_once() -> None:
    # Eleven gaps of one day, and two shoppers who come back after 30 and 32.
    assert interval(bought([range(12), [0, 30], [0, 32]])) == 30


@pytest.mark.parametrize(("min_shoppers", "expected"), [(2, 35), (3, 0)])
def test_an_interval_rests_on_the_floor_of_shoppers_who_came_back(min_shoppers: int, expected: float) -> None:
    assert interval(bought([[0, 30], [5, 45], [9]]), min_shoppers=min_shoppers) == expected


@pytest.mark.parametrize(("once", "expected"), [(6, 35), (7, 35), (9, 0)])
def test_what_few_of_its_buyers_buy_again_has_no_interval(once: int, expected: float) -> None:
    assert interval(bought([[0, 30], [5, 45]], once=once)) == expected


def test_what_is_bought_once_has_no_interval() -> None:
    histories = bought([[0, 30], [5, 45]], once=3)
    assert refill_interval_days(histories, refill_share=0.0, min_shoppers=1)[1] == 0


def test_no_orders_give_no_interval() -> None:
    assert interval(build([], n_items=2)) == 0


def test_the_share_is_of_shoppers_not_of_orders() -> None:
    assert share_bought_again(bought([range(12), [3], [4], [5]])).tolist() == [0.25, 0]
