"""What was done to a ledger since it was written, entry by entry."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from models.errors import InvalidInputError
from privacy.chain import GENESIS, Head, next_hash, seal_holds
from privacy.entry import Entry, Word

MAX_MATCHED = 256
"""Entries out of place that are compared with each other, every one with every one; what is beyond is named EDITED."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was noted of the ledger elsewhere, for instance in the run of a training.

    Attributes:
        position: Of the last entry at that time; 0 for an empty ledger.
        hash: Of that entry, 32 bytes.
    """

    position: int
    hash: bytes


class FindingKind(StrEnum):
    """What was done to the ledger."""

    EDITED = "edited"
    """The hash does not follow from the content, or the entry before was changed and hashed anew."""
    MISSING = "missing"
    """Entries were taken out."""
    MOVED = "moved"
    """An entry is in another's place: `first` and `last` are the two places."""
    DUPLICATE = "duplicate"
    """A position is there more than once."""
    ADDED = "added"
    """Entries beyond those that the head counts, or before the first."""
    CUT = "cut"
    """The head counts entries that are not there."""
    REWRITTEN = "rewritten"
    """Every entry follows, and yet the last is not the one of the head: some or all up to it were written anew."""
    SEAL_BROKEN = "seal_broken"
    """The head is not the one that was sealed, so what it says is left aside."""
    ANCHOR_MISMATCH = "anchor_mismatch"
    """The entry is not the one that was noted elsewhere: the ledger was rewritten or put back to an older day."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was done to the ledger.

    Attributes:
        kind: What.
        first: Position of the first entry concerned.
        last: Position of the last entry concerned; the same as `first` for one entry.
        message: The same in words.
    """

    kind: FindingKind
    first: int
    last: int
    message: str


_Gap = tuple[int, int, tuple[bytes, ...]]
"""First and last position that were not read, and the hashes that the entry before them may have."""


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """An entry as it was read; `word` is None where the row holds no word. `after` is the position read before it."""

    position: int
    word: Word | None
    hash: bytes
    after: int


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A position whose entry is in doubt.

    `row` is None in a gap. `previous` are the hashes that the entry before may have; none are known after a gap.
    """

    position: int
    row: _Row | None
    previous: tuple[bytes, ...]


@dataclass(slots=True)
class _Outcome:
    """What the doubtful places turned out to be."""

    hashes: dict[int, bytes] = field(default_factory=dict)
    """True hash of each place whose own entry was found."""
    used: set[_Row] = field(default_factory=set)
    moved: set[tuple[int, int]] = field(default_factory=set)
    edited: list[int] = field(default_factory=list)
    missing: set[int] = field(default_factory=set)
    duplicate: set[int] = field(default_factory=set)


class Verifier:
    """Reads a ledger from its first entry to its last and says what was done to it.

    Feed the entries in order of their position, all of one snapshot of the database and of the same snapshot as the
    head, then ask for the findings. After a finding it goes on from the hash that is stored, so one change is one
    finding. The entry after missing ones cannot be checked, its hash before being gone.

    Args:
        head: The ledger's head; None if there is none, which only an empty ledger may lack.
        sealed: The seal of the head.
        keys: Keys that the seal may be of.
        anchors: Positions and hashes noted elsewhere.
    """

    def __init__(
        self, head: Head | None, sealed: bytes, keys: Collection[bytes], *, anchors: Iterable[Anchor] = ()
    ) -> None:
        self._head = head
        self._sealed = head is not None and seal_holds(head, sealed, keys)
        self._limit = head.count if head is not None and self._sealed else None
        self._anchors = tuple(anchors)
        self._noted: dict[int, set[bytes]] = {anchor.position: set() for anchor in self._anchors}
        self._noted.get(0, set()).add(GENESIS)
        self._last = 0
        self._previous: tuple[bytes, ...] = (GENESIS,)
        self._doubts: list[_Place] = []
        self._gaps: list[_Gap] = []
        self._strays: list[_Row] = []
        self._unmatched: list[int] = []
        self._unmatched_strays: list[int] = []

    def feed(self, entry: Entry) -> None:
        """Take the next entry in order of position."""
        self._take(entry.position, entry.word, entry.hash)

    def feed_unreadable(self, position: int, stored_hash: bytes) -> None:
        """Take the next entry where its row holds no word, for instance a kind that does not exist."""
        self._take(position, None, stored_hash)

    def findings(self) -> tuple[Finding, ...]:
        """What was done to the ledger, in order of position, once all entries are fed; empty if nothing was."""
        outcome = self._settled()
        found = [*self._in_the_chain(outcome), *self._at_the_head(outcome), *self._at_the_anchors(outcome)]
        return tuple(sorted(found, key=lambda finding: (finding.first, finding.last, finding.kind)))

    def _take(self, position: int, word: Word | None, stored: bytes) -> None:
        if position in self._noted:
            self._noted[position].add(stored)
        if not self._last < position <= (position if self._limit is None else self._limit):
            self._take_stray(_Row(position, word, stored, self._last))
            return
        if position > self._last + 1:
            self._gaps.append((self._last + 1, position - 1, self._previous))
            self._doubt(position, word, stored, ())
            self._previous = (stored,)
        else:
            computed = [_hash_or_nothing(previous, position, word) for previous in self._previous]
            if stored in computed:
                self._previous = (stored,)
            else:
                self._doubt(position, word, stored, self._previous)
                self._previous = (stored, *(other for other in computed[:2] if other is not None))
        self._last = position

    def _take_stray(self, row: _Row) -> None:
        if len(self._strays) < MAX_MATCHED:
            self._strays.append(row)
        else:
            self._unmatched_strays.append(row.position)

    def _doubt(self, position: int, word: Word | None, stored: bytes, previous: tuple[bytes, ...]) -> None:
        if len(self._doubts) < MAX_MATCHED:
            self._doubts.append(_Place(position, _Row(position, word, stored, position - 1), previous))
        elif previous:
            self._unmatched.append(position)

    def _gaps_to_the_head(self) -> list[_Gap]:
        if self._limit is None or self._last >= self._limit:
            return self._gaps
        return [*self._gaps, (self._last + 1, self._limit, self._previous)]

    def _settled(self) -> _Outcome:
        """Finds for each doubtful place, in order, the entry whose hash follows there."""
        outcome = _Outcome()
        rows = [place.row for place in self._doubts if place.row is not None] + self._strays
        holders = {row.hash: row for row in rows}
        compared = self._gaps_to_the_head()[:MAX_MATCHED]
        gaps = [_Place(first, None, previous) for first, _, previous in compared]
        ends = {first: last for first, last, _ in compared}
        for place in sorted([*self._doubts, *gaps], key=lambda place: place.position):
            settled = _settle(place, rows, holders, outcome)
            position = place.position + 1
            while settled and position <= ends.get(place.position, 0):
                settled = _settle(_Place(position, None, ()), rows, holders, outcome)
                position += 1
        for place in self._doubts:
            if place.position in outcome.hashes:
                if place.row not in outcome.used:
                    outcome.duplicate.add(place.position)
            elif place.row in outcome.used:
                outcome.missing.add(place.position)
            elif (place.previous or place.position - 1 in outcome.hashes) and place.position - 1 not in outcome.missing:
                outcome.edited.append(place.position)
        return outcome

    def _in_the_chain(self, outcome: _Outcome) -> Iterator[Finding]:
        for first, last in _stretches([*outcome.edited, *self._unmatched]):
            yield Finding(FindingKind.EDITED, first, last, _edited(first, last))
        gaps = self._gaps_to_the_head()
        added, duplicate, late = [], set(outcome.duplicate), set()
        unused = [row.position for row in self._strays if row not in outcome.used] + self._unmatched_strays
        for position in unused:
            if not 1 <= position <= (position if self._limit is None else self._limit):
                added.append(position)
            elif _within(position, gaps):
                late.add(position)
            else:
                duplicate.add(position)
        for first, last in sorted(outcome.moved | {(position, self._last) for position in late}):
            yield Finding(FindingKind.MOVED, first, last, f"Entries {first} and {last} are not in their places.")
        for first, last in _stretches(duplicate):
            yield Finding(FindingKind.DUPLICATE, first, last, f"{_named(first, last)} there more than once.")
        for first, last in _stretches(added):
            yield Finding(FindingKind.ADDED, first, last, f"{_named(first, last)} not among those of the sealed head.")
        for first, last in _stretches(outcome.missing):
            yield Finding(FindingKind.MISSING, first, last, f"{_named(first, last)} missing.")
        present = sorted(outcome.hashes.keys() | late)
        for first, last, _ in gaps:
            kind = FindingKind.CUT if first > self._last else FindingKind.MISSING
            what = "cut off: the sealed head counts them." if kind is FindingKind.CUT else "missing."
            for left, right in _without(first, last, present):
                yield Finding(kind, left, right, f"{_named(left, right)} {what}")

    def _at_the_head(self, outcome: _Outcome) -> Iterator[Finding]:
        if self._head is None:
            if self._last or self._strays:
                yield Finding(
                    FindingKind.SEAL_BROKEN, self._last, self._last, f"No head counts the {self._last} entries."
                )
            return
        count = self._head.count
        if not self._sealed:
            message = f"The head, of {count} entries, has no seal of a known key; there are {self._last} entries."
            yield Finding(FindingKind.SEAL_BROKEN, count, count, message)
            return
        in_doubt = count in {*outcome.edited, *outcome.missing, *self._unmatched[-1:]}
        true_hashes = {outcome.hashes[count]} if count in outcome.hashes else set(self._previous)
        if self._last == count and not in_doubt and self._head.hash not in true_hashes:
            first = 1 + max((a.position for a in self._anchors if self._agrees(a, outcome)), default=0)
            message = (
                f"Entry {count} is not the last one of the head: it, or entries from {first} on, were written anew."
            )
            yield Finding(FindingKind.REWRITTEN, min(first, count), count, message)

    def _at_the_anchors(self, outcome: _Outcome) -> Iterator[Finding]:
        gaps = self._gaps_to_the_head()
        for anchor in self._anchors:
            gone = anchor.position in outcome.missing or _within(anchor.position, gaps)
            if gone or self._agrees(anchor, outcome):
                continue
            there = (
                "is not the one noted" if self._noted[anchor.position] else f"was noted, and {self._last} is the last"
            )
            message = f"Entry {anchor.position} {there}: the ledger was written anew or put back to an older day."
            yield Finding(FindingKind.ANCHOR_MISMATCH, anchor.position, anchor.position, message)

    def _agrees(self, anchor: Anchor, outcome: _Outcome) -> bool:
        return anchor.hash in self._noted[anchor.position] or outcome.hashes.get(anchor.position) == anchor.hash


def _hash_or_nothing(previous: bytes, position: int, word: Word | None) -> bytes | None:
    """The hash of an entry, or None for what no entry can be: a row that was changed may hold anything."""
    if word is None:
        return None
    try:
        return next_hash(previous, position, word)
    except InvalidInputError:
        return None


def _settle(place: _Place, rows: list[_Row], holders: dict[bytes, _Row], outcome: _Outcome) -> bool:
    """Looks for the word, and the row that holds its hash, which follow at the place; notes them if found."""
    position, own = place.position, place.row
    known = outcome.hashes.get(position - 1)
    for previous in place.previous if known is None else (known,):
        found = []
        for row in rows:
            computed = _hash_or_nothing(previous, position, row.word)
            holder = row if computed == row.hash else holders.get(computed or b"")
            if computed is not None and holder is not None:
                found.append((holder is row, row is own, row, holder, computed))
        if found:  # of words that are the same, the one with its hash
            *_, row, holder, outcome.hashes[position] = max(found, key=lambda match: match[:2])
            outcome.used.add(row)
            for other in (row, holder):
                origin = other.after if own is None and other.position == position else other.position
                if origin != position:
                    outcome.moved.add((min(origin, position), max(origin, position)))
            return True
    return False


def _stretches(positions: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of neighbouring positions, in order."""
    first = last = None
    for position in sorted(set(positions)):
        if first is None or last is None:
            first = position
        elif position != last + 1:
            yield first, last
            first = position
        last = position
    if first is not None and last is not None:
        yield first, last


def _within(position: int, gaps: Sequence[_Gap]) -> bool:
    """Whether a position is in one of the gaps, which are in order."""
    place = bisect_right(gaps, position, key=lambda gap: gap[0])
    return place > 0 and position <= gaps[place - 1][1]


def _without(first: int, last: int, present: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What is left of a stretch without the positions, in order, that were found after all."""
    for position in present[bisect_left(present, first) : bisect_right(present, last)]:
        if first < position:
            yield first, position - 1
        first = position + 1
    if first <= last:
        yield first, last


def _named(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"


def _edited(first: int, last: int) -> str:
    what = f"{_named(first, last).rsplit(' ', 1)[0]} {'does' if first == last else 'do'} not follow from what is before"
    either = f"; or entry {first - 1} was changed and hashed anew" if first > 1 else ""
    return f"{what}: the content or hash was changed{either}."
