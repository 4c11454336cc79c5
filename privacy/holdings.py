"""What is held of somebody, and what became of it when they asked for it to go."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from privacy.entry import Entry, Word
from privacy.kept_event import KeptEvent
from privacy.person import Person


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that is held of one person, for a copy.

    Attributes:
        person: The numbers, what stands of them and what they prefer.
        entries: What the ledger holds of them, in order.
        events: What is kept of what they did, oldest first, read while they are gone through, once: what is forgotten
            meanwhile is not among them.
        n_shared: Visitors left out because they are linked to somebody else too, whose they may be.
    """

    person: Person
    entries: tuple[Entry, ...]
    events: Iterator[KeptEvent]
    n_shared: int = 0

    @property
    def words(self) -> tuple[Word, ...]:
        """What they said, in order."""
        return tuple(entry.word for entry in self.entries)


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
