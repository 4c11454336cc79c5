"""What a shopper wants to see and to be written about, as a value and in its one JSON form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, TypeVar

from models.errors import Fault, InvalidInputError
from privacy.topics import TopicWord, covers, topic_fault

MAX_TOPICS = 200
"""Most topics that a shopper has a word on: more than anybody clicks, and a row stays under 100 kB."""

MAX_CONTACT_WORDS = 200
"""Most words on contact: as many as topics."""


class Channel(StrEnum):
    """How a shopper is written to or called."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    POST = "post"
    PHONE = "phone"


class Frequency(StrEnum):
    """How often at most."""

    ALWAYS = "always"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Forget(Enum):
    """What takes a word back, as if it had never been said."""

    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class ContactWord:
    """What a shopper says of a channel, for one topic or for all.

    Attributes:
        allowed: Whether to write by it.
        frequency: How often at most; means nothing where it is not allowed.
    """

    allowed: bool
    frequency: Frequency = Frequency.ALWAYS


ContactKey = tuple[Channel, str]
"""A channel and a topic, which is empty for a word on the channel for all topics."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a shopper said of topics and channels. Of the rest nothing was said.

    Attributes:
        topics: Word by topic.
        contact: Word by channel and topic.
    """

    topics: Mapping[str, TopicWord] = field(default_factory=dict)
    contact: Mapping[ContactKey, ContactWord] = field(default_factory=dict)


def updated(
    preferences: Preferences,
    topics: Mapping[str, TopicWord | Forget | None] | None = None,
    contact: Mapping[ContactKey, ContactWord | Forget | None] | None = None,
) -> Preferences:
    """The preferences with new words; what is absent or None stays as it is, and `Forget.FORGET` takes a word back.

    Raises:
        InvalidInputError: Names every topic that is none, and a limit that would be passed.
    """
    changed = Preferences(_merged(preferences.topics, topics or {}), _merged(preferences.contact, contact or {}))
    return _sound("preferences", changed)


def refused(preferences: Preferences, channel: Channel, topic: str) -> Preferences:
    """The preferences after a no to a channel on a topic and on all that lies in it; a deeper yes would win over it.

    It never fails: where there are too many words for one more, it is a no to the channel as a whole, whose words it
    replaces.

    Args:
        preferences: Before.
        channel: By which nothing more is wanted.
        topic: Category path; empty for all topics.
    """
    contact = {
        (of, deeper): word
        for (of, deeper), word in preferences.contact.items()
        if of is not channel or (topic and not covers(topic, deeper))
    }
    if topic and len(contact) >= MAX_CONTACT_WORDS:
        return refused(preferences, channel, "")
    contact[channel, topic] = ContactWord(allowed=False)
    return Preferences(preferences.topics, contact)


def joined(first: Preferences, second: Preferences) -> Preferences:
    """The preferences of one shopper who has two identities: of two words on one thing the more reserved one holds.

    That is mute before show, not allowed before allowed, and the rarer before the more frequent. It may hold more
    than the limits allow of either.
    """
    topics = dict(first.topics)
    for topic, word in second.topics.items():
        topics[topic] = TopicWord.MUTE if TopicWord.MUTE in (word, topics.get(topic)) else word
    contact = dict(first.contact)
    for key, said in second.contact.items():
        contact[key] = max(said, contact.get(key, said), key=_reserve)
    return Preferences(topics, contact)


def to_json(preferences: Preferences) -> str:
    """The canonical form: keys sorted, no spaces, so that equal preferences are equal text."""
    contact: dict[str, dict[str, Any]] = {}
    for (channel, topic), word in preferences.contact.items():
        contact.setdefault(str(channel), {})[topic] = {"allowed": word.allowed, "frequency": str(word.frequency)}
    plain = {"contact": contact, "topics": {topic: str(word) for topic, word in preferences.topics.items()}}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Preferences:
    """Preferences from their JSON form.

    Raises:
        InvalidInputError: Names every key and value that the form does not have; an absent or repeated key is one.
    """
    faults: list[Fault] = []
    try:
        content = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, faults))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("preferences", [Fault("preferences", f"must be JSON: {error}")]) from None
    form = _fields(content, {"contact", "topics"}, "preferences", faults)
    topics: dict[str, TopicWord] = {}
    for topic, word in _items(form.get("topics", {}), "topics", faults):
        if (said := _choice(TopicWord, word, f"topics.{topic}", faults)) is not None:
            topics[topic] = said
    contact: dict[ContactKey, ContactWord] = {}
    for name, by_topic in _items(form.get("contact", {}), "contact", faults):
        channel = _choice(Channel, name, f"contact.{name}", faults)
        for topic, word in _items(by_topic, f"contact.{name}", faults):
            said_of_channel = _contact_word(word, f"contact.{name}.{topic}", faults)
            if channel is not None and said_of_channel is not None:
                contact[channel, topic] = said_of_channel
    return _sound("preferences", Preferences(topics, contact), faults, room_for_refusals=len(Channel))


_Key = TypeVar("_Key")
_Word = TypeVar("_Word")
_Choice = TypeVar("_Choice", bound=StrEnum)


def _merged(words: Mapping[_Key, _Word], new: Mapping[_Key, _Word | Forget | None]) -> dict[_Key, _Word]:
    merged = dict(words)
    for key, word in new.items():
        if isinstance(word, Forget):
            merged.pop(key, None)
        elif word is not None:
            merged[key] = word
    return merged


def _reserve(word: ContactWord) -> tuple[bool, int]:
    return not word.allowed, list(Frequency).index(word.frequency)


def _sound(
    subject: str, preferences: Preferences, faults: list[Fault] | None = None, *, room_for_refusals: int = 0
) -> Preferences:
    """The preferences, if there is no fault and they add none; refusals may have gone past the limit."""
    faults = list(faults or [])
    topics, contact = preferences.topics, preferences.contact
    named = [(f"topics.{topic}", topic) for topic in topics]
    named += [(f"contact.{channel}.{topic}", topic) for channel, topic in contact if topic]
    faults += [Fault(where, fault) for where, topic in named if (fault := topic_fault(topic)) is not None]
    most_contact = MAX_CONTACT_WORDS + room_for_refusals
    for where, words, limit in (("topics", topics, MAX_TOPICS), ("contact", contact, most_contact)):
        if len(words) > limit:
            faults.append(Fault(where, f"must hold at most {limit} words, would hold {len(words)}; forget some"))
    if faults:
        raise InvalidInputError(subject, faults)
    return preferences


def _object(pairs: list[tuple[str, Any]], faults: list[Fault]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    faults += [Fault(name, "must be given once") for name in sorted(set(names)) if names.count(name) > 1]
    return dict(pairs)


def _items(value: object, where: str, faults: list[Fault]) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    faults.append(Fault(where, f"must be an object, is {value!r}"))
    return []


def _fields(value: object, names: set[str], where: str, faults: list[Fault]) -> dict[str, Any]:
    """The object's values if it has exactly these names; an empty one with faults if not."""
    if not isinstance(value, dict):
        faults.append(Fault(where, f"must be an object of {' and '.join(sorted(names))}"))
        return {}
    faults += [Fault(f"{where}.{name}", "unknown") for name in sorted(value.keys() - names)]
    faults += [Fault(f"{where}.{name}", "missing") for name in sorted(names - value.keys())]
    return value


def _choice(choices: type[_Choice], value: object, where: str, faults: list[Fault]) -> _Choice | None:
    if isinstance(value, str) and value in list(choices):
        return choices(value)
    faults.append(Fault(where, f"must be one of {', '.join(choices)}, is {value!r}"))
    return None


def _contact_word(value: object, where: str, faults: list[Fault]) -> ContactWord | None:
    form = _fields(value, {"allowed", "frequency"}, where, faults)
    if form.keys() != {"allowed", "frequency"}:
        return None
    if not isinstance(form["allowed"], bool):
        faults.append(Fault(f"{where}.allowed", f"must be true or false, is {form['allowed']!r}"))
        return None
    frequency = _choice(Frequency, form["frequency"], f"{where}.frequency", faults)
    return None if frequency is None else ContactWord(form["allowed"], frequency)
