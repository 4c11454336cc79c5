"""Requests of PrivacyService: what they ask for, or all that is wrong with them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from shopkeeper.v1 import privacy_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from models.errors import Fault, InvalidInputError
from privacy.consent import Purpose, Status
from privacy.preferences import Channel, ContactKey, ContactWord, Forget, Frequency
from privacy.tokens import OptOutScope
from privacy.topics import TopicWord, topic_fault
from service.api.shoppers import (
    PURPOSES,
    STATUSES,
    circumstance_faults,
    identities_of,
    moment_faults,
    purpose_faults,
    shopper_faults,
    signal_faults,
    word_faults,
)

MAX_TOKEN_CHARACTERS = 512
"""More than any token has: what is longer is not even read."""
MAX_RECEIPT_CHARACTERS = 128
MAX_LINK_TOPIC_BYTES = 128
MIN_DAYS, MAX_DAYS = 30, 3_650

CHANNELS = {
    pb.CHANNEL_EMAIL: Channel.EMAIL,
    pb.CHANNEL_SMS: Channel.SMS,
    pb.CHANNEL_PUSH: Channel.PUSH,
    pb.CHANNEL_POST: Channel.POST,
    pb.CHANNEL_PHONE: Channel.PHONE,
}
FREQUENCIES = {
    pb.FREQUENCY_UNSPECIFIED: Frequency.ALWAYS,
    pb.FREQUENCY_DAILY: Frequency.DAILY,
    pb.FREQUENCY_WEEKLY: Frequency.WEEKLY,
    pb.FREQUENCY_MONTHLY: Frequency.MONTHLY,
}
TOPIC_CHOICES: Mapping[int, TopicWord | Forget] = {
    pb.TOPIC_CHOICE_UNSPECIFIED: Forget.FORGET,
    pb.TOPIC_CHOICE_SHOW: TopicWord.SHOW,
    pb.TOPIC_CHOICE_MUTE: TopicWord.MUTE,
}


def answers(request: pb.RecordConsentRequest, now: datetime) -> dict[Purpose, Status]:
    """What is answered.

    Raises:
        InvalidInputError: Names every field at fault, here and below.
    """
    faults = [*shopper_faults(request.shopper, "shopper", n_least=1)]
    if not request.answers:
        faults.append(Fault("answers", "is empty; give an answer for one purpose at least"))
    faults += purpose_faults([one.purpose for one in request.answers], "answers", ".purpose")
    faults += [
        Fault(f"answers[{place}].status", "is no answer")
        for place, one in enumerate(request.answers)
        if one.status not in STATUSES
    ]
    _check([*faults, *circumstance_faults(request.circumstances, now)])
    return {PURPOSES[one.purpose]: STATUSES[one.status] for one in request.answers}


def link(request: pb.LinkVisitorRequest, now: datetime) -> None:
    """Whether a visitor and a customer are named."""
    _check([*shopper_faults(request.shopper, "shopper", n_least=2), *circumstance_faults(request.circumstances, now)])


def opt_out(request: pb.OptOutRequest, now: datetime) -> list[Purpose]:
    """What is said no to; empty for everything or what the link is for."""
    faults = [*_who(request), *circumstance_faults(request.circumstances, now)]
    faults += purpose_faults([*request.purposes], "purposes")
    if request.WhichOneof("who") == "token" and request.purposes:
        faults.append(Fault("purposes", "must be empty: the link decides what it says no to"))
    _check(faults)
    return [PURPOSES[purpose] for purpose in request.purposes]


def link_scope(request: pb.CreateOptOutLinkRequest) -> OptOutScope:
    """What a link is to say no to."""
    faults = [*shopper_faults(request.shopper, "shopper", n_least=1), *purpose_faults([*request.purposes], "purposes")]
    if len(identities_of(request.shopper)) > 1:
        faults.append(Fault("shopper", "must name one id alone: the link goes to one account or one browser"))
    purposes = [PURPOSES[purpose] for purpose in request.purposes if purpose in PURPOSES]
    channel = CHANNELS.get(request.channel)
    if request.channel and channel is None:
        faults.append(Fault("channel", "is no channel"))
    if request.channel and set(purposes) - {Purpose.CONTACT}:
        faults.append(Fault("purposes", "must be empty or contact alone where a channel is named"))
    faults += _topic_faults(request.topic, "topic") if request.topic else []
    if len(request.topic.encode()) > MAX_LINK_TOPIC_BYTES:
        faults.append(Fault("topic", f"must be at most {MAX_LINK_TOPIC_BYTES} bytes long in a link"))
    if request.topic and not request.channel:
        faults.append(Fault("topic", "needs a channel: to mute a topic is a preference"))
    if request.lifetime_days and not MIN_DAYS <= request.lifetime_days <= MAX_DAYS:
        faults.append(Fault("lifetime_days", f"must be {MIN_DAYS} to {MAX_DAYS}, or 0 for what the rules say"))
    _check(faults)
    everything = [Purpose.CONTACT] if channel is not None else [*Purpose]
    return OptOutScope(frozenset(purposes or everything), channel, request.topic or None)


def get_preferences(request: pb.GetPreferencesRequest) -> None:
    """Whether somebody is named."""
    _check([*_who(request), *signal_faults(request.signals, "signals")])


def preferences(
    request: pb.UpdatePreferencesRequest,
) -> tuple[dict[str, TopicWord | Forget | None], dict[ContactKey, ContactWord | Forget | None]]:
    """The words on topics and on channels."""
    faults = [*_who(request)]
    topics: dict[str, TopicWord | Forget | None] = {}
    for place, said in enumerate(request.topics):
        where = f"topics[{place}]"
        faults += _topic_faults(said.topic, f"{where}.topic")
        if said.topic in topics:
            faults.append(Fault(f"{where}.topic", "is there already; give each topic once"))
        if said.choice not in TOPIC_CHOICES:
            faults.append(Fault(f"{where}.choice", "is no choice"))
        topics[said.topic] = TOPIC_CHOICES.get(said.choice)
    contact: dict[ContactKey, ContactWord | Forget | None] = {}
    for place, word in enumerate(request.contact):
        where = f"contact[{place}]"
        channel = CHANNELS.get(word.channel)
        faults += [] if channel else [Fault(f"{where}.channel", "is no channel")]
        faults += _topic_faults(word.topic, f"{where}.topic") if word.topic else []
        if word.frequency not in FREQUENCIES:
            faults.append(Fault(f"{where}.frequency", "is no frequency"))
        if word.choice not in (0, pb.CONTACT_CHOICE_ALLOWED, pb.CONTACT_CHOICE_REFUSED):
            faults.append(Fault(f"{where}.choice", "is no choice"))
        if channel is not None:
            if (channel, word.topic) in contact:
                faults.append(Fault(where, "is there already; give each channel and topic once"))
            allowed = word.choice == pb.CONTACT_CHOICE_ALLOWED
            frequency = FREQUENCIES.get(word.frequency, Frequency.ALWAYS)
            contact[channel, word.topic] = ContactWord(allowed, frequency) if word.choice else Forget.FORGET
    if not request.topics and not request.contact:
        faults.append(Fault("topics", "is empty, and so is contact: say something of one of them"))
    _check(faults)
    return topics, contact


def contact(request: pb.CheckContactRequest, now: datetime) -> Channel:
    """The channel that is asked about."""
    faults = [*shopper_faults(request.shopper, "shopper", n_least=1), *signal_faults(request.signals, "signals")]
    channel = CHANNELS.get(request.channel)
    faults += [] if channel else [Fault("channel", "is no channel")]
    faults += _topic_faults(request.topic, "topic") if request.topic else []
    if request.HasField("last_contact_at"):
        faults += moment_faults(request.last_contact_at, "last_contact_at", now)
    _check(faults)
    assert channel is not None  # noqa: S101 - it would be a fault
    return channel


def named(shopper: shopper_pb2.Shopper) -> None:
    """Whether somebody is named."""
    _check(shopper_faults(shopper, "shopper", n_least=1))


def erase(request: pb.EraseShopperRequest) -> None:
    """Whether somebody is named."""
    _check([*shopper_faults(request.shopper, "shopper", n_least=1), *word_faults(request.source, "source")])


def receipt(request: pb.GetErasureRequest) -> None:
    """Whether a receipt is given."""
    if not 0 < len(request.receipt) <= MAX_RECEIPT_CHARACTERS:
        _check([Fault("receipt", f"must have 1 to {MAX_RECEIPT_CHARACTERS} characters")])


def _who(request: pb.OptOutRequest | pb.GetPreferencesRequest | pb.UpdatePreferencesRequest) -> Iterable[Fault]:
    who = request.WhichOneof("who")
    if who is None:
        return [Fault("who", "is missing: give a shopper or the token of a link")]
    if who == "token":
        too_long = not 0 < len(request.token) <= MAX_TOKEN_CHARACTERS
        return [Fault("token", f"must have 1 to {MAX_TOKEN_CHARACTERS} characters")] if too_long else []
    return shopper_faults(request.shopper, "shopper", n_least=1)


def _topic_faults(topic: str, where: str) -> list[Fault]:
    fault = topic_fault(topic)
    return [] if fault is None else [Fault(where, fault)]


def _check(faults: Iterable[Fault]) -> None:
    found = list(faults)
    if found:
        raise InvalidInputError("the request", found)
