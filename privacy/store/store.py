"""What the shop's parts ask of the database: each method is one transaction, durable when it returns, and may be
called again without harm."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from privacy.chain import Head
from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances, EntryKind, Word
from privacy.holdings import ErasureReceipt, Holdings
from privacy.kept_event import Act, KeptEvent
from privacy.keys import KeyRing
from privacy.person import Person
from privacy.preferences import Channel, ContactKey, ContactWord, Forget, Preferences, refused, to_json, updated
from privacy.pseudonyms import Pseudonymiser
from privacy.store import kept
from privacy.store.carrying import carry
from privacy.store.database import Database, removes
from privacy.store.departures import count_erased, count_mutes, counting_who_leaves
from privacy.store.latest import first_after_all
from privacy.store.ledger import Ledger, entries_of, unsound_states
from privacy.store.lookup import Lookup
from privacy.store.past import as_of
from privacy.store.people import NO_PREFERENCES, People, everybody, held, held_with_customers, rows_of, visitors_of
from privacy.store.refusing import forget_refused
from privacy.store.saying import refuse, say
from privacy.store.schema import ERASURES, SHOPPERS
from privacy.times import microseconds, moment
from privacy.topics import TopicWord
from privacy.verification import Anchor, Finding


class PrivacyStore:
    """The ledger, the people it speaks of and what is kept of them. May be used from any thread.

    Args:
        database: Migrated.
        ring: The shop's keys.
        new_subject: Random number of so many bits, for instance secrets.randbits.
        new_receipt: Text that nobody can guess, for instance secrets.token_urlsafe.
    """

    def __init__(
        self,
        database: Database,
        ring: KeyRing,
        *,
        new_subject: Callable[[int], int],
        new_receipt: Callable[[], str],
    ) -> None:
        pseudonyms = Pseudonymiser(ring)
        self._database, self._ledger, self._new_receipt = database, Ledger(ring), new_receipt
        self._people, self._lookup = People(pseudonyms, new_subject), Lookup(database, pseudonyms)

    def find(self, identities: Sequence[Identity]) -> Person:
        """Everybody that these ids name, as of now: see privacy.store.lookup.

        Raises:
            StoreUnavailableError: It cannot be known. So do all methods.
        """
        return self._lookup.find(identities)

    def say(
        self, identities: Sequence[Identity], answers: Mapping[Purpose, Status], circumstances: Circumstances
    ) -> int:
        """Record what a shopper answered, for each of the ids; who was never met is met now.

        The same word, of the same time, is not recorded again.

        Returns:
            The position of the ledger's last entry.
        """
        with self._writing() as connection:
            numbers = self._people.numbered(connection, identities)
            return say(self._ledger, connection, list(numbers.values()), answers, circumstances)

    def record(
        self, identities: Sequence[Identity], answers: Mapping[Purpose, Status], circumstances: Circumstances
    ) -> int:
        """Record all that a shopper answered at once: each no as `opt_out` does, the rest as `say`.

        Returns:
            The position of the ledger's last entry.
        """
        denied = [purpose for purpose, status in answers.items() if status is Status.DENIED]
        rest = {purpose: status for purpose, status in answers.items() if status is not Status.DENIED}
        with self._writing() as connection:
            subjects = list(self._people.numbered(connection, identities).values())
            if denied:
                refuse(self._ledger, connection, subjects, denied, circumstances)
            return say(self._ledger, connection, subjects, rest, circumstances)

    def opt_out(
        self, identities: Sequence[Identity], purposes: Collection[Purpose], circumstances: Circumstances
    ) -> int:
        """Record a no of the ids, and of every customer that the visitor among them is.

        Who now says no to all that events are kept for has none kept any more, see privacy.store.refusing; so it is
        with every method that may come to that.

        Returns:
            The position of the ledger's last entry.
        """
        with self._writing() as connection:
            numbers = self._people.numbered(connection, identities)
            return refuse(self._ledger, connection, list(numbers.values()), purposes, circumstances)

    def opt_out_subject(self, subject: int, purposes: Collection[Purpose], circumstances: Circumstances) -> int:
        """As `opt_out`, of a number that a link's token carries; nothing happens to a number that nobody has."""
        with self._writing() as connection:
            return refuse(self._ledger, connection, [subject], purposes, circumstances)

    def subject_of(self, identity: Identity) -> int:
        """The number of an id, for a link's token; who was never met is met now."""
        with self._writing() as connection:
            return self._people.numbered(connection, [identity])[identity]

    def numbers(self, identities: Sequence[Identity]) -> dict[Identity, int]:
        """The number of each id by itself, of those that were met before."""
        with self._database.reading() as connection:
            return self._people.numbers(connection, identities)

    def link(self, visitor_id: str, customer_id: str, circumstances: Circumstances) -> int:
        """Record that this visitor is this customer: from then on the customer's no is the visitor's too.

        What the visitor refused before is the customer's no as well, see privacy.store.carrying.

        Returns:
            The position of the ledger's last entry.
        """
        visitor, customer = Identity(ShopperKind.VISITOR, visitor_id), Identity(ShopperKind.CUSTOMER, customer_id)
        with self._writing() as connection:
            numbers = self._people.numbered(connection, [visitor, customer])
            subject, other = numbers[visitor], numbers[customer]
            if other in rows_of(connection, [subject])[subject].state.linked:
                return self._ledger.head(connection).count
            held(connection, [subject, other])
            word = Word(subject, EntryKind.LINK, circumstances.at, source=circumstances.source, other=other)
            self._ledger.append(connection, [word])
            carry(self._ledger, connection, [subject])
            forget_refused(connection, [subject])
            return self._ledger.head(connection).count

    def prefer(
        self,
        identities: Sequence[Identity],
        topics: Mapping[str, TopicWord | Forget | None],
        contact: Mapping[ContactKey, ContactWord | Forget | None],
    ) -> None:
        """Change the preferences of each of the ids.

        Raises:
            InvalidInputError: Names every topic that is none, and a limit that would be passed.
        """
        with self._writing() as connection:
            numbers = self._people.numbered(connection, identities)
            self._prefer(connection, list(numbers.values()), topics, contact)

    def prefer_subject(
        self,
        subject: int,
        topics: Mapping[str, TopicWord | Forget | None],
        contact: Mapping[ContactKey, ContactWord | Forget | None],
    ) -> None:
        """As `prefer`, of a number that a link's token carries; nothing happens to a number that nobody has."""
        with self._writing() as connection:
            self._prefer(connection, [subject], topics, contact)

    def refuse_channel(self, subject: int, channel: Channel, topic: str) -> int:
        """Record that a number, and the customers that it is, want nothing more by a channel on a topic, or on any.

        Args:
            subject: That a link's token carries; nothing happens to a number that nobody has.
            channel: By which they are not to be written to.
            topic: Category path; empty for all topics.

        Returns:
            The position of the ledger's last entry.
        """
        with self._writing() as connection:
            rows = rows_of(connection, [subject])
            rows |= rows_of(connection, {other for one in rows.values() for other in one.state.linked} - rows.keys())
            for number, one in sorted(rows.items()):
                _write_preferences(connection, number, refused(one.preferences, channel, topic))
            return self._ledger.head(connection).count

    def find_subject(self, subject: int) -> Person:
        """What stands of one number; nobody if it is nobody's."""
        with self._database.reading() as connection:
            rows = rows_of(connection, [subject])
            linked = rows_of(connection, rows[subject].state.linked) if rows else {}
            return Person(tuple(rows.values()), tuple(linked.values()))

    def as_of(self, person: Person, at: datetime) -> Person:
        """What stood of a person at an earlier moment: see privacy.store.past."""
        with self._database.reading() as connection:
            return as_of(connection, person, at)

    def erase(self, identities: Sequence[Identity], at: datetime, source: str = "") -> ErasureReceipt:
        """Remove what is kept of the ids and of the visitors linked to them, and refuse for ever what came before.

        What stays is that they were erased: the hashes of the ids and the ledger's entries. A number is erased later
        than all that is on record of it, though a clock ran ahead.

        Args:
            identities: Whose; of who was never met the erasure is recorded too.
            at: When it was asked for, UTC.
            source: What it came through.
        """
        with self._writing() as connection:
            named = self._people.numbered(connection, identities)
            customers = [subject for one, subject in named.items() if one.kind is ShopperKind.CUSTOMER]
            subjects = sorted({*named.values(), *visitors_of(connection, customers)})
            held(connection, subjects)
            count_erased(connection, subjects)
            after = first_after_all(connection, subjects)
            words = [Word(one, EntryKind.ERASURE, max(at, after.get(one, at)), source=source) for one in subjects]
            position = self._ledger.append(connection, words)[-1].position
            with counting_who_leaves(connection, subjects):
                n_events = kept.forget(connection, subjects)
            removes(connection)
            connection.execute(
                update(SHOPPERS).where(SHOPPERS.c.subject.in_(subjects)).values(preferences=NO_PREFERENCES)
            )
            erasure = ErasureReceipt(self._new_receipt(), at, position, len(subjects), n_events)
            connection.execute(
                insert(ERASURES).values(
                    receipt=erasure.receipt,
                    at=microseconds(at),
                    position=position,
                    n_people=erasure.n_people,
                    n_events=n_events,
                )
            )
            return erasure

    def erasure(self, receipt: str) -> ErasureReceipt | None:
        """What the erasure of a receipt did; None if there is none of that receipt."""
        with self._database.reading() as connection:
            row = connection.execute(select(ERASURES).where(ERASURES.c.receipt == receipt)).one_or_none()
            return None if row is None else _erasure(row)

    def erasures(self, *, after: int = 0) -> tuple[ErasureReceipt, ...]:
        """The erasures after a position of the ledger, all where none is given, in its order."""
        wanted = select(ERASURES).where(ERASURES.c.position > after).order_by(ERASURES.c.position)
        with self._database.reading() as connection:
            return tuple(map(_erasure, connection.execute(wanted)))

    def holdings(self, identities: Sequence[Identity]) -> Holdings:
        """All that is held of the ids, and of the visitors that are these customers and nobody else.

        Of one moment but for the events, which are read as they are gone through: a copy that is read slowly holds up
        nobody.
        """
        with self._database.reading() as connection:
            numbers = self._people.numbers(connection, identities)
            customers = {subject for one, subject in numbers.items() if one.kind is ShopperKind.CUSTOMER}
            visitors = rows_of(connection, {*visitors_of(connection, customers)} - {*numbers.values()})
            own = [subject for subject, one in visitors.items() if customers.issuperset(one.state.linked)]
            named = [*dict.fromkeys(numbers.values()), *own]
            person = Person(tuple(rows_of(connection, named).values()))
            entries = tuple(entries_of(connection, named))
            return Holdings(person, entries, self._events_of(named), len(visitors) - len(own))

    def keep(
        self,
        named: Sequence[Sequence[int]],
        as_allowed: Callable[[Sequence[Person]], Sequence[KeptEvent | None]],
    ) -> int:
        """Add events of people who, as of this transaction, may have them kept; how many are new.

        Args:
            named: Numbers that each event names, of all of its ids.
            as_allowed: Told what stands now of everybody whom each event names and of the customers they are; gives
                each event, in order, as it may be kept, and None for one that may not.
        """
        with self._database.transaction() as connection:
            rows = held_with_customers(connection, {subject for numbers in named for subject in numbers})
            allowed = as_allowed([everybody(numbers, rows) for numbers in named])
            return kept.keep(connection, [event for event in allowed if event is not None])

    def past(self, person: Person, n_events: int, since_us: int = 0) -> tuple[list[Act], list[Act]]:
        """What a person did, and what they were shown since then, both latest first: see Lookup.past."""
        return self._lookup.past(person, n_events, since_us)

    def sweep(self, cutoffs: Mapping[str, datetime]) -> dict[str, int]:
        """Remove kept events from before their type's cutoff, each type by itself; how many of each type."""
        swept = {}
        for event_type, cutoff in cutoffs.items():
            with self._database.transaction(takes_long=True) as connection:
                swept[event_type] = kept.sweep(connection, event_type, cutoff)
        return swept

    def head(self) -> Head:
        """Where the ledger ends."""
        with self._database.reading() as connection:
            return self._ledger.head(connection)

    def verify(self, anchors: Sequence[Anchor] = ()) -> tuple[tuple[Finding, ...], tuple[int, ...]]:
        """What was done to the ledger, and the numbers whose state does not follow from it."""
        with self._database.reading() as connection:
            return self._ledger.verify(connection, anchors), unsound_states(connection)

    def _events_of(self, subjects: Sequence[int]) -> Iterator[KeptEvent]:
        last = None
        while True:
            with self._database.reading() as connection:
                page = kept.events_of(connection, subjects, last, EVENTS_AT_A_TIME)
            yield from page
            if len(page) < EVENTS_AT_A_TIME:
                return
            last = page[-1]

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that holds the ledger's head: one writer at a time, on one server or several."""
        with self._database.transaction() as connection:
            self._ledger.locked_head(connection)
            yield connection

    @staticmethod
    def _prefer(
        connection: Connection,
        subjects: Sequence[int],
        topics: Mapping[str, TopicWord | Forget | None],
        contact: Mapping[ContactKey, ContactWord | Forget | None],
    ) -> None:
        count_mutes(connection, subjects, topics.values())
        for subject, one in sorted(rows_of(connection, subjects).items()):
            _write_preferences(connection, subject, updated(one.preferences, topics, contact))


def _write_preferences(connection: Connection, subject: int, preferences: Preferences) -> None:
    row = update(SHOPPERS).where(SHOPPERS.c.subject == subject)
    connection.execute(row.values(preferences=to_json(preferences)))


EVENTS_AT_A_TIME = 1_000
"""A few milliseconds of reading, and less than a megabyte."""


def _erasure(row) -> ErasureReceipt:  # type: ignore[no-untyped-def]  # SQLAlchemy's row of the whole table
    return ErasureReceipt(row.receipt, moment(row.at), row.position, row.n_people, row.n_events)
