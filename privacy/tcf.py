"""Consent strings of IAB Europe's Transparency and Consent Framework, read so that any doubt is a refusal.

Format: IAB Tech Lab, Transparency and Consent String with Global Vendor List Format, versions 2.0 to 2.3.
"""

import string
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum

MAX_AGE = timedelta(seconds=33_696_000)
"""Oldest that a string may be: thirteen months of 30 days, the Max-Age that the format gives for its cookie. The
framework's policies want people asked again by then."""

MAX_CHARACTERS = 8_192
"""Longest string that is read. All vendors of the list, one by one and thrice over, take a tenth of that."""

POLICY_VERSIONS = frozenset({2, 3, 4, 5})
"""TcfPolicyVersion of TCF 2.0, 2.1, 2.2 and 2.3; what a later one asks of a string is not known yet."""

CONSENT_ALONE_FROM = datetime(2023, 11, 20, tzinfo=UTC)
"""TCF 2.2 holds from then on; strings of the policies before it, 2 and 3, are made no longer."""

DISCLOSURE_FROM = datetime(2026, 3, 1, tzinfo=UTC)
"""TCF 2.3 holds from then on: a string must list the vendors that were disclosed."""


class TcfFault(StrEnum):
    """Why a string is not read."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    FOREIGN_CHARACTERS = "foreign_characters"
    CUT = "cut"
    TRAILING_BITS = "trailing_bits"
    WRONG_VERSION = "wrong_version"
    WRONG_POLICY = "wrong_policy"
    WRONG_SCOPE = "wrong_scope"
    WRONG_SEGMENT = "wrong_segment"
    WRONG_VALUE = "wrong_value"
    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"
    NOT_DISCLOSED = "not_disclosed"


class RestrictionType(IntEnum):
    """What a publisher makes of a purpose for some vendors."""

    NOT_ALLOWED = 0
    REQUIRE_CONSENT = 1
    REQUIRE_LEGITIMATE_INTEREST = 2


VendorIds = tuple[range, ...] | frozenset[int]
"""Numbers of the Global Vendor List; as ranges, ascending and without overlap, where the string has them so."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A publisher's word on one purpose."""

    purpose: int
    kind: RestrictionType
    vendors: VendorIds


@dataclass(frozen=True, slots=True)
class TcfConsent:
    """What a string says.

    Attributes:
        created: When it was first made, UTC.
        last_updated: When it was last changed, UTC.
        policy_version: TcfPolicyVersion.
        purposes: Purposes consented to; without 1 where the string says that nobody was asked about it.
        vendors: Vendors consented to.
        disclosed: Vendors that were disclosed; None where the string does not tell.
        restrictions: What the publisher restricts.
    """

    created: datetime
    last_updated: datetime
    policy_version: int
    purposes: frozenset[int]
    vendors: VendorIds
    disclosed: VendorIds | None
    restrictions: tuple[Restriction, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A string that is no consent of anybody to anything."""

    reason: TcfFault


def read_tcf(text: str, now: datetime) -> TcfConsent | Refusal:
    """What the string says, or why it is not read. Raises for no string at all.

    Args:
        text: The string as it came.
        now: The present, with a zone.
    """
    try:
        return _read(text, now)
    except _RefusedError as fault:
        return Refusal(fault.reason)


def allows(consent: TcfConsent, vendor_id: int, purposes: Collection[int]) -> bool:
    """Whether a vendor has consent to all of these purposes, and the publisher lets it rest on consent."""
    if not purposes or not consent.purposes.issuperset(purposes):
        return False
    if not _names(consent.vendors, vendor_id):
        return False
    if consent.disclosed is not None and not _names(consent.disclosed, vendor_id):
        return False
    return not any(
        restriction.purpose in purposes
        and restriction.kind is not RestrictionType.REQUIRE_CONSENT
        and _names(restriction.vendors, vendor_id)
        for restriction in consent.restrictions
    )


class _RefusedError(Exception):
    def __init__(self, reason: TcfFault) -> None:
        super().__init__(reason)
        self.reason = reason


_SIX_BITS = {
    character: f"{value:06b}"
    for value, character in enumerate(string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_")
}
_DISCLOSED_VENDORS, _PUBLISHER_TC = 1, 3


class _Bits:
    """Fields of one segment, from its first bit on."""

    __slots__ = ("_at", "_bits")

    def __init__(self, segment: str) -> None:
        if not segment:
            raise _RefusedError(TcfFault.CUT)
        try:
            bits = "".join([_SIX_BITS[character] for character in segment])
        except KeyError:
            raise _RefusedError(TcfFault.FOREIGN_CHARACTERS) from None
        if len(segment) % 4 == 1:
            raise _RefusedError(TcfFault.CUT)  # base64 of no number of bytes
        n_bits = len(bits) // 8 * 8
        if "1" in bits[n_bits:]:
            raise _RefusedError(TcfFault.TRAILING_BITS)
        self._bits, self._at = bits[:n_bits], 0

    def take(self, n_bits: int) -> str:
        start, self._at = self._at, self._at + n_bits
        if self._at > len(self._bits):
            raise _RefusedError(TcfFault.CUT)
        return self._bits[start : self._at]

    def number(self, n_bits: int) -> int:
        return int(self.take(n_bits), 2)

    def flag(self) -> bool:
        return self.take(1) == "1"

    def moment(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=100 * self.number(36))

    def letters(self) -> None:
        if max(self.number(6), self.number(6)) > 25:
            raise _RefusedError(TcfFault.WRONG_VALUE)

    def vendors(self) -> VendorIds:
        """MaxVendorId, then a bit for each or ranges."""
        max_id = self.number(16)
        if not self.flag():
            return _members(self.take(max_id))
        ranges = self.ranges()
        if (ranges[-1].stop - 1 if ranges else 0) > max_id:
            raise _RefusedError(TcfFault.WRONG_VALUE)
        return ranges

    def ranges(self) -> tuple[range, ...]:
        ranges: list[range] = []
        for _ in range(self.number(12)):
            has_end = self.flag()
            first = self.number(16)
            last = self.number(16) if has_end else first
            if first > last or first <= (ranges[-1].stop - 1 if ranges else 0):
                raise _RefusedError(TcfFault.WRONG_VALUE)
            ranges.append(range(first, last + 1))
        return tuple(ranges)

    def end(self) -> None:
        """Nothing but zeros may follow: encoders fill up by different lengths, the format's own examples too."""
        if "1" in self._bits[self._at :]:
            raise _RefusedError(TcfFault.TRAILING_BITS)


def _read(text: str, now: datetime) -> TcfConsent:
    if not text:
        raise _RefusedError(TcfFault.EMPTY)
    if len(text) > MAX_CHARACTERS:
        raise _RefusedError(TcfFault.TOO_LONG)
    core, *others = text.split(".")
    consent = _core(_Bits(core), _disclosed([_Bits(segment) for segment in others]))
    if not consent.created <= consent.last_updated <= now:
        raise _RefusedError(TcfFault.IN_THE_FUTURE)
    if now - consent.last_updated > MAX_AGE:
        raise _RefusedError(TcfFault.TOO_OLD)
    if consent.policy_version < 4 and consent.last_updated >= CONSENT_ALONE_FROM:
        raise _RefusedError(TcfFault.WRONG_POLICY)
    if consent.disclosed is None and (consent.policy_version >= 5 or consent.last_updated >= DISCLOSURE_FROM):
        raise _RefusedError(TcfFault.NOT_DISCLOSED)
    return consent


def _core(bits: _Bits, disclosed: VendorIds | None) -> TcfConsent:
    if bits.number(6) != 2:
        raise _RefusedError(TcfFault.WRONG_VERSION)
    created, last_updated = bits.moment(), bits.moment()
    cmp_id = bits.number(12)
    bits.take(12 + 6)  # CmpVersion, ConsentScreen
    bits.letters()
    vendor_list_version = bits.number(12)
    if cmp_id < 2 or vendor_list_version == 0:  # consent platforms are numbered from 2 on, lists from 1 on
        raise _RefusedError(TcfFault.WRONG_VALUE)
    policy_version = bits.number(6)
    if policy_version not in POLICY_VERSIONS:
        raise _RefusedError(TcfFault.WRONG_POLICY)
    if not bits.flag():  # consent for every site at once was given up; no string of today is of that scope
        raise _RefusedError(TcfFault.WRONG_SCOPE)
    bits.take(1 + 12)  # UseNonStandardTexts, SpecialFeatureOptIns
    purposes = _members(bits.take(24))
    bits.take(24)  # legitimate interests
    if bits.flag():  # PurposeOneTreatment
        purposes -= {1}
    bits.letters()
    vendors = bits.vendors()
    bits.vendors()  # legitimate interests
    restrictions = tuple(_restriction(bits) for _ in range(bits.number(12)))
    bits.end()
    return TcfConsent(created, last_updated, policy_version, purposes, vendors, disclosed, restrictions)


def _restriction(bits: _Bits) -> Restriction:
    purpose, kind = bits.number(6), bits.number(2)
    if not 1 <= purpose <= 24 or kind not in list(RestrictionType):
        raise _RefusedError(TcfFault.WRONG_VALUE)
    return Restriction(purpose, RestrictionType(kind), bits.ranges())


def _disclosed(segments: Sequence[_Bits]) -> VendorIds | None:
    """Vendors of the segment that discloses them; every segment must be read to its end."""
    disclosed: VendorIds | None = None
    kinds: set[int] = set()
    for bits in segments:
        kind = bits.number(3)
        if kind in kinds:
            raise _RefusedError(TcfFault.WRONG_SEGMENT)
        kinds.add(kind)
        if kind == _DISCLOSED_VENDORS:
            disclosed = bits.vendors()
        elif kind == _PUBLISHER_TC:
            bits.take(24 + 24)
            bits.take(2 * bits.number(6))
        else:
            raise _RefusedError(TcfFault.WRONG_SEGMENT)
        bits.end()
    return disclosed


def _members(bits: str) -> frozenset[int]:
    """Numbers of the bits that are set, from 1 on."""
    return frozenset(place for place, bit in enumerate(bits, 1) if bit == "1")


def _names(ids: VendorIds, number: int) -> bool:
    return number in ids if isinstance(ids, frozenset) else any(number in numbers for numbers in ids)
