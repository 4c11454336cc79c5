"""Puts many answers and links into the ledger, a batch in one transaction; what is there already is left alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from privacy.consent import Identity, IdentityLink, Purpose, ShopperKind, Status
from privacy.entry import EntryKind, Word
from privacy.keys import KeyRing
from privacy.pseudonyms import Pseudonymiser
from privacy.store.carrying import carry
from privacy.store.database import Database
from privacy.store.departures import count_noes
from privacy.store.ledger import Ledger
from privacy.store.people import People
from privacy.store.refusing import HEEDED, forget_refused
from privacy.store.repeats import keys_of, keys_said
from privacy.store.schema import LEDGER, SHOPPERS
from privacy.times import moment

LINK_SOURCE = "import"
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer of a file.

    Attributes:
        identity: Whose.
        purpose: For what.
        status: What was said.
        at: When, UTC.
        jurisdiction: Whose law applies; empty where unknown.
        policy_version: The policy that was shown; empty where unknown.
        source: What it came through.
        is_timeless: Whether `at` is no more than when it was read: then once it is in the ledger, at whatever time, it
            is not added again.
    """

    identity: Identity
    purpose: Purpose
    status: Status
    at: datetime
    jurisdiction: str = ""
    policy_version: str = ""
    source: str = ""
    is_timeless: bool = False


class Bulk:
    """Adds batches to the ledger. What it writes is what `PrivacyStore.say` and `link` would write one by one.

    What browsers refused is carried over to the customers that they are in the end, see `carry`.
    The ledger holds every row of a file once, however often and in whatever order files are read.

    Args:
        database: Migrated.
        ring: The shop's keys.
        new_subject: Random number of so many bits, for instance secrets.randbits.
    """

    def __init__(self, database: Database, ring: KeyRing, new_subject: Callable[[int], int]) -> None:
        self._database, self._ledger = database, Ledger(ring)
        self._people = People(Pseudonymiser(ring), new_subject)

    def answers(self, rows: Sequence[GivenAnswer]) -> int:
        """Record answers; how many were not there already. Who says no to all that events are kept for has none left.

        Raises:
            LedgerBrokenError: The head is not the one that was sealed.
            StoreUnavailableError: The database cannot be reached, or fails. Nothing of the batch is in it then.
        """
        with self._database.transaction(takes_long=True) as connection:
            self._ledger.locked_head(connection)
            numbers = self._people.numbered(connection, [row.identity for row in rows])
            there = keys_said(connection, numbers.values())
            words = []
            for row in rows:
                word = Word(
                    numbers[row.identity],
                    EntryKind.CONSENT,
                    row.at,
                    row.purpose,
                    row.status,
                    row.jurisdiction,
                    row.policy_version,
                    row.source,
                )
                exact, timeless = keys_of(word)
                if exact not in there and not (row.is_timeless and timeless in there):
                    there |= {exact, timeless}
                    words.append(word)
            count_noes(connection, words, is_live=False)
            self._ledger.append(connection, words)
            forget_refused(
                connection,
                {word.subject for word in words if word.status is Status.DENIED and word.purpose in HEEDED},
            )
            return len(words)

    def links(self, rows: Sequence[IdentityLink]) -> int:
        """Record which visitor is which customer; how many were not known from that time on.

        Raises:
            LedgerBrokenError: The head is not the one that was sealed.
            StoreUnavailableError: The database cannot be reached, or fails. Nothing of the batch is in it then.
        """
        named = [
            (Identity(ShopperKind.VISITOR, row.visitor_id), Identity(ShopperKind.CUSTOMER, row.customer_id), row)
            for row in rows
        ]
        with self._database.transaction(takes_long=True) as connection:
            self._ledger.locked_head(connection)
            numbers = self._people.numbered(
                connection, [one for visitor, customer, _ in named for one in (visitor, customer)]
            )
            since = _linked_since(connection, [numbers[visitor] for visitor, _, _ in named])
            words = []
            for visitor, customer, row in named:
                word = Word(
                    numbers[visitor], EntryKind.LINK, row.linked_at, source=LINK_SOURCE, other=numbers[customer]
                )
                if _earlier(since, word):
                    words.append(word)
            self._ledger.append(connection, words)
            forget_refused(connection, {word.subject for word in words})
            return len(words)

    def carry(self) -> int:
        """Record what browsers refuse for the customers that they are, as `PrivacyStore.link` does; how many were new.

        It is for when all files are read: what is carried then does not depend on their order.

        Raises:
            LedgerBrokenError: The head is not the one that was sealed.
            StoreUnavailableError: The database cannot be reached, or fails. It may be called again.
        """
        linked_refusing = select(SHOPPERS.c.subject).where(
            SHOPPERS.c.kind == str(ShopperKind.VISITOR),
            SHOPPERS.c.state.contains(_LINKED),
            SHOPPERS.c.state.contains(_DENIED),
        )
        with self._database.reading() as connection:
            visitors = list(connection.scalars(linked_refusing.order_by(SHOPPERS.c.subject)))
        n_new = 0
        for first in range(0, len(visitors), _BATCH):
            with self._database.transaction(takes_long=True) as connection:
                self._ledger.locked_head(connection)
                n_new += carry(self._ledger, connection, visitors[first : first + _BATCH])
        return n_new


_LINKED, _DENIED = '"linked"', f'"{Status.DENIED}"'
"""What the text of a state holds that has links, and one that has a no."""


def _linked_since(connection: Connection, visitors: Iterable[int]) -> dict[tuple[int, int | None], datetime]:
    """From when on each visitor is known to be each customer."""
    query = select(LEDGER.c.subject, LEDGER.c.other, func.min(LEDGER.c.at)).group_by(LEDGER.c.subject, LEDGER.c.other)
    query = query.where(LEDGER.c.kind == str(EntryKind.LINK), LEDGER.c.subject.in_(tuple(visitors)))
    return {(visitor, customer): moment(at) for visitor, customer, at in connection.execute(query)}


def _earlier(since: dict[tuple[int, int | None], datetime], word: Word) -> bool:
    """Whether a link tells of an earlier time than any before it; then it is noted."""
    ends = (word.subject, word.other)
    if ends in since and since[ends] <= word.at:
        return False
    since[ends] = word.at
    return True
