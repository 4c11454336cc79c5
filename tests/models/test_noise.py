"""What is released of shoppers: nearly always what many did, hardly ever what one did, at no more than its price."""

import importlib.util
from dataclasses import replace
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bounding import BoundedCounts
from models.noise import NoiseError, NoiseSettings, make_mechanism, release
from tests.models.bought import bought

SETTINGS = NoiseSettings(epsilon=2.0, delta=1e-6, max_pairs_per_shopper=3, max_items_per_shopper=4)


def tail(scale: float, least: int) -> float:
    """Probability that discrete Laplace noise is at least so much, 1 or more."""
    ratio = exp(-1 / scale)
    return ratio**least / (1 + ratio)


@settings(max_examples=40, deadline=None)
@given(
    epsilon=st.floats(0.01, 20),
    delta=st.floats(1e-9, 1e-3),
    max_pairs=st.integers(1, 200),
    max_items=st.integers(1, 200),
    items_are_public=st.booleans(),
)
def test_no_more_is_spent_than_the_settings_allow(
    epsilon: float, delta: float, max_pairs: int, max_items: int, items_are_public: bool
) -> None:
    wanted = NoiseSettings(epsilon, delta, max_pairs, max_items)
    spent = make_mechanism(wanted, items_are_public=items_are_public).spent
    assert 0.99 * epsilon < spent.epsilon <= epsilon
    assert 0 < spent.delta <= delta


@pytest.mark.parametrize("items_are_public", [True, False])
def test_the_scale_is_what_a_shopper_may_change_over_the_half_of_epsilon(items_are_public: bool) -> None:
    spent = make_mechanism(SETTINGS, items_are_public=items_are_public).spent
    assert (spent.pair_scale, spent.item_scale) == (pytest.approx(3 / 1.0), pytest.approx(4 / 1.0))


@pytest.mark.parametrize(("items_are_public", "delta"), [(True, 1e-6), (False, 0.5e-6)])
def test_the_threshold_is_the_least_that_hides_the_pairs_of_one_shopper(items_are_public: bool, delta: float) -> None:
    spent = make_mechanism(SETTINGS, items_are_public=items_are_public).spent

    def shown(threshold: int) -> float:
        """Probability that any of three pairs of one shopper, each counted once, reaches the threshold."""
        return 1 - (1 - tail(spent.pair_scale, threshold - 1)) ** 3

    assert shown(spent.pair_threshold) <= delta < shown(spent.pair_threshold - 1)


def test_public_items_have_no_threshold_and_others_that_of_half_of_delta() -> None:
    assert make_mechanism(SETTINGS, items_are_public=True).spent.item_threshold is None
    spent = make_mechanism(SETTINGS, items_are_public=False).spent
    assert spent.item_threshold is not None
    assert 1 - (1 - tail(spent.item_scale, spent.item_threshold - 1)) ** 4 <= 0.5e-6
    assert 1 - (1 - tail(spent.item_scale, spent.item_threshold - 2)) ** 4 > 0.5e-6


def counts_of(pair_counts: list[int]) -> BoundedCounts:
    n_pairs = len(pair_counts)
    numbers = np.arange(n_pairs, dtype=np.int64)
    return BoundedCounts(np.zeros(n_pairs + 1, np.int64), 0 * numbers, 1 + numbers, np.array(pair_counts, np.int64))


def test_pairs_of_one_shopper_are_released_as_seldom_as_the_threshold_says() -> None:
    mechanism = make_mechanism(replace(SETTINGS, delta=0.05, max_pairs_per_shopper=1), items_are_public=True)
    released, _ = mechanism.measure(counts_of([1] * 20_000))
    expected = 20_000 * tail(mechanism.spent.pair_scale, mechanism.spent.pair_threshold - 1)
    # Seven standard deviations: less than one run in a thousand million fails.
    assert abs(len(released) - expected) < 7 * expected**0.5


def test_pairs_of_many_shoppers_are_always_released() -> None:
    mechanism = make_mechanism(SETTINGS, items_are_public=True)
    released, _ = mechanism.measure(counts_of([mechanism.spent.pair_threshold + 200] * 1_000))
    assert len(released) == 1_000


def test_the_noise_is_that_of_the_scale() -> None:
    mechanism = make_mechanism(SETTINGS, items_are_public=True)
    released, items = mechanism.measure(counts_of([10_000] * 20_000))
    for values, true, scale in ((list(released.values()), 10_000, 3.0), (items, 0, 4.0)):
        noise = np.array(values) - true
        assert abs(noise.mean()) < 0.3
        assert noise.std() == pytest.approx(2**0.5 * scale, rel=0.1)


MANY = [(who, ["bulb", "lamp"]) for who in range(400)] + [(400, ["peg", "tent"]), (401, ["lamp", "tent"])]


def test_what_many_bought_is_released_and_what_one_bought_is_not() -> None:
    histories = bought(MANY)
    told = release(histories, SETTINGS, seed=0)
    ids = histories.items.ids
    assert [(ids[left], ids[right]) for left, right in zip(told.left, told.right, strict=True)] == [("bulb", "lamp")]
    assert [ids[item] for item in np.flatnonzero(told.is_released)] == ["bulb", "lamp"]
    assert abs(told.pair_counts[0] - 400) < 100
    assert np.abs(told.item_counts - [400, 401, 0, 0]).max() < 130


def test_listed_items_are_released_whoever_bought_them_and_others_never() -> None:
    histories = bought(MANY)
    listed = np.array([True, False, True, True])
    told = release(histories, SETTINGS, seed=0, listed=listed)
    assert told.is_released.tolist() == listed.tolist()
    assert told.item_counts[1] == 0
    assert len(told.pair_counts) == 0


def test_the_same_seed_gives_other_noise() -> None:
    histories = bought(MANY)
    assert len({tuple(release(histories, SETTINGS, seed=0).item_counts.tolist()) for _ in range(20)}) > 1


def test_nobody_is_released_as_nothing() -> None:
    told = release(bought(MANY).before(0), SETTINGS, seed=0)
    assert (len(told.left), told.is_released.any()) == (0, False)


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(NoiseError, match=r"pip install 'shopkeeper\[noise\]'"):
        release(bought(MANY), SETTINGS, seed=0)


@pytest.mark.parametrize("items_are_public", [True, False])
def test_noise_that_hides_every_count_is_an_error(items_are_public: bool) -> None:
    with pytest.raises(NoiseError, match=r"raise noise\.epsilon"):
        make_mechanism(replace(SETTINGS, epsilon=1e-9), items_are_public=items_are_public)


def test_hardly_any_noise_still_hides_what_one_shopper_did() -> None:
    spent = make_mechanism(NoiseSettings(100, 1e-6, 1, 1), items_are_public=True).spent
    assert spent.pair_threshold == 2


def test_noise_is_off_by_default() -> None:
    assert not NoiseSettings().is_on
