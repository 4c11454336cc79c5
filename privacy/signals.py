"""What a request itself says of consent, and whether a purpose is allowed right now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from privacy.consent import Answer, Decision, Purpose, Reason, Voice, silence_of, voice_of
from privacy.rules import Rules, TcfRules
from privacy.tcf import Refusal, TcfConsent, allows, read_tcf


@dataclass(frozen=True, slots=True)
class Signals:
    """What came with a request. It counts for that request alone.

    Attributes:
        jurisdiction: Where the shopper is, for instance DE or US-CA; empty where unknown. It goes with the words that
            this request records; those on record weigh by the jurisdiction that they were given in.
        global_privacy_control: Whether the browser sent Sec-GPC: 1.
        tcf_string: Consent string of the Transparency and Consent Framework; empty where there is none.
    """

    jurisdiction: str = ""
    global_privacy_control: bool = False
    tcf_string: str = ""


OBJECTED_TO = frozenset({Purpose.PERSONALISATION, Purpose.MODEL_TRAINING, Purpose.MEASUREMENT})
"""What Global Privacy Control objects to, under any law. It says nothing of being written to."""


def tcf_voice(read: TcfConsent | Refusal | None, purpose: Purpose, rules: TcfRules) -> Voice:
    """What a consent string amounts to for one purpose.

    A string that does not plainly allow the purpose is a no, also where the rules do not let strings be a yes. None
    is silence, and so is any for a purpose that the framework does not have.
    """
    if read is None or purpose not in rules.purposes:
        return Voice.SILENT
    if isinstance(read, Refusal) or rules.vendor_id is None:
        return Voice.NO
    if not allows(read, rules.vendor_id, rules.purposes[purpose]):
        return Voice.NO
    return Voice.YES if rules.enabled else Voice.SILENT


def decide_each(
    answers: Mapping[Purpose, Collection[Answer | None]], signals: Signals, rules: Rules, now: datetime
) -> dict[Purpose, Decision]:
    """`decide_now` for several purposes; a consent string is read once."""
    read = read_tcf(signals.tcf_string, now) if signals.tcf_string else None
    return {
        purpose: _decide(standing, signals.global_privacy_control, read, purpose, rules, now)
        for purpose, standing in answers.items()
    }


def decide_now(
    answers: Collection[Answer | None], signals: Signals, purpose: Purpose, rules: Rules, now: datetime
) -> Decision:
    """Whether a purpose is allowed for this request: somebody says yes, and nobody no.

    Args:
        answers: The answer for this purpose that stands of each identity of the shopper; None for one that gave none.
        signals: What came with the request.
        purpose: What is to be done.
        rules: How answers and signals weigh.
        now: The present, UTC.
    """
    return decide_each({purpose: answers}, signals, rules, now)[purpose]


def _decide(
    answers: Collection[Answer | None],
    objects: bool,
    read: TcfConsent | Refusal | None,
    purpose: Purpose,
    rules: Rules,
    now: datetime,
) -> Decision:
    voices = [voice_of(answer, rules.regimes, now) for answer in answers]
    if Voice.NO in voices:
        return Decision(False, Reason.DENIED)
    if objects and purpose in OBJECTED_TO:
        return Decision(False, Reason.GLOBAL_PRIVACY_CONTROL)
    heard = tcf_voice(read, purpose, rules.tcf)
    if heard is Voice.NO:
        return Decision(False, Reason.TCF_REFUSED)
    if heard is Voice.YES or Voice.YES in voices:
        return Decision(True, Reason.GRANTED)
    return Decision(False, silence_of(answers) if answers else Reason.NO_IDENTITY)
