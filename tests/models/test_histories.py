"""What had happened before a moment."""

import numpy as np

from tests.models.worlds import HOUR_S, build


def test_before_a_moment_are_the_orders_begun_and_the_sessions_ended_by_then() -> None:
    histories = build(
        [[0], [1], [2]], n_items=3, sessions=[[0], [1], [2]], session_s=HOUR_S // 2, favourites=[[], [1], [2]]
    )
    cut = histories.before(2 * HOUR_S)
    assert cut.orders_items.toarray().tolist() == [[1, 0, 0], [0, 1, 0]]
    assert cut.sessions_items.toarray().tolist() == [[1, 0, 0], [0, 1, 0]]
    assert cut.favourites_items.toarray().tolist() == [[0, 0, 0], [0, 1, 0]]


def test_a_session_under_way_at_the_cut_is_not_yet_known() -> None:
    histories = build([[0]], n_items=3, sessions=[[0], [1], [2]], session_s=HOUR_S)
    cut = histories.before(2 * HOUR_S)
    assert cut.sessions_items.toarray().tolist() == [[1, 0, 0]]
    assert cut.session_time_s.tolist() == [0]
    assert cut.session_end_s.tolist() == [HOUR_S]
    assert cut.session_shopper.tolist() == [1]


def test_a_long_session_leaves_out_itself_and_not_those_that_began_after_it() -> None:
    histories = build([[0]], n_items=3, sessions=[[0], [1], [2]])
    histories.session_end_s[0] = 9 * HOUR_S
    cut = histories.before(2 * HOUR_S)
    assert cut.sessions_items.toarray().tolist() == [[0, 1, 0]]
    np.testing.assert_array_equal(cut.session_time_s, [HOUR_S])
