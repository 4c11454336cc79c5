"""Bars by hand, and what no bar may do."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.candidates import Candidates
from service.core.placements import DEFAULT_MIN_PROBABILITY
from tests.training.lists import shown
from tests.training.orders import all_known
from training.bars import (
    LEAST_BAR,
    Bar,
    PlacementRules,
    Placements,
    choose_bar,
    choose_bars,
    measure_bars,
    unmeasured_bars,
)
from training.cases import Cases

SURE, LIKELY, UNSURE = 0.75, 0.5, 0.25

SCORES = np.array([[SURE, UNSURE], [SURE, UNSURE], [LIKELY, UNSURE], [LIKELY, UNSURE]])
HITS = np.array([[1, 0], [1, 0], [1, 0], [0, 1]])
"""From the top: 2 of 2 bought, then 3 of 4, then 4 of 8."""


def bar_for(wanted: float, *, min_shown: int = 1) -> Bar:
    return choose_bar(shown(SCORES, HITS), PlacementRules(2, wanted), min_shown=min_shown)


@pytest.mark.parametrize(
    ("wanted", "bar", "precision", "n_shown"),
    [(0.9, SURE, 1, 2), (0.75, LIKELY, 0.75, 4), (0.6, LIKELY, 0.75, 4), (0.5, UNSURE, 0.5, 8), (0.1, UNSURE, 0.5, 8)],
)
def test_the_bar_is_the_lowest_of_the_wanted_precision(
    wanted: float, bar: float, precision: float, n_shown: int
) -> None:
    chosen = bar_for(wanted)
    assert (chosen.min_probability, chosen.precision, chosen.n_shown) == (bar, precision, n_shown)
    assert chosen.is_reached


def test_out_of_reach_the_bar_is_of_the_best_precision_and_says_so() -> None:
    chosen = bar_for(0.9, min_shown=3)
    assert (chosen.min_probability, chosen.precision) == (LIKELY, 0.75)
    assert not chosen.is_reached


def test_a_bar_rests_on_enough_shown_items() -> None:
    assert bar_for(0.75, min_shown=5).n_shown == 8


def test_on_too_few_pages_the_bar_is_the_wanted_precision_and_not_called_reached() -> None:
    chosen = bar_for(0.3, min_shown=9)
    assert (chosen.min_probability, chosen.n_shown) == (0.3, 0)
    assert not chosen.is_reached


def test_nothing_shown_is_too_few_pages() -> None:
    nothing = shown(np.zeros((3, 2)), np.zeros((3, 2)))
    assert choose_bar(nothing, PlacementRules(2, 0.3)).min_probability == 0.3


def test_items_of_one_probability_are_shown_together() -> None:
    # The first two of three equal ones were bought, but no bar can part them from the third.
    same = shown(np.array([[0.5], [0.5], [0.5]]), np.array([[1], [1], [0]]))
    assert choose_bar(same, PlacementRules(1, 0.9), min_shown=1).precision == pytest.approx(2 / 3)


def test_no_bar_is_below_the_least_and_what_was_chosen_is_kept() -> None:
    # Of the four shown, two clear the least bar, and one of these was bought.
    least = 2.0**-20
    scores, hits = np.array([[0.5, least], [0.25, least]]), np.array([[1, 0], [0, 0]])
    chosen = choose_bar(shown(scores, hits), PlacementRules(2, 0.2), min_shown=4)
    assert (chosen.min_probability, chosen.raised_from) == (LEAST_BAR, least)
    assert (chosen.precision, chosen.n_shown) == (0.5, 2)


def test_where_nothing_clears_the_least_bar_nothing_is_reached() -> None:
    chosen = choose_bar(shown(np.full((3, 1), 0.001), np.ones((3, 1))), PlacementRules(1, 0.2), min_shown=1)
    assert (chosen.min_probability, chosen.n_shown, chosen.is_reached) == (LEAST_BAR, 0, False)


def test_a_bar_that_is_not_measured_is_no_lower_than_the_least() -> None:
    bar = unmeasured_bars(Placements(cart=PlacementRules(3, 0.0)))["cart"]
    assert (bar.min_probability, bar.raised_from) == (LEAST_BAR, 0.0)
    assert bar_for(0.3, min_shown=9).raised_from is None


def test_the_least_bar_is_the_one_of_a_server_without_a_trained_one() -> None:
    assert LEAST_BAR == DEFAULT_MIN_PROBABILITY


@given(st.integers(0, 1_000), st.floats(0, 1))
@settings(max_examples=50)
def test_no_lower_bar_has_the_wanted_precision(seed: int, wanted: float) -> None:
    rng = np.random.default_rng(seed)
    score = np.round(rng.random((40, 3)) + 0.1, 1).astype(np.float32)
    pages = shown(score, rng.random((40, 3)) < score / 2)
    chosen = choose_bar(pages, PlacementRules(3, wanted), min_shown=1)

    def precision(bar: float) -> float:
        return float(pages.hit[pages.score >= bar].mean())

    assert chosen.precision == pytest.approx(precision(chosen.min_probability))
    lower = [bar for bar in np.unique(score) if bar < chosen.min_probability]
    if chosen.is_reached:
        assert all(precision(bar) < wanted for bar in lower)
    else:
        assert all(precision(bar) <= chosen.precision for bar in np.unique(score))


@pytest.fixture
def cases() -> Cases:
    """Three orders of 0 with 1, then one of 2 with 3 and one of 4 with 5: the pages of 0, 0, 0, 2 and 4."""
    return Cases(
        np.array([0, 0, 0, 2, 4], np.int32),
        np.arange(6, dtype=np.int64),
        np.array([1, 1, 5, 3, 5], np.int32),
        np.arange(5, dtype=np.int32),
    )


@pytest.fixture
def lists() -> Candidates:
    """On the page of 0: 1 and 3; of 2: 5, at a low probability; of 4: nothing."""
    score: NDArray[np.float32] = np.array([0.75, 0.5, 0.125], np.float32)
    return Candidates(np.array([0, 2, 2, 3, 3, 3, 3]), np.array([1, 3, 5], np.int32), score)


def test_a_bar_is_measured_on_other_pages(cases: Cases, lists: Candidates) -> None:
    bars = {"cart": Bar(PlacementRules(2, 0.5), 0.5, 0.9, 300)}
    measured = measure_bars(cases, lists, all_known(), bars, n_bootstrap=200, seed=0)["cart"]
    assert measured.n_shown == 6  # an item at the bar is shown
    assert measured.precision.value == pytest.approx(2 / 6)
    assert measured.hit_rate.value == pytest.approx(2 / 3)  # of the three pages that show something
    assert measured.quiet.value == pytest.approx(2 / 5)
    assert measured.precision.low < measured.precision.value < measured.precision.high


def test_a_placement_is_measured_on_as_many_items_as_it_shows(cases: Cases, lists: Candidates) -> None:
    bars = {"cart": Bar(PlacementRules(1, 0.5), 0.1, 0.9, 300)}
    measured = measure_bars(cases, lists, all_known(), bars, n_bootstrap=200, seed=0)["cart"]
    assert (measured.n_shown, measured.precision.value, measured.quiet.value) == (4, 0.5, 0.2)


def test_a_bar_that_nothing_clears_is_quiet_everywhere(cases: Cases, lists: Candidates) -> None:
    bars = {"cart": Bar(PlacementRules(2, 0.9), 0.9, 0.0, 0)}
    measured = measure_bars(cases, lists, all_known(), bars, n_bootstrap=200, seed=0)["cart"]
    assert (measured.quiet.value, measured.precision.value, measured.hit_rate.value) == (1, 0, 0)


def test_every_placement_gets_a_bar_for_its_own_length(cases: Cases, lists: Candidates) -> None:
    bars = choose_bars(cases, lists, all_known(), Placements(cart=PlacementRules(1, 0.4)))
    assert set(bars) == {"product_page", "cart", "order_confirmation"}
    assert bars["cart"].rules == PlacementRules(1, 0.4)


def test_the_settings_are_plain_yaml() -> None:
    assert json.loads(json.dumps(asdict(Placements())))["cart"]["max_results"] == 3


def test_the_figures_are_plain_json(cases: Cases, lists: Candidates) -> None:
    bars = choose_bars(cases, lists, all_known())
    measured = measure_bars(cases, lists, all_known(), bars, n_bootstrap=100, seed=0)
    assert json.loads(json.dumps(measured["cart"].as_dict()))["is_reached"] is False
