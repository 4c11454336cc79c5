"""What every generator must do, whatever its method."""

from dataclasses import is_dataclass

import numpy as np
import pytest

from models.candidates import Candidates, Generator
from models.generators.registry import GENERATORS
from models.histories import Histories

OF_LOOKS = {"co_views", "shopper_histories"}
"""Generators that count looks; in the shop there are more of them than of purchases."""


@pytest.fixture(params=sorted(GENERATORS))
def generator(request: pytest.FixtureRequest) -> Generator:
    return GENERATORS[request.param]()


def equal(left: Candidates, right: Candidates) -> bool:
    return all(np.array_equal(getattr(left, part), getattr(right, part)) for part in ("indptr", "item", "score"))


def test_its_name_is_its_key(generator: Generator) -> None:
    assert GENERATORS[generator.name] is type(generator)


def test_it_is_a_dataclass_whose_settings_have_defaults(generator: Generator) -> None:
    assert is_dataclass(generator)


def test_every_anchor_has_a_place(generator: Generator, shop: Histories) -> None:
    assert generator.generate(shop, 8).n_items == shop.n_items


def test_it_finds_candidates_for_most_anchors(generator: Generator, shop: Histories) -> None:
    assert np.count_nonzero(np.diff(generator.generate(shop, 8).indptr)) >= 0.9 * shop.n_items


def test_no_list_is_longer_than_asked(generator: Generator, shop: Histories) -> None:
    assert np.diff(generator.generate(shop, 3).indptr).max() == 3


def test_a_shorter_list_is_the_head_of_a_longer_one(generator: Generator, shop: Histories) -> None:
    short, long = generator.generate(shop, 3), generator.generate(shop, 6)
    for anchor in range(shop.n_items):
        scores = long.score[long.indptr[anchor] : long.indptr[anchor + 1]]
        if len(scores) > 3 and scores[2] == scores[3]:
            continue  # a tie at the cut may fall either way
        assert short.of(anchor).tolist() == long.of(anchor)[:3].tolist()


def test_no_anchor_is_its_own_candidate(generator: Generator, shop: Histories) -> None:
    candidates = generator.generate(shop, 40)
    assert not np.any(candidates.anchors() == candidates.item)


def test_no_item_stands_twice_in_a_list(generator: Generator, shop: Histories) -> None:
    candidates = generator.generate(shop, 40)
    pairs = candidates.anchors().astype(np.int64) * shop.n_items + candidates.item
    assert len(np.unique(pairs)) == len(pairs)


def test_scores_are_positive_and_fall(generator: Generator, shop: Histories) -> None:
    candidates = generator.generate(shop, 10)
    assert np.all(np.isfinite(candidates.score))
    assert np.all(candidates.score > 0)
    same_anchor = np.diff(candidates.anchors()) == 0
    assert np.all(np.diff(candidates.score)[same_anchor] <= 0)


def test_ties_are_in_item_order(generator: Generator, shop: Histories) -> None:
    candidates = generator.generate(shop, 10)
    tied = (np.diff(candidates.anchors()) == 0) & (np.diff(candidates.score) == 0)
    assert np.all(np.diff(candidates.item)[tied] > 0)


@pytest.mark.parametrize("n_threads", [2, 5])
def test_the_number_of_threads_changes_nothing(generator: Generator, shop: Histories, n_threads: int) -> None:
    assert equal(generator.generate(shop, 10, n_threads=1), generator.generate(shop, 10, n_threads=n_threads))


def test_a_second_run_gives_the_same(generator: Generator, shop: Histories) -> None:
    assert equal(generator.generate(shop, 10), generator.generate(shop, 10))


def test_no_history_is_no_candidates(generator: Generator, shop: Histories) -> None:
    empty = generator.generate(shop.before(0), 10)
    assert empty.n_items == shop.n_items
    assert len(empty.item) == 0


def test_histories_are_left_as_they_were(generator: Generator, shop: Histories) -> None:
    before = shop.orders_items.copy(), shop.sessions_items.copy()
    generator.generate(shop, 10)
    assert (before[0] != shop.orders_items).nnz == 0
    assert (before[1] != shop.sessions_items).nnz == 0


@pytest.mark.parametrize("name", sorted(set(GENERATORS) - OF_LOOKS))
def test_the_planted_partner_comes_first(name: str, shop: Histories) -> None:
    candidates = GENERATORS[name]().generate(shop, 10)
    firsts = [candidates.of(anchor)[0] == anchor + 1 for anchor in range(0, 40, 2)]
    assert np.mean(firsts) >= 0.9


@pytest.mark.parametrize("name", sorted(OF_LOOKS))
def test_what_was_looked_at_together_comes_first(name: str, shop: Histories) -> None:
    candidates = GENERATORS[name]().generate(shop, 10)
    neighbours = [{(anchor + 2) % 40, (anchor - 2) % 40} for anchor in range(0, 40, 2)]
    firsts = [int(candidates.of(anchor)[0]) in near for anchor, near in zip(range(0, 40, 2), neighbours, strict=True)]
    assert np.mean(firsts) >= 0.9
