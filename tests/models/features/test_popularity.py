import numpy as np
import pytest

from models.features.co_purchase import newness
from models.features.popularity import DAY_S, SEASON_DAYS, YEAR_DAYS, Popularity
from tests.models.features.named import named
from tests.models.worlds import build, pairs_of

SHOP = build([[0], [0, 1], [1, 2]], n_items=4, step_s=7 * DAY_S)
FOUND = named(Popularity(SHOP), pairs_of((0, 1), (1, 0)))
MONTH = 0.5 ** (np.array([14, 7, 0]) / 28)
MONTH_OF_0, MONTH_OF_1 = MONTH[:2].sum() / MONTH.sum(), MONTH[1:].sum() / MONTH.sum()
WEEK_OF_0, WEEK_OF_1 = 0.75 / 1.75, 1.5 / 1.75
NEW = newness(3, 0.1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("anchor_orders", [2, 2]),
        ("item_orders", [2, 2]),
        ("item_popularity", [2 / 3, 2 / 3]),
        ("item_popularity_7d", [WEEK_OF_1, WEEK_OF_0]),
        ("item_popularity_28d", [MONTH_OF_1, MONTH_OF_0]),
        ("item_popularity_small", [NEW[1:].sum() / NEW.sum(), NEW[:2].sum() / NEW.sum()]),
        ("item_trend_week", [WEEK_OF_1 / (MONTH_OF_1 + 1e-5), WEEK_OF_0 / (MONTH_OF_0 + 1e-5)]),
        ("item_trend_month", [MONTH_OF_1 / (2 / 3 + 1e-5), MONTH_OF_0 / (2 / 3 + 1e-5)]),
        ("anchor_trend_month", [MONTH_OF_0 / (2 / 3 + 1e-5), MONTH_OF_1 / (2 / 3 + 1e-5)]),
        ("item_age", [7, 14]),
        ("anchor_age", [14, 7]),
        ("item_idle", [0, 7]),
        ("item_order_size", [2, 1.5]),
        ("anchor_order_size", [1.5, 2]),
    ],
)
def test_the_features_are_what_a_hand_counts(name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(FOUND[name], expected, rtol=1e-5)


def test_the_age_of_what_was_never_ordered_is_not_known() -> None:
    found = named(Popularity(SHOP), pairs_of((0, 3)))
    assert np.isnan([found["item_age"][0], found["item_idle"][0]]).all()


def test_the_season_is_the_coming_month_a_year_ago() -> None:
    histories = build([[0], [1]], n_items=2, step_s=int((YEAR_DAYS - SEASON_DAYS) * DAY_S))
    found = named(Popularity(histories), pairs_of((0, 1), (1, 0)))
    assert found["item_popularity_season"].tolist() == pytest.approx([0, 1], abs=1e-6)
