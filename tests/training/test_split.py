import numpy as np

from tests.models.worlds import build
from training.split import split_in_time


def test_shares_of_the_orders_are_cut_off_the_end() -> None:
    split = split_in_time(build([[0]] * 100, n_items=1), validation_share=0.1, test_share=0.2)
    assert (split.first_validation, split.first_test) == (70, 80)


def test_what_comes_before_a_cut_is_older_than_what_follows() -> None:
    histories = build([[0]] * 50, n_items=1, sessions=[[0]] * 50)
    split = split_in_time(histories, validation_share=0.1, test_share=0.1)
    past = histories.before(split.validation_s)
    assert past.n_orders == split.first_validation
    assert past.order_time_s.max() < histories.order_time_s[split.first_validation]
    assert past.session_time_s.max() < split.validation_s


def test_orders_of_one_second_stay_in_one_slice() -> None:
    histories = build([[0]] * 100, n_items=1, step_s=0)
    split = split_in_time(histories, validation_share=0.1, test_share=0.1)
    assert (split.first_validation, split.first_test) == (0, 0)


def test_no_orders_have_no_slices() -> None:
    split = split_in_time(build([], n_items=1), validation_share=0.1, test_share=0.1)
    assert (split.first_validation, split.first_test) == (0, 0)


def test_cutting_leaves_items_as_they_are() -> None:
    histories = build([[0], [1]] * 10, n_items=2)
    past = histories.before(int(histories.order_time_s[5]))
    assert past.items is histories.items
    assert np.array_equal(past.orders_items.toarray(), histories.orders_items.toarray()[:5])
