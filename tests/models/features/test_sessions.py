import numpy as np
import pytest

from models.features.co_purchase import newness
from models.features.sessions import RECENT, Sessions
from tests.models.features.named import named
from tests.models.worlds import build, pairs_of

SHOP = build([[1], [2]], n_items=3, shoppers=[7, 9], sessions=[[0, 1], [0, 2], [0, 1]], session_shoppers=[7, 8, 9])
NEW = newness(3, RECENT)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("session_share", [2 / 4, 1 / 4, 2 / 3]),
        (
            "session_share_recent",
            [(NEW[0] + NEW[2]) / (NEW.sum() + 1), NEW[1] / (NEW.sum() + 1), (NEW[0] + NEW[2]) / (NEW[0] + NEW[2] + 1)],
        ),
        ("session_cosine", [2 / 30**0.5, 1 / 24**0.5, 2 / 30**0.5]),
        ("buyers_who_viewed", [0, 0, 1 / 2]),
    ],
)
def test_the_features_are_what_a_hand_counts(name: str, expected: list[float]) -> None:
    found = named(Sessions(SHOP), pairs_of((0, 1), (0, 2), (1, 0)))[name]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_looking_twice_in_a_session_counts_once() -> None:
    twice = build([], n_items=2, sessions=[[0, 1]])
    twice.sessions_items.data[:] = 5
    assert named(Sessions(twice), pairs_of((0, 1)))["session_share"].tolist() == [0.5]


def test_what_is_bought_after_a_look_is_told_from_what_is_looked_at_afterwards() -> None:
    # Shopper 7 looks at 0 and then buys 1; shopper 8 buys 1 first and looks at 0 an hour later.
    histories = build(
        [[2], [1], [2], [1], [2]],
        n_items=3,
        shoppers=[1, 8, 2, 7, 3],
        sessions=[[2], [0], [0]],
        session_shoppers=[4, 7, 8],
    )
    assert named(Sessions(histories), pairs_of((0, 1)))["looked_then_bought"].tolist() == [1 / 2]
