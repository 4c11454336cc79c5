"""What a shopper prefers: its JSON form, changes to it, and two of them for one person."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInputError
from privacy.preferences import (
    MAX_CONTACT_WORDS,
    MAX_TOPICS,
    Channel,
    ContactWord,
    Forget,
    Frequency,
    Preferences,
    from_json,
    joined,
    refused,
    to_json,
    updated,
)
from privacy.topics import TopicWord

SHOW, MUTE, FORGET = TopicWord.SHOW, TopicWord.MUTE, Forget.FORGET
EMAIL, WEEKLY = Channel.EMAIL, ContactWord(True, Frequency.WEEKLY)
SAID = Preferences({"photo/lenses": SHOW, "photo": MUTE}, {(EMAIL, "photo"): ContactWord(False), (EMAIL, ""): WEEKLY})
TEXT = (
    '{"contact":{"email":{"":{"allowed":true,"frequency":"weekly"},"photo":{"allowed":false,"frequency":"always"}}},'
    '"topics":{"photo":"mute","photo/lenses":"show"}}'
)

topics = st.lists(st.sampled_from(["a", "b", "é", "50 % off"]), min_size=1, max_size=3).map("/".join)
words = st.builds(ContactWord, st.booleans(), st.sampled_from(Frequency))
preferences = st.builds(
    Preferences,
    st.dictionaries(topics, st.sampled_from(TopicWord)),
    st.dictionaries(st.tuples(st.sampled_from(Channel), topics | st.just("")), words),
)


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        from_json(text)
    return {fault.field: fault.description for fault in caught.value.faults}


def test_the_json_form_is_sorted_and_without_spaces() -> None:
    assert to_json(SAID) == TEXT


def test_nothing_said_has_a_form_too() -> None:
    assert to_json(Preferences()) == '{"contact":{},"topics":{}}'


@given(preferences)
def test_the_json_form_says_it_all(said: Preferences) -> None:
    assert from_json(to_json(said)) == said


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "preferences"),
        ("{", "preferences"),
        ("[]", "preferences"),
        ("null", "preferences"),
        ("[" * 100_000, "preferences"),
        ('{"contact":{}}', "preferences.topics"),
        ('{"contact":{},"topics":{},"mood":1}', "preferences.mood"),
        ('{"contact":{},"topics":null}', "topics"),
        ('{"contact":[],"topics":{}}', "contact"),
        ('{"contact":{},"topics":{"a":"hide"}}', "topics.a"),
        ('{"contact":{},"topics":{"a":["mute"]}}', "topics.a"),
        ('{"contact":{},"topics":{"a/":"mute"}}', "topics.a/"),
        ('{"contact":{},"topics":{"a":"show","a":"mute"}}', "a"),
        ('{"contact":{"fax":{}},"topics":{}}', "contact.fax"),
        ('{"contact":{"sms":null},"topics":{}}', "contact.sms"),
        ('{"contact":{"sms":{"":true}},"topics":{}}', "contact.sms."),
        ('{"contact":{"sms":{"":{"allowed":true}}},"topics":{}}', "contact.sms..frequency"),
        ('{"contact":{"sms":{"":{"allowed":1,"frequency":"daily"}}},"topics":{}}', "contact.sms..allowed"),
        ('{"contact":{"sms":{"":{"allowed":true,"frequency":"hourly"}}},"topics":{}}', "contact.sms..frequency"),
        ('{"contact":{"sms":{"//":{"allowed":true,"frequency":"daily"}}},"topics":{}}', "contact.sms.//"),
    ],
)
def test_what_is_not_of_the_form_is_refused_by_name(text: str, field: str) -> None:
    assert field in faults_of(text)


def test_all_faults_are_reported_together() -> None:
    assert faults_of('{"contact":{"fax":{}},"topics":{"a":"hide","/":"mute"},"mood":1}').keys() == {
        "preferences.mood",
        "topics.a",
        "topics./",
        "contact.fax",
    }


def test_what_is_absent_or_none_stays_as_it_is() -> None:
    assert updated(SAID, {"photo": None}, {(EMAIL, ""): None}) == SAID


def test_a_new_word_replaces_the_old_one() -> None:
    assert updated(SAID, {"photo": SHOW}).topics == {"photo/lenses": SHOW, "photo": SHOW}


def test_a_word_is_forgotten_on_request() -> None:
    changed = updated(SAID, {"photo": FORGET, "never named": FORGET}, {(EMAIL, ""): FORGET})
    assert changed == Preferences({"photo/lenses": SHOW}, {(EMAIL, "photo"): ContactWord(False)})


def test_an_update_leaves_the_old_value_alone() -> None:
    before = to_json(SAID)
    updated(SAID, {"photo": FORGET})
    assert to_json(SAID) == before


@given(preferences, preferences)
def test_an_update_said_twice_is_said_once(before: Preferences, new: Preferences) -> None:
    once = updated(before, new.topics, new.contact)
    assert updated(once, new.topics, new.contact) == once


def test_a_topic_that_is_no_path_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"contact\.email\.b/: must be a category path"):
        updated(SAID, {"/a": MUTE}, {(EMAIL, "b/"): WEEKLY})


def test_topics_are_limited() -> None:
    full = Preferences({str(number): MUTE for number in range(MAX_TOPICS)})
    assert updated(full, {"0": SHOW}).topics["0"] is SHOW
    with pytest.raises(InvalidInputError, match="at most 200 words, would hold 201"):
        updated(full, {"one more": MUTE})


def test_words_on_contact_are_limited() -> None:
    full = Preferences(contact={(EMAIL, str(number)): WEEKLY for number in range(MAX_CONTACT_WORDS)})
    with pytest.raises(InvalidInputError, match="at most 200 words, would hold 201"):
        updated(full, contact={(EMAIL, ""): WEEKLY})


def test_a_form_over_the_limit_is_refused() -> None:
    text = json.dumps({"contact": {}, "topics": {str(number): "mute" for number in range(MAX_TOPICS + 1)}})
    assert faults_of(text).keys() == {"topics"}


@pytest.mark.parametrize(
    ("one", "other", "holds"),
    [
        (ContactWord(True), ContactWord(False), ContactWord(False)),
        (WEEKLY, ContactWord(True), WEEKLY),
        (WEEKLY, ContactWord(True, Frequency.MONTHLY), ContactWord(True, Frequency.MONTHLY)),
    ],
)
def test_of_two_words_on_a_channel_the_more_reserved_holds(
    one: ContactWord, other: ContactWord, holds: ContactWord
) -> None:
    assert joined(Preferences(contact={(EMAIL, ""): one}), Preferences(contact={(EMAIL, ""): other})).contact == {
        (EMAIL, ""): holds
    }


def test_of_two_words_on_a_topic_mute_holds() -> None:
    one, other = Preferences({"a": SHOW, "b": SHOW}), Preferences({"a": MUTE, "c": SHOW})
    assert joined(one, other).topics == {"a": MUTE, "b": SHOW, "c": SHOW}


@given(preferences, preferences)
def test_it_does_not_matter_whose_preferences_come_first(one: Preferences, other: Preferences) -> None:
    assert joined(one, other) == joined(other, one)


def test_a_refusal_takes_deeper_words_back() -> None:
    yes, no = ContactWord(allowed=True), ContactWord(allowed=False)
    other = {(Channel.EMAIL, "photography"): yes, (Channel.SMS, "photo"): yes}
    said = Preferences({"toys": TopicWord.MUTE}, {(Channel.EMAIL, "photo/cameras"): yes, **other})
    assert refused(said, Channel.EMAIL, "photo") == Preferences(said.topics, {**other, (Channel.EMAIL, "photo"): no})
    assert refused(said, Channel.EMAIL, "").contact == {(Channel.SMS, "photo"): yes, (Channel.EMAIL, ""): no}


@pytest.mark.parametrize("full_of", list(Channel))
def test_a_refusal_never_fails_for_want_of_room(full_of: Channel) -> None:
    words = {(full_of, f"topic-{number}"): ContactWord(allowed=True) for number in range(MAX_CONTACT_WORDS)}
    said = Preferences(contact=words)
    for channel in Channel:
        said = refused(said, channel, "garden")
        word = said.contact.get((channel, "garden"), said.contact.get((channel, "")))
        assert word == ContactWord(allowed=False)
    assert from_json(to_json(said)) == said
