"""Which categories a shopper does not want to see, and which need a yes first."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.topics import MAX_TOPIC_BYTES, TopicNumbers, TopicWord, covers, hidden, topic_fault

SHOW, MUTE = TopicWord.SHOW, TopicWord.MUTE


@pytest.mark.parametrize(
    ("topic", "category", "is_covered"),
    [
        ("a", "a", True),
        ("a", "a/b/c", True),
        ("a/b", "a/b/c", True),
        ("a/b", "a", False),
        ("a/b", "a/bc", False),
        ("a", "b/a", False),
        ("b", "a/b", False),
        ("a", "A/b", False),
        ("a", "", False),
    ],
)
def test_a_topic_covers_by_whole_parts_of_the_path(topic: str, category: str, is_covered: bool) -> None:
    assert covers(topic, category) is is_covered


SENSITIVE = ("health", "health/sexual", "hobby/guns")

# What the shopper says; the category; whether it is hidden.
CASES: dict[str, tuple[dict[str, TopicWord], str, bool]] = {
    "nothing said": ({}, "photo/cameras", False),
    "muted": ({"photo": MUTE}, "photo", True),
    "in a muted branch": ({"photo": MUTE}, "photo/cameras/bodies", True),
    "beside a muted branch": ({"photo/cameras": MUTE}, "photo/lenses", False),
    "above a muted branch": ({"photo/cameras": MUTE}, "photo", False),
    "shown below a mute": ({"photo": MUTE, "photo/cameras": SHOW}, "photo/cameras/bodies", False),
    "muted below a show": ({"photo": SHOW, "photo/cameras": MUTE}, "photo/cameras/bodies", True),
    "the deepest of three": ({"a": MUTE, "a/b": SHOW, "a/b/c": MUTE}, "a/b/c/d", True),
    "without category": ({"photo": MUTE}, "", False),
    "sensitive, nothing said": ({}, "health/vitamins", True),
    "sensitive itself, nothing said": ({}, "health", True),
    "sensitive and asked for": ({"health": SHOW}, "health/vitamins", False),
    "sensitive, a branch of it asked for": ({"health/vitamins": SHOW}, "health/vitamins/d3", False),
    "sensitive, another branch asked for": ({"health/vitamins": SHOW}, "health/tests", True),
    "sensitive, something above it asked for": ({"hobby": SHOW}, "hobby/guns", True),
    "sensitive and muted": ({"health": MUTE}, "health/vitamins", True),
    "sensitive, asked for and muted below": ({"health": SHOW, "health/tests": MUTE}, "health/tests", True),
    "sensitive, muted and asked for below": ({"health": MUTE, "health/vitamins": SHOW}, "health/vitamins", False),
    "sensitive within the sensitive": ({"health": SHOW}, "health/sexual/care", True),
    "sensitive within the sensitive, asked for": ({"health/sexual": SHOW}, "health/sexual/care", False),
    "beside the sensitive": ({}, "healthy food", False),
}


@pytest.mark.parametrize("case", CASES)
def test_the_deepest_word_decides_and_the_sensitive_needs_its_own(case: str) -> None:
    words, category, is_hidden = CASES[case]
    assert hidden(category, words, SENSITIVE) is is_hidden


@pytest.mark.parametrize("case", CASES)
def test_numbers_say_the_same(case: str) -> None:
    words, category, is_hidden = CASES[case]
    assert (1 in TopicNumbers(("other", category), SENSITIVE).hidden(words)) is is_hidden


paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)
everything = st.lists(paths | st.just(""), unique=True, max_size=12)
said = st.dictionaries(paths, st.sampled_from(TopicWord), max_size=6)
guarded = st.sets(paths, max_size=4)


@given(everything, said, guarded)
def test_numbers_are_the_hidden_categories(
    categories: list[str], words: Mapping[str, TopicWord], sensitive: set[str]
) -> None:
    one_by_one = {number for number, category in enumerate(categories) if hidden(category, words, sensitive)}
    assert TopicNumbers(categories, sensitive).hidden(words) == one_by_one


@given(paths, said, guarded, paths)
def test_one_more_mute_brings_nothing_back(
    category: str, words: dict[str, TopicWord], sensitive: set[str], muted: str
) -> None:
    assert hidden(category, words | {muted: MUTE}, sensitive) or not hidden(category, words, sensitive)


@given(paths, said, guarded, paths)
def test_one_more_sensitive_topic_brings_nothing_back(
    category: str, words: dict[str, TopicWord], sensitive: set[str], more: str
) -> None:
    assert hidden(category, words, {*sensitive, more}) or not hidden(category, words, sensitive)


@given(everything, guarded)
def test_who_says_nothing_is_answered_from_what_is_known_already(categories: list[str], sensitive: set[str]) -> None:
    numbers = TopicNumbers(categories, sensitive)
    assert numbers.hidden({}) is numbers.unasked


@pytest.mark.parametrize("topic", ["a", "photo/cameras", "Ästhetik & Pflege/50 % off", "x" * MAX_TOPIC_BYTES])
def test_a_path_is_a_topic(topic: str) -> None:
    assert topic_fault(topic) is None


@pytest.mark.parametrize("topic", ["", "/", "/a", "a/", "a//b", "a\nb", "a/\x00", "\ud800", "é" * 129, "x" * 257])
def test_what_is_no_path_is_no_topic(topic: str) -> None:
    assert topic_fault(topic) is not None


def test_a_deeper_word_of_one_person_does_not_answer_a_wider_one_of_another() -> None:
    topics = TopicNumbers(["toys", "toys/lego", "garden"], [])
    mutes, shows = {"toys": TopicWord.MUTE}, {"toys/lego": TopicWord.SHOW}
    assert topics.hidden_of([mutes | shows]) == {0}
    assert topics.hidden_of([mutes, shows]) == topics.hidden_of([shows, mutes]) == {0, 1}
    assert topics.hidden_of([shows], [mutes]) == {0, 1}


def test_a_sensitive_topic_is_opened_by_one_of_those_before_the_page_alone() -> None:
    topics = TopicNumbers(["health/hiv", "garden"], ["health"])
    asks = {"health": TopicWord.SHOW}
    assert topics.hidden_of([asks]) == topics.hidden_of([asks, {}]) == topics.hidden_of([{}, asks]) == frozenset()
    assert topics.hidden_of([{}], [asks]) == topics.hidden_of([], [asks]) == topics.hidden_of([]) == {0}
    assert topics.hidden_of([asks, {"health": TopicWord.MUTE}]) == {0}
