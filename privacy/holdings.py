"""What is held of somebody, and what became of it when they asked for it to go."""

from dataclasses import dataclass
from datetime import datetime

from privacy.entry import Word
from privacy.kept_event import KeptEvent
from privacy.person import Person


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that is held of one person, for a copy.

    Attributes:
        person: The numbers, what stands of them and what they prefer.
        words: What the ledger holds of them, in order.
        events: What is kept of what they did, oldest first.
    """

    person: Person
    words: tuple[Word, ...]
    events: tuple[KeptEvent, ...]


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What an erasure did.

    Attributes:
        receipt: By which it is found again; it names nobody.
        at: When it was asked for; what happened until then is never used again.
        position: Its last entry in the ledger: models trained up to there have not seen the person.
        n_people: Numbers that were erased: the ids named, and visitors linked to them.
        n_events: Kept events that were removed.
    """

    receipt: str
    at: datetime
    position: int
    n_people: int
    n_events: int
