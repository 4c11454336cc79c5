"""Wire to values: shoppers, signals and how a word came in, or all that is wrong with them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import shopper_pb2 as pb

from models.errors import Fault
from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.signals import Signals
from service.api.ids import ID_RULE, wrong_with

MAX_TCF_CHARACTERS = 8_192
MAX_WORD_BYTES = 64
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""How far a clock may run ahead of ours."""

_JURISDICTION = re.compile(r"([A-Z]{2}(-[A-Z0-9]{1,3})?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PURPOSES = {
    pb.PURPOSE_PERSONALISATION: Purpose.PERSONALISATION,
    pb.PURPOSE_MODEL_TRAINING: Purpose.MODEL_TRAINING,
    pb.PURPOSE_MEASUREMENT: Purpose.MEASUREMENT,
    pb.PURPOSE_CONTACT: Purpose.CONTACT,
}
STATUSES = {
    pb.CONSENT_STATUS_GRANTED: Status.GRANTED,
    pb.CONSENT_STATUS_DENIED: Status.DENIED,
    pb.CONSENT_STATUS_NOTICED: Status.NOTICED,
}


def identities_of(shopper: pb.Shopper) -> tuple[Identity, ...]:
    """The ids of a shopper, the customer first."""
    found = []
    if shopper.customer_id:
        found.append(Identity(ShopperKind.CUSTOMER, shopper.customer_id))
    if shopper.visitor_id:
        found.append(Identity(ShopperKind.VISITOR, shopper.visitor_id))
    return tuple(found)


def shopper_faults(shopper: pb.Shopper, where: str, *, n_least: int) -> Iterator[Fault]:
    """What is wrong with the ids.

    Args:
        shopper: As it came in.
        where: Path of the field.
        n_least: Ids that must be there.
    """
    for name in ("customer_id", "visitor_id"):
        text = getattr(shopper, name)
        wrong = wrong_with(text) if text else ""
        if wrong:
            yield Fault(f"{where}.{name}", f"{wrong}; {ID_RULE}")
    n_ids = len(identities_of(shopper))
    if n_ids < n_least:
        wanted = "both customer_id and visitor_id" if n_least > 1 else "customer_id, visitor_id or both"
        yield Fault(where, f"must name {wanted}")


def signals_of(signals: pb.Signals) -> Signals:
    """The signals of a message."""
    return Signals(signals.jurisdiction, signals.global_privacy_control, signals.tcf_string)


def signal_faults(signals: pb.Signals, where: str) -> Iterator[Fault]:
    """What is wrong with the signals; what a consent string says is no fault but a no."""
    yield from _jurisdiction_faults(signals.jurisdiction, where)
    if len(signals.tcf_string) > MAX_TCF_CHARACTERS:
        yield Fault(f"{where}.tcf_string", f"is longer than {MAX_TCF_CHARACTERS} characters")


def circumstances_of(circumstances: privacy_pb.Circumstances, now: datetime) -> Circumstances:
    """How a word came in: just now, unless the message says when."""
    is_live = not circumstances.HasField("at")
    return Circumstances(
        now if is_live else moment_of(circumstances.at),
        circumstances.jurisdiction,
        circumstances.policy_version,
        circumstances.source,
        is_live,
    )


def circumstance_faults(circumstances: privacy_pb.Circumstances, now: datetime) -> Iterator[Fault]:
    """What is wrong with them."""
    yield from _jurisdiction_faults(circumstances.jurisdiction, "circumstances")
    for name in ("policy_version", "source"):
        yield from word_faults(getattr(circumstances, name), f"circumstances.{name}")
    if circumstances.HasField("at"):
        yield from moment_faults(circumstances.at, "circumstances.at", now)


def word_faults(text: str, where: str) -> Iterator[Fault]:
    """What is wrong with a short text that is kept."""
    if not text.isprintable() or len(text.encode()) > MAX_WORD_BYTES:
        yield Fault(where, f"must be at most {MAX_WORD_BYTES} bytes without control characters")


def moment_of(stamp: Timestamp) -> datetime:
    """The moment, to the microsecond, UTC."""
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)


def moment_faults(stamp: Timestamp, where: str, now: datetime, *, ahead: timedelta = AHEAD) -> Iterator[Fault]:
    """What is wrong with a moment of the past.

    Args:
        stamp: As it came in.
        where: Path of the field.
        now: The present, UTC.
        ahead: How far the clock that it was read from may run ahead of ours.
    """
    try:
        moment = moment_of(stamp)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    if not EARLIEST <= moment <= now + ahead or not 0 <= stamp.nanos < 1_000_000_000:
        yield Fault(where, f"must be between {EARLIEST:%Y-%m-%d} and now, in UTC")


def stamp_of(moment: datetime) -> Timestamp:
    """The moment on the wire."""
    seconds, rest = divmod(moment - _EPOCH, timedelta(seconds=1))
    return Timestamp(seconds=seconds, nanos=rest // timedelta(microseconds=1) * 1000)


def purpose_faults(purposes: list[int], where: str, member: str = "") -> Iterator[Fault]:
    """What is wrong with a list of purposes.

    Args:
        purposes: As they came in.
        where: Path of the list.
        member: Name, after a dot, of the field of each that holds it.
    """
    for place, purpose in enumerate(purposes):
        if purpose not in PURPOSES:
            yield Fault(f"{where}[{place}]{member}", "is no purpose")
        elif purpose in purposes[:place]:
            yield Fault(f"{where}[{place}]{member}", "is there already; give each purpose once")


def _jurisdiction_faults(text: str, where: str) -> Iterator[Fault]:
    if not _JURISDICTION.fullmatch(text):
        yield Fault(f"{where}.jurisdiction", "must be ISO 3166, for instance DE or US-CA, or empty where unknown")
