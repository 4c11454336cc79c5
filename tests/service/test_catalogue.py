"""Which of two words on an item counts, and a bundle that goes by them."""

import tempfile
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bundle.reading import Bundle
from service.core.answers import Model, Request
from service.core.catalogue import ItemWord, Told, ToldBundle, is_outdated, merged
from service.core.personal import Personal
from service.core.placements import PLACEMENTS
from service.core.recommendation import recommend
from tests.service.any_shop import ITEMS, requests, shoppers, shops
from tests.service.catalogues import taken_back, word
from tests.service.shop import write_shop

NOTHING = ItemWord("bag")
moments = st.integers(0, 3)
words = st.builds(
    ItemWord,
    st.just("bag"),
    st.none() | st.builds(Told, st.none() | st.booleans(), moments),
    st.none() | st.builds(Told, st.none() | st.integers(0, 2), moments),
    st.just(value=False),
)


@given(st.lists(words, max_size=6).flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_the_last_word_stands_whatever_the_order_in_which_words_come(
    orders: tuple[list[ItemWord], list[ItemWord]],
) -> None:
    said, shuffled = orders
    stands = reduce(merged, said, NOTHING)
    assert stands == reduce(merged, shuffled, NOTHING)
    for told, field in ((stands.available, 1), (stands.price_minor, 2)):
        moments_of = [one[field].at_us for one in said if one[field] is not None]
        assert (told.at_us if told else None) == max(moments_of, default=None)


@given(st.lists(words, max_size=6))
def test_a_word_that_is_told_again_changes_nothing(said: list[ItemWord]) -> None:
    stands = reduce(merged, said, NOTHING)
    assert reduce(merged, said, stands) == stands


def test_a_price_and_a_sold_out_item_come_from_different_systems() -> None:
    stands = merged(word("bag", available=False, at=9), word("bag", price=5, at=2))
    assert stands == ItemWord("bag", Told(False, 9), Told(5, 2))


@pytest.mark.parametrize(
    ("careful", "careless"),
    [
        (word("bag", available=False), word("bag", available=True)),
        (word("bag", price=6), word("bag", price=5)),
        (word("bag", available=True, price=0), taken_back("bag")),
    ],
)
def test_of_one_moment_the_more_careful_word_counts(careful: ItemWord, careless: ItemWord) -> None:
    assert merged(careful, careless) == merged(careless, careful) == careful


def test_a_word_of_now_counts_whatever_clock_dated_the_one_before() -> None:
    ahead = word("bag", available=False, price=5, at=100)
    now = ItemWord("bag", Told(True, 40), is_live=True)
    stands = merged(ahead, now)
    assert stands == ItemWord("bag", Told(True, 101), Told(5, 100))
    assert not is_outdated(now, stands)


@pytest.mark.parametrize("late", [word("bag", available=True, price=9, at=1), word("bag", price=9, at=1)])
def test_a_word_is_outdated_if_something_newer_is_known(late: ItemWord) -> None:
    known = word("bag", price=5, at=2)
    assert is_outdated(late, merged(known, late))


def test_the_same_word_is_not_outdated() -> None:
    known = word("bag", available=True, price=5, at=2)
    assert not is_outdated(known, merged(known, known))


@pytest.fixture
def told(tmp_path: Path) -> ToldBundle:
    write_shop(tmp_path / "bundle", prices_minor={"bag": 5_000})
    return ToldBundle(Bundle.open(tmp_path / "bundle"))


def held(told: ToldBundle, item_id: str) -> tuple[bool, int]:
    index = told.bundle.index_of(item_id)
    assert index is not None
    return bool(told.bundle.available[index]), int(told.bundle.prices_minor[index])


def test_a_bundle_goes_by_what_it_is_told(told: ToldBundle) -> None:
    told.tell([word("bag", available=False), word("gone", available=True, price=7)])
    assert (held(told, "bag"), held(told, "gone")) == ((False, 5_000), (True, 7))


def test_what_is_taken_back_is_as_it_was_trained(told: ToldBundle) -> None:
    told.tell([word("bag", available=False, price=7), word("gone", available=True, price=7)])
    told.tell([taken_back("bag"), taken_back("gone")])
    assert (held(told, "bag"), held(told, "gone")) == ((True, 5_000), (False, -1))
    assert told.words() == []


def test_an_item_that_the_bundle_does_not_know_is_no_failure(told: ToldBundle) -> None:
    told.tell([word("tent", available=False)])
    assert told.n_changes == 0


def test_to_be_told_what_holds_already_changes_nothing(told: ToldBundle) -> None:
    told.tell([word("bag", available=True, price=5_000)])
    assert told.n_changes == 0


@pytest.mark.parametrize("said", [word("bag", available=False), word("bag", price=0)])
def test_what_becomes_different_is_a_change_and_to_take_it_back_is_one(told: ToldBundle, said: ItemWord) -> None:
    told.tell([said])
    assert told.n_changes == 1
    told.tell([taken_back("bag")])
    assert told.n_changes == 2


def test_a_bundle_can_repeat_what_it_was_told(told: ToldBundle) -> None:
    told.tell([word("bag", available=True), word("gone", available=True, price=0), word("tent", price=1)])
    assert sorted(told.words()) == [word("bag", available=True, at=0), word("gone", available=True, price=0, at=0)]


def test_many_words_are_told_as_few_are(told: ToldBundle) -> None:
    told.tell([*(word(f"unknown-{number}", price=1) for number in range(200)), word("bag", price=8)])
    assert held(told, "bag") == (True, 8)


changes = st.dictionaries(
    st.sampled_from(ITEMS), st.tuples(st.none() | st.booleans(), st.none() | st.integers(0, 9)), max_size=8
)


@settings(max_examples=100, deadline=None)
@given(shop=shops(), changed=changes, asked=st.lists(st.tuples(requests, shoppers()), min_size=1, max_size=8))
def test_a_bundle_that_was_told_answers_every_request_as_one_that_was_trained_so(
    shop: dict[str, Any],
    changed: dict[str, tuple[bool | None, int | None]],
    asked: list[tuple[Request, tuple[Personal, frozenset[str]]]],
) -> None:
    can = {item_id: can for item_id, (can, _) in changed.items() if can is not None}
    prices = {item_id: price for item_id, (_, price) in changed.items() if price is not None}
    trained_so = shop | {
        "unavailable": frozenset(item for item in ITEMS if not can.get(item, item not in shop["unavailable"])),
        "prices_minor": shop["prices_minor"] | prices,
    }
    with tempfile.TemporaryDirectory() as directory:
        for name, contents in (("told", shop), ("trained", trained_so)):
            write_shop(Path(directory) / name, **contents)
        told = ToldBundle(Bundle.open(Path(directory) / "told"))
        told.tell([word(item_id, available=can, price=price) for item_id, (can, price) in changed.items()])
        models = Model(told.bundle, "accessories/1"), Model(Bundle.open(Path(directory) / "trained"), "accessories/1")
        for request, (personal, _) in asked:
            placement = PLACEMENTS[request.placement]
            first, second = (recommend(model, request, placement, personal) for model in models)
            assert first == second
