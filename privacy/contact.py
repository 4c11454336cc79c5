"""Whether a shopper may be written to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from privacy.consent import Answer, Purpose, Reason, Voice, voice_of
from privacy.preferences import Channel, ContactWord, Frequency, Preferences
from privacy.regimes import Regime
from privacy.rules import Rules
from privacy.signals import Signals, decide_now
from privacy.topics import is_muted, lacks_own_yes

INTERVALS = {
    Frequency.DAILY: timedelta(days=1),
    Frequency.WEEKLY: timedelta(weeks=1),
    Frequency.MONTHLY: timedelta(days=30),
}
"""Least time between two messages; a month of 30 days is twelve a year at most."""


class ContactReason(StrEnum):
    """Why somebody may be written to, or the first reason why not."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NEVER_ASKED = "never_asked"
    LAPSED = "lapsed"
    MUTED_TOPIC = "muted_topic"
    SENSITIVE_TOPIC = "sensitive_topic"
    CHANNEL_REFUSED = "channel_refused"
    CHANNEL_UNASKED = "channel_unasked"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True)
class ContactDecision:
    """Whether somebody may be written to, and why."""

    allowed: bool
    reason: ContactReason


def contact_word(preferences: Preferences, channel: Channel, topic: str) -> ContactWord | None:
    """The word on the channel for the deepest topic that covers this one, else that for all topics; None if neither."""
    while topic and (channel, topic) not in preferences.contact:
        topic = topic.rpartition("/")[0]
    return preferences.contact.get((channel, topic))


def may_contact(
    answers: Collection[Answer | None],
    preferences: Collection[Preferences],
    channel: Channel,
    topic: str,
    rules: Rules,
    *,
    last_contact_at: datetime | None,
    now: datetime,
) -> ContactDecision:
    """Whether this shopper may be written to by this channel on this topic.

    It takes a yes to contact, a topic that is not muted and not sensitive without its own yes, and the channel: either
    the shopper allows it, or has no word on it and every yes to contact was given where silence may be one.

    Args:
        answers: The answer on contact that stands of each identity of the shopper; None for one that gave none.
        preferences: What each identity of the shopper said of topics and channels. Each is heard by itself, and what
            one refuses is refused: a deeper yes of one does not answer a wider no of another.
        channel: How.
        topic: Category path; empty for a message on nothing in particular.
        rules: How answers weigh, and which topics are sensitive.
        last_contact_at: When the shopper was last written to by this channel; None if never.
        now: The present, UTC.
    """
    decision = decide_now(answers, Signals(), Purpose.CONTACT, rules, now)
    if not decision.allowed:
        return ContactDecision(False, _REASONS[decision.reason])
    if any(is_muted(topic, said.topics) for said in preferences):
        return ContactDecision(False, ContactReason.MUTED_TOPIC)
    if all(lacks_own_yes(topic, said.topics, rules.sensitive_topics) for said in preferences or (Preferences(),)):
        return ContactDecision(False, ContactReason.SENSITIVE_TOPIC)
    words = [word for said in preferences if (word := contact_word(said, channel, topic)) is not None]
    if any(not word.allowed for word in words):
        return ContactDecision(False, ContactReason.CHANNEL_REFUSED)
    if not words and not _silence_suffices(answers, rules, now):
        return ContactDecision(False, ContactReason.CHANNEL_UNASKED)
    interval = max((INTERVALS[word.frequency] for word in words if word.frequency in INTERVALS), default=None)
    if interval is not None and last_contact_at is not None and now - last_contact_at < interval:
        return ContactDecision(False, ContactReason.TOO_SOON)
    return ContactDecision(True, ContactReason.ALLOWED)


_REASONS = {
    Reason.DENIED: ContactReason.DENIED,
    Reason.LAPSED: ContactReason.LAPSED,
    Reason.NEVER_ASKED: ContactReason.NEVER_ASKED,
    Reason.NO_IDENTITY: ContactReason.NEVER_ASKED,
}


def _silence_suffices(answers: Collection[Answer | None], rules: Rules, now: datetime) -> bool:
    """Whether everybody who says yes to contact is under a law that lets silence be one."""
    return all(
        rules.regimes.regime_of(answer.jurisdiction) is Regime.OPT_OUT
        for answer in answers
        if answer is not None and voice_of(answer, rules.regimes, now) is Voice.YES
    )
