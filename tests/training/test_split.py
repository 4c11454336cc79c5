from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.worlds import build
from training.split import Slice, Split, split_in_time


def cut(n_orders: int, *, n_slices: int = 2, step_s: int = 10, validation: float = 0.1, test: float = 0.2) -> Split:
    histories = build([[0]] * n_orders, n_items=1, step_s=step_s)
    return split_in_time(histories, n_slices=n_slices, validation_share=validation, test_share=test)


def test_shares_of_the_orders_are_cut_off_the_end() -> None:
    split = cut(100)
    assert split.ranker == (Slice(500, 50, 60), Slice(600, 60, 70))
    assert split.calibration == Slice(700, 70, 80)
    assert split.test == Slice(800, 80, 100)


def test_what_comes_before_a_slice_is_older_than_it() -> None:
    histories = build([[0]] * 50, n_items=1, sessions=[[0]] * 50)
    split = split_in_time(histories, n_slices=1, validation_share=0.1, test_share=0.1)
    for each in (*split.ranker, split.calibration, split.test):
        past = histories.before(each.start_s)
        assert past.n_orders == each.first
        assert past.order_time_s.max() < histories.order_time_s[each.first]
        assert past.session_time_s.max() < each.start_s


@given(
    gaps=st.lists(st.integers(0, 2), max_size=60),
    n_slices=st.integers(1, 8),
    shares=st.tuples(st.sampled_from([0.02, 0.1, 0.3, 0.49]), st.sampled_from([0.02, 0.1, 0.49])),
)
def test_slices_touch_and_never_part_orders_of_one_second(
    gaps: list[int], n_slices: int, shares: tuple[float, float]
) -> None:
    histories = build([[0]] * len(gaps), n_items=1)
    times = np.cumsum(gaps, dtype=np.int64)
    histories = replace(histories, order_time_s=times)
    split = split_in_time(histories, n_slices=n_slices, validation_share=shares[0], test_share=shares[1])
    slices = (*split.ranker, split.calibration, split.test)
    assert len(split.ranker) <= n_slices
    assert split.test.end == len(gaps)
    held = [each for each in slices if each.end > 0]
    for one, following in pairwise(held):
        assert one.end == following.first
    for each in held:
        assert 0 <= each.first <= each.end
        assert (times[: each.first] < each.start_s).all()
        assert (times[each.first :] >= each.start_s).all()


def test_slices_that_would_begin_before_the_first_order_are_left_out() -> None:
    split = cut(100, n_slices=4, validation=0.25)
    assert split.ranker == (Slice(50, 5, 30), Slice(300, 30, 55))
    assert split.calibration == Slice(550, 55, 80)


@pytest.mark.parametrize("n_orders", [1, 2])
def test_few_orders_have_nothing_to_calibrate_on(n_orders: int) -> None:
    split = cut(n_orders)
    assert not any(each.is_usable for each in (*split.ranker, split.calibration))


def test_orders_of_one_second_have_no_past_to_count() -> None:
    split = cut(100, step_s=0)
    assert not any(each.is_usable for each in (*split.ranker, split.calibration, split.test))


def test_no_orders_have_no_slices() -> None:
    nothing = Slice(0, 0, 0)
    assert cut(0) == Split((), nothing, nothing)
    assert not nothing.is_usable


def test_cutting_leaves_items_as_they_are() -> None:
    histories = build([[0], [1]] * 10, n_items=2)
    past = histories.before(int(histories.order_time_s[5]))
    assert past.items is histories.items
    assert np.array_equal(past.orders_items.toarray(), histories.orders_items.toarray()[:5])
