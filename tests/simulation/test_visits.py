"""Shoppers click on what goes with the page's item, and the more they are pressed the more of them leave."""

import numpy as np
import pytest

from simulation.shop import Shop
from simulation.truth import Truth
from simulation.visits import HABITS, Visit, visit, wanted

N_VISITS = 4_000


@pytest.fixture(scope="module")
def anchor(shop: Shop) -> int:
    """An item with several others that go with it, and alternatives."""
    n_links = (shop.truth.links >= 0).sum(axis=1) * (shop.truth.rivals >= 0).any(axis=1)
    return int(np.argmax(n_links))


@pytest.fixture(scope="module")
def strangers(shop: Shop, anchor: int) -> list[int]:
    """Items that have nothing to do with it."""
    related = {anchor, *wanted(shop.truth, anchor), *shop.truth.rivals[anchor].tolist()}
    return [item for item in range(shop.catalogue.n_items) if item not in related][:10]


def visits(truth: Truth, anchor: int, shown: list[int], seed: int = 0) -> list[Visit]:
    rng = np.random.default_rng(seed)
    return [visit(truth, anchor, shown, rng) for _ in range(N_VISITS)]


def share(done: list[np.ndarray], n_shown: int) -> float:
    return float(np.sum(done)) / (N_VISITS * n_shown)


def test_what_goes_with_an_item_is_clicked_as_often_as_its_buyers_want_it(shop: Shop, anchor: int) -> None:
    goes_with = wanted(shop.truth, anchor)
    done = visits(shop.truth, anchor, [*goes_with])
    clicks = np.mean([one.clicked for one in done], axis=0)
    due = HABITS.click_factor * np.array([*goes_with.values()])
    np.testing.assert_allclose(clicks, due, atol=4 * np.sqrt(0.25 / N_VISITS))
    assert len(due) >= 3


def test_refills_are_wanted_and_alternatives_are_not(shop: Shop) -> None:
    truth = shop.truth
    uses_up = int(np.nonzero(truth.refills[:, 0] >= 0)[0][0])
    assert wanted(truth, uses_up)[int(truth.refills[uses_up, 0])] == truth.refill_rates[uses_up, 0]
    compared = int(np.nonzero((truth.rivals >= 0).any(axis=1))[0][0])
    assert not {*truth.rivals[compared].tolist()} & {*wanted(truth, compared)}


def test_what_does_not_fit_is_hardly_clicked_and_waved_away_at_times(
    shop: Shop, anchor: int, strangers: list[int]
) -> None:
    done = visits(shop.truth, anchor, strangers)
    assert share([one.clicked for one in done], len(strangers)) == pytest.approx(HABITS.stray_click, rel=0.2)
    assert share([one.dismissed for one in done], len(strangers)) == pytest.approx(HABITS.dismissal, rel=0.2)
    assert not any((one.dismissed & one.clicked).any() for one in done)


def test_what_fits_is_never_waved_away(shop: Shop, anchor: int) -> None:
    assert not any(one.dismissed.any() for one in visits(shop.truth, anchor, [*wanted(shop.truth, anchor)]))


def test_only_what_was_clicked_is_carted_and_only_what_was_carted_is_bought(shop: Shop, anchor: int) -> None:
    done = visits(shop.truth, anchor, [*wanted(shop.truth, anchor)])
    assert not any((one.carted & ~one.clicked).any() or (one.bought & ~one.carted).any() for one in done)
    n_carted, n_bought = (sum(getattr(one, name).sum() for one in done) for name in ("carted", "bought"))
    assert 0 < n_bought < n_carted


def test_a_page_that_shows_more_is_clicked_more_and_left_more(shop: Shop, anchor: int, strangers: list[int]) -> None:
    best = [*wanted(shop.truth, anchor)]
    modest, pushy = (visits(shop.truth, anchor, shown) for shown in (best[:2], [*best, *strangers]))

    def clickers(done: list[Visit]) -> float:
        return float(np.mean([one.clicked.any() for one in done]))

    def leavers(done: list[Visit]) -> float:
        return float(np.mean([one.opts_out for one in done]))

    assert clickers(pushy) > 1.2 * clickers(modest)
    assert leavers(modest) < 0.01
    assert leavers(pushy) == pytest.approx(1 - (1 - HABITS.irritation) ** len(strangers), abs=0.02)


def test_what_they_came_for_is_bought_whatever_is_shown(shop: Shop, anchor: int, strangers: list[int]) -> None:
    for shown in ([], strangers):
        bought = np.mean([one.buys_item for one in visits(shop.truth, anchor, shown, seed=len(shown))])
        assert bought == pytest.approx(HABITS.came_for, rel=0.2)


def test_an_empty_place_is_a_visit_too(shop: Shop, anchor: int) -> None:
    one = visit(shop.truth, anchor, [], np.random.default_rng(0))
    assert one.clicked.shape == one.bought.shape == (0,)


def test_the_same_shopper_does_the_same(shop: Shop, anchor: int, strangers: list[int]) -> None:
    left, right = (visit(shop.truth, anchor, strangers, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(left.clicked, right.clicked)
    assert (left.buys_item, left.opts_out) == (right.buys_item, right.opts_out)
