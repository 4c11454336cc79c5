"""Answers of PrivacyService to wire."""

# The generated stubs want their own enum types, which exist for type checkers alone.
# mypy: disable-error-code="arg-type"

from shopkeeper.v1 import privacy_service_pb2 as pb

from privacy.contact import ContactDecision, ContactReason
from service.api.privacy_validation import CHANNELS, FREQUENCIES, TOPIC_CHOICES
from service.api.shoppers import PURPOSES, stamp_of
from service.core.personal import REASONS
from service.core.privacy_desk import ErasureProgress, OptedOut, Standing

_NUMBER_OF_PURPOSE = {purpose: number for number, purpose in PURPOSES.items()}
_NUMBER_OF_CHANNEL = {channel: number for number, channel in CHANNELS.items()}
_NUMBER_OF_FREQUENCY = {frequency: number for number, frequency in FREQUENCIES.items()}
_NUMBER_OF_CHOICE = {choice: number for number, choice in TOPIC_CHOICES.items()}
_CONTACT_REASONS = {
    ContactReason.ALLOWED: pb.CONTACT_REASON_ALLOWED,
    ContactReason.DENIED: pb.CONTACT_REASON_NO_CONSENT,
    ContactReason.NEVER_ASKED: pb.CONTACT_REASON_NO_CONSENT,
    ContactReason.LAPSED: pb.CONTACT_REASON_NO_CONSENT,
    ContactReason.MUTED_TOPIC: pb.CONTACT_REASON_TOPIC_MUTED,
    ContactReason.SENSITIVE_TOPIC: pb.CONTACT_REASON_TOPIC_SENSITIVE,
    ContactReason.CHANNEL_REFUSED: pb.CONTACT_REASON_CHANNEL_REFUSED,
    ContactReason.CHANNEL_UNASKED: pb.CONTACT_REASON_CHANNEL_NOT_ASKED,
    ContactReason.TOO_SOON: pb.CONTACT_REASON_TOO_SOON,
}


def opted_out(done: OptedOut) -> pb.OptOutResponse:
    """What is now a no."""
    scope = done.scope
    return pb.OptOutResponse(
        ledger_position=done.position,
        purposes=sorted(_NUMBER_OF_PURPOSE[purpose] for purpose in scope.purposes),
        channel=0 if scope.channel is None else _NUMBER_OF_CHANNEL[scope.channel],
        topic=scope.topic or "",
    )


def standing(found: Standing) -> pb.GetPreferencesResponse:
    """What a shopper said and prefers."""
    response = pb.GetPreferencesResponse()
    for purpose, number in sorted(_NUMBER_OF_PURPOSE.items(), key=lambda pair: pair[1]):
        decision, answer = found.decisions[purpose], found.answers.get(purpose)
        response.purposes.add(
            purpose=number,
            allowed=decision.allowed,
            reason=REASONS[decision.reason].value,
            answered_at=None if answer is None else stamp_of(answer.at),
        )
    for topic, choice in sorted(found.preferences.topics.items()):
        response.topics.add(topic=topic, choice=_NUMBER_OF_CHOICE[choice])
    for (channel, topic), word in sorted(found.preferences.contact.items()):
        response.contact.add(
            channel=_NUMBER_OF_CHANNEL[channel],
            topic=topic,
            choice=pb.CONTACT_CHOICE_ALLOWED if word.allowed else pb.CONTACT_CHOICE_REFUSED,
            frequency=_NUMBER_OF_FREQUENCY[word.frequency],
        )
    return response


def contact(decision: ContactDecision) -> pb.CheckContactResponse:
    """Whether a shopper may be written to."""
    return pb.CheckContactResponse(allowed=decision.allowed, reason=_CONTACT_REASONS[decision.reason])


def erasure(progress: ErasureProgress, served_position: int | None) -> pb.Erasure:
    """How far an erasure has come.

    Args:
        progress: What is known of it.
        served_position: The ledger's position at the training of the model in service; None where it is not known.
    """
    receipt = progress.receipt
    return pb.Erasure(
        requested_at=stamp_of(receipt.at),
        ledger_position=receipt.position,
        n_events=receipt.n_events,
        models_due_at=stamp_of(progress.models_due_at),
        served_model_is_clean=served_position is not None and served_position >= receipt.position,
    )
