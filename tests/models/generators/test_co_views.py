from models.generators.co_views import CoViews
from tests.models.worlds import build

DAY_S = 86_400


def test_a_recent_session_outweighs_an_old_one() -> None:
    histories = build([], n_items=3, sessions=[[0, 1], [0, 2]], step_s=300 * DAY_S)
    assert CoViews().generate(histories, 2).of(0).tolist() == [2, 1]


def test_a_short_session_outweighs_a_long_one() -> None:
    histories = build([], n_items=6, sessions=[[0, 1], [0, 2, 3, 4, 5]], step_s=1)
    assert CoViews().generate(histories, 1).of(0).tolist() == [1]


def test_looking_twice_counts_once() -> None:
    once = build([], n_items=2, sessions=[[0, 1]])
    twice = build([], n_items=2, sessions=[[0, 1]])
    twice.sessions_items.data[:] = 5
    assert CoViews().generate(once, 1).score.tolist() == CoViews().generate(twice, 1).score.tolist()
