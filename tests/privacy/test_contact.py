"""May this shopper be written to, by this channel, on this topic, now?"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.consent import Answer, Status
from privacy.contact import ContactDecision, ContactReason, contact_word, may_contact
from privacy.preferences import Channel, ContactWord, Frequency, Preferences
from privacy.regimes import PolicyVersion, Regime, Regimes
from privacy.rules import Rules
from privacy.topics import TopicWord

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(days=100)
RULES = Rules(
    Regimes({"US": Regime.OPT_OUT}, (PolicyVersion("new", NOW - timedelta(days=200), older_lapse=True),)),
    sensitive_topics=frozenset({"health"}),
)

YES = Answer(Status.GRANTED, BEFORE, "DE", "new")
YES_US = Answer(Status.GRANTED, BEFORE, "US", "new")
TOLD = Answer(Status.NOTICED, BEFORE, "US", "new")
TOLD_IN_VAIN = Answer(Status.NOTICED, BEFORE, "DE", "new")
LAPSED = Answer(Status.GRANTED, BEFORE, "DE", "old")
NO = Answer(Status.DENIED, BEFORE, "US", "new")

EMAIL, SMS = Channel.EMAIL, Channel.SMS
ANY, REFUSED = ContactWord(True), ContactWord(False)
SHOW, MUTE = TopicWord.SHOW, TopicWord.MUTE
BY_EMAIL = {(EMAIL, ""): ANY}

# Answers on contact; words on topics; words on channels; the topic of an e-mail; may it be sent, or why not.
Case = tuple[Sequence[Answer | None], dict[str, TopicWord], dict[tuple[Channel, str], ContactWord], str, ContactReason]
CASES: dict[str, Case] = {
    "wanted": ([YES], {}, BY_EMAIL, "photo", ContactReason.ALLOWED),
    "wanted, on nothing in particular": ([YES], {}, BY_EMAIL, "", ContactReason.ALLOWED),
    "nobody": ([], {}, BY_EMAIL, "photo", ContactReason.NEVER_ASKED),
    "never asked, though the channel is allowed": ([None], {}, BY_EMAIL, "photo", ContactReason.NEVER_ASKED),
    "denied, though the channel is allowed": ([NO], {}, BY_EMAIL, "photo", ContactReason.DENIED),
    "denied by one of two": ([YES, NO], {}, BY_EMAIL, "photo", ContactReason.DENIED),
    "lapsed": ([LAPSED], {}, BY_EMAIL, "photo", ContactReason.LAPSED),
    "told where silence is no yes": ([TOLD_IN_VAIN], {}, BY_EMAIL, "photo", ContactReason.NEVER_ASKED),
    "another channel is allowed": ([YES], {}, {(SMS, ""): ANY}, "photo", ContactReason.CHANNEL_UNASKED),
    "another topic is allowed": ([YES], {}, {(EMAIL, "garden"): ANY}, "photo", ContactReason.CHANNEL_UNASKED),
    "no word on channels": ([YES], {}, {}, "photo", ContactReason.CHANNEL_UNASKED),
    "no word on channels, told where silence counts": ([TOLD], {}, {}, "photo", ContactReason.ALLOWED),
    "no word on channels, a yes where silence counts": ([YES_US], {}, {}, "photo", ContactReason.ALLOWED),
    "no word on channels, yeses under two laws": ([TOLD, YES], {}, {}, "photo", ContactReason.CHANNEL_UNASKED),
    "no word on channels, and one who said nothing": ([TOLD, None], {}, {}, "photo", ContactReason.ALLOWED),
    "no word on channels, and a yes under another law that lapsed": ([TOLD, LAPSED], {}, {}, "", ContactReason.ALLOWED),
    "the channel is refused": ([YES], {}, {(EMAIL, ""): REFUSED}, "photo", ContactReason.CHANNEL_REFUSED),
    "the channel is refused where silence counts": (
        [TOLD],
        {},
        {(EMAIL, ""): REFUSED},
        "photo",
        ContactReason.CHANNEL_REFUSED,
    ),
    "the topic is refused by this channel": (
        [YES],
        {},
        {(EMAIL, ""): ANY, (EMAIL, "photo"): REFUSED},
        "photo/lenses",
        ContactReason.CHANNEL_REFUSED,
    ),
    "a deeper topic is allowed": (
        [YES],
        {},
        {(EMAIL, ""): REFUSED, (EMAIL, "photo"): REFUSED, (EMAIL, "photo/lenses"): ANY},
        "photo/lenses/macro",
        ContactReason.ALLOWED,
    ),
    "muted": ([YES], {"photo": MUTE}, BY_EMAIL, "photo/lenses", ContactReason.MUTED_TOPIC),
    "muted, though allowed by this channel": (
        [YES],
        {"photo": MUTE},
        {(EMAIL, "photo"): ANY},
        "photo",
        ContactReason.MUTED_TOPIC,
    ),
    "muted, and shown below": (
        [YES],
        {"photo": MUTE, "photo/lenses": SHOW},
        BY_EMAIL,
        "photo/lenses",
        ContactReason.ALLOWED,
    ),
    "sensitive": ([YES], {}, BY_EMAIL, "health/vitamins", ContactReason.SENSITIVE_TOPIC),
    "sensitive, where silence counts": ([TOLD], {}, {}, "health", ContactReason.SENSITIVE_TOPIC),
    "sensitive, allowed by this channel only": (
        [YES],
        {},
        {(EMAIL, "health"): ANY},
        "health",
        ContactReason.SENSITIVE_TOPIC,
    ),
    "sensitive, with its own yes": ([YES], {"health": SHOW}, BY_EMAIL, "health/vitamins", ContactReason.ALLOWED),
}


@pytest.mark.parametrize("case", CASES)
def test_it_takes_a_yes_the_topic_and_the_channel(case: str) -> None:
    answers, topics, contact, topic, reason = CASES[case]
    decision = may_contact(answers, [Preferences(topics, contact)], EMAIL, topic, RULES, last_contact_at=None, now=NOW)
    assert decision == ContactDecision(reason is ContactReason.ALLOWED, reason)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("frequency", "interval"),
    [(Frequency.DAILY, DAY), (Frequency.WEEKLY, 7 * DAY), (Frequency.MONTHLY, 30 * DAY)],
)
def test_the_next_message_waits_for_the_interval_to_the_instant(frequency: Frequency, interval: timedelta) -> None:
    preferences = Preferences(contact={(EMAIL, ""): ContactWord(True, frequency)})
    reasons = [
        may_contact([YES], [preferences], EMAIL, "photo", RULES, last_contact_at=at, now=NOW).reason
        for at in (None, NOW - interval, NOW - interval + timedelta(microseconds=1), NOW + DAY)
    ]
    assert reasons == [ContactReason.ALLOWED, ContactReason.ALLOWED, ContactReason.TOO_SOON, ContactReason.TOO_SOON]


def test_always_waits_for_nothing() -> None:
    preferences = Preferences(contact=BY_EMAIL)
    assert may_contact([YES], [preferences], EMAIL, "photo", RULES, last_contact_at=NOW, now=NOW).allowed


def test_the_frequency_is_that_of_the_deepest_topic() -> None:
    contact = {(EMAIL, ""): ContactWord(True, Frequency.MONTHLY), (EMAIL, "photo"): ContactWord(True, Frequency.DAILY)}
    assert contact_word(Preferences(contact=contact), EMAIL, "photo/lenses") == ContactWord(True, Frequency.DAILY)


topics = st.sampled_from(["photo", "photo/lenses", "health", "health/vitamins", "garden"])
answers = st.sampled_from([None, YES, YES_US, TOLD, TOLD_IN_VAIN, LAPSED, NO])
words = st.builds(ContactWord, st.booleans(), st.sampled_from(Frequency))
channels = st.sampled_from(Channel)
preferences = st.builds(
    Preferences,
    st.dictionaries(topics, st.sampled_from(TopicWord)),
    st.dictionaries(st.tuples(channels, topics | st.just("")), words),
)
moments = st.none() | st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda ago: NOW - ago)


@given(st.lists(answers), preferences, channels, topics, moments)
def test_a_denial_closes_every_channel(
    said: list[Answer | None], preferred: Preferences, channel: Channel, topic: str, last: datetime | None
) -> None:
    decision = may_contact([*said, NO], [preferred], channel, topic, RULES, last_contact_at=last, now=NOW)
    assert decision == ContactDecision(False, ContactReason.DENIED)


@given(st.lists(answers), preferences, channels, topics, moments)
def test_a_refused_channel_is_never_used(
    said: list[Answer | None], preferred: Preferences, channel: Channel, topic: str, last: datetime | None
) -> None:
    refused = Preferences(preferred.topics, dict(preferred.contact) | {(channel, topic): REFUSED})
    assert not may_contact(said, [refused], channel, topic, RULES, last_contact_at=last, now=NOW).allowed


def test_a_deeper_yes_of_one_identity_does_not_answer_a_no_of_another() -> None:
    refuses = Preferences({"toys": MUTE}, {(EMAIL, ""): REFUSED})
    allows = Preferences({"toys/lego": SHOW}, {(EMAIL, "photo"): ANY, (EMAIL, "toys/lego"): ANY})
    for both in ([refuses, allows], [allows, refuses]):
        told = [
            may_contact([YES, YES], both, EMAIL, of, RULES, last_contact_at=None, now=NOW)
            for of in ("photo", "toys/lego")
        ]
        assert [one.reason for one in told] == [ContactReason.CHANNEL_REFUSED, ContactReason.MUTED_TOPIC]


def test_the_rarer_of_two_frequencies_holds() -> None:
    often, seldom = (
        Preferences({}, {(EMAIL, ""): ContactWord(True, of)}) for of in (Frequency.DAILY, Frequency.MONTHLY)
    )
    last = NOW - timedelta(days=2)
    for both in ([often, seldom], [seldom, often]):
        told = may_contact([YES], both, EMAIL, "", RULES, last_contact_at=last, now=NOW)
        assert told.reason is ContactReason.TOO_SOON
