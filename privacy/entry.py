"""What the ledger holds: one word, link or erasure of one person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from privacy.consent import Purpose, Status


class EntryKind(StrEnum):
    """What an entry says."""

    CONSENT = "consent"
    LINK = "link"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True)
class Word:
    """What is to be recorded of a person.

    Attributes:
        subject: Number of the person, 1 or more.
        kind: What it says.
        at: When the person said it, UTC, to the microsecond.
        purpose: What a consent is for; None for the other kinds.
        status: What was answered; None for the other kinds.
        jurisdiction: Whose law applies, for instance DE or US-CA; empty where unknown.
        policy_version: The policy that the person was shown; empty where unknown.
        source: What the word came through, for instance `preference_page`.
        other: The customer that a visitor is linked to; None for the other kinds.
    """

    subject: int
    kind: EntryKind
    at: datetime
    purpose: Purpose | None = None
    status: Status | None = None
    jurisdiction: str = ""
    policy_version: str = ""
    source: str = ""
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A word in its place.

    Attributes:
        position: From 1, without gaps.
        word: What it says.
        hash: Of the word, its position and the hash before it, 32 bytes.
    """

    position: int
    word: Word
    hash: bytes


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a word came in.

    Attributes:
        at: When it was said, UTC.
        jurisdiction: Whose law applies; empty where unknown.
        policy_version: The policy that was shown; empty where unknown.
        source: What it came through, for instance `preference_page`.
        is_live: Whether it was said just now, and so after all that is on record, whatever clock that was stamped by.
    """

    at: datetime
    jurisdiction: str = ""
    policy_version: str = ""
    source: str = ""
    is_live: bool = False
