"""Which of two words on an item counts, and a bundle that goes by them."""

from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bundle.reading import Bundle
from service.core.catalogue import ItemWord, Told, ToldBundle, is_outdated, merged
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
    assert told.tell([word("bag", available=False), word("gone", available=True, price=7)])
    assert (held(told, "bag"), held(told, "gone")) == ((False, 5_000), (True, 7))


def test_what_is_taken_back_is_as_it_was_trained(told: ToldBundle) -> None:
    told.tell([word("bag", available=False, price=7), word("gone", available=True, price=7)])
    assert told.tell([taken_back("bag"), taken_back("gone")])
    assert (held(told, "bag"), held(told, "gone")) == ((True, 5_000), (False, -1))
    assert told.words() == []


def test_an_item_that_the_bundle_does_not_know_is_no_failure(told: ToldBundle) -> None:
    assert not told.tell([word("tent", available=False)])


def test_to_be_told_what_holds_already_changes_nothing(told: ToldBundle) -> None:
    assert not told.tell([word("bag", available=True, price=5_000)])


def test_a_bundle_can_repeat_what_it_was_told(told: ToldBundle) -> None:
    told.tell([word("bag", available=True), word("gone", available=True, price=0), word("tent", price=1)])
    assert sorted(told.words()) == [word("bag", available=True, at=0), word("gone", available=True, price=0, at=0)]


def test_many_words_are_told_as_few_are(told: ToldBundle) -> None:
    told.tell([*(word(f"unknown-{number}", price=1) for number in range(200)), word("bag", price=8)])
    assert held(told, "bag") == (True, 8)
