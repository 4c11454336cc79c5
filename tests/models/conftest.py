"""A shop with a pattern planted in it."""

import numpy as np
import pytest

from models.histories import Histories
from tests.models.worlds import build


@pytest.fixture(scope="session")
def shop() -> Histories:
    """2,000 orders and 2,000 sessions of 500 people over 40 items: item 2n+1 is bought with 2n, others by chance."""
    rng = np.random.default_rng(7)
    main = 2 * rng.integers(0, 20, 2_000)
    orders = []
    for item in main.tolist():
        order = {item}
        if rng.random() < 0.6:
            order.add(item + 1)
        if rng.random() < 0.3:
            order.add(int(rng.integers(0, 40)))
        orders.append(sorted(order))
    sessions = [sorted({item, (item + 2) % 40, *rng.integers(0, 40, 1).tolist()}) for item in main.tolist()]
    return build(
        orders,
        n_items=40,
        shoppers=rng.integers(0, 500, 2_000).tolist(),
        sessions=sessions,
        session_shoppers=rng.integers(0, 500, 2_000).tolist(),
        favourites=[items[:1] if number % 3 == 0 else [] for number, items in enumerate(sessions)],
        categories=[f"c/{number % 2}" for number in range(40)],
        prices=[10_000 if number % 2 == 0 else 2_000 for number in range(40)],
    )
