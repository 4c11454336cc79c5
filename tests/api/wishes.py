"""What stands of a shopper who said yes, no or nothing, and what they wish of contact."""

from shopkeeper.v1 import privacy_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from tests.api.counter import (
    ANNA,
    EVERYTHING,
    Counter,
)

ALLOWED = dict.fromkeys(EVERYTHING, (True, shopper_pb2.CONSENT_REASON_GRANTED))
DENIED = dict.fromkeys(EVERYTHING, (False, shopper_pb2.CONSENT_REASON_DENIED))
NEVER_ASKED = dict.fromkeys(EVERYTHING, (False, shopper_pb2.CONSENT_REASON_NEVER_ASKED))
EMAIL, SMS = pb.CHANNEL_EMAIL, pb.CHANNEL_SMS


def contact(counter: Counter, channel: int = EMAIL, **given: object) -> tuple[bool, int]:
    answer = counter.privacy.CheckContact(pb.CheckContactRequest(**{"shopper": ANNA, "channel": channel, **given}))
    return answer.allowed, answer.reason


def chooses(counter: Counter, choice: int = pb.CONTACT_CHOICE_ALLOWED, *, topic: str = "", frequency: int = 0) -> None:
    word = pb.ContactPreference(channel=EMAIL, topic=topic, choice=choice, frequency=frequency)
    counter.privacy.UpdatePreferences(pb.UpdatePreferencesRequest(shopper=ANNA, contact=[word]))
