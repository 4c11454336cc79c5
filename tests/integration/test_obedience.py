"""No sequence of words lets an event train, or a history serve, against the current word.

The real ledger, desks and rules on the one side; on the other a plain account of who said what, kept here by hand.
"""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.bundle.reading import Bundle
from privacy.consent import END_OF_TIME, Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.kept_event import KeptEvent
from privacy.keys import new_ring, with_new_key, write_ring
from privacy.preferences import Forget
from privacy.rules import Rules
from privacy.signals import Signals
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore
from privacy.tokens import OptOutScope, Tokens
from privacy.topics import TopicWord
from service.core.desks import Desks
from service.core.event_desk import Outcome, Told
from service.core.personal import ConsentReason
from tests.service.shop import CATEGORIES, write_shop
from training.ingest import Inputs, ingest

CUSTOMERS, VISITORS = ("anna", "bob"), ("phone", "laptop", "kiosk")
ITEMS = ("camera", "kettle", "lens")
TOPICS = ("photo", "photo/cameras", "kitchen/kettles")
SENSITIVE = frozenset({"kitchen/kettles"})
START = datetime(2026, 1, 1, tzinfo=UTC)
N_EXAMPLES, N_STEPS = 240, 50
"""Over 10,000 steps, as some sequences end early."""
ONE_IN = 4
"""A training takes half a second, so one in so many that could be is."""

P, T = Purpose.PERSONALISATION, Purpose.MODEL_TRAINING
_T = TypeVar("_T")
Who = tuple[str | None, str | None]
"""A customer and a visitor, one of them at least."""

purposes = st.sets(st.sampled_from(Purpose), min_size=1)
customers, visitors = st.sampled_from(CUSTOMERS), st.sampled_from(VISITORS)
anybody: st.SearchStrategy[Who] = st.one_of(
    st.tuples(customers, st.none()), st.tuples(st.none(), visitors), st.tuples(customers, visitors)
)


def done(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """What a coroutine that never waits gives."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: _T = stop.value
        return result
    raise AssertionError("it waits for something")


class AtOnce:
    """The store behind the service's port, without threads."""

    def __init__(self, store: PrivacyStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        # Nothing takes long here, so who can wait and who cannot look up alike.
        method = getattr(self._store, "find" if name == "look_up" else name)

        async def call(*args: object) -> object:
            return method(*args)

        return call


@dataclass
class Account:
    """Who said what, by hand.

    Attributes:
        words: Of each id, for each purpose, the last word that counts.
        said: When, who, and whether it was a yes to model training.
        linked: When which visitor turned out to be which customer.
        erased: When each id was erased last.
        looks: When who looked at what, kept by us or not: the shop has a log of its own.
        customers_of: Customers that each visitor is.
        topics: What each id says of which topic.
        kept: Events that may be kept: who, item, and when they were kept.
    """

    words: dict[tuple[str, Purpose], bool] = field(default_factory=dict)
    said: list[tuple[datetime, str, bool]] = field(default_factory=list)
    linked: list[tuple[datetime, str, str]] = field(default_factory=list)
    erased: dict[str, datetime] = field(default_factory=dict)
    looks: list[tuple[datetime, Who, str]] = field(default_factory=list)
    customers_of: dict[str, set[str]] = field(default_factory=dict)
    topics: dict[str, dict[str, str]] = field(default_factory=dict)
    kept: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)

    def names(self, who: Who) -> set[str]:
        """Everybody that ids name."""
        found = {name for name in who if name}
        return found | self.customers_of.get(who[1] or "", set())

    def record(self, name: str, purposes: set[Purpose], at: datetime, *, is_yes: bool) -> None:
        """One word of one id."""
        self.words |= {(name, purpose): is_yes for purpose in purposes}
        if T in purposes:
            self.said.append((at, name, is_yes))

    def link(self, visitor: str, customer: str, at: datetime) -> None:
        """A visitor is a customer."""
        if customer not in self.customers_of.setdefault(visitor, set()):
            self.customers_of[visitor].add(customer)
            self.linked.append((at, visitor, customer))
            self._forget()

    def trains(self, at: datetime, who: Who, item: str) -> bool:
        """Whether a look may be learnt from: by everybody it is of, as known then and as known now.

        Of a sensitive topic everybody has to have asked for it; on a page one of them is enough.
        """
        now = self.names(who)
        then = {name for name in who if name}
        then |= {customer for linked_at, visitor, customer in self.linked if visitor == who[1] and linked_at <= at}
        if any(name in self.erased and at <= self.erased[name] for name in now):
            return False
        if any(self.hides((name, None), item) for name in now):
            return False
        voices_then, voices_now = ({name: self._voice(name, upto) for name in now} for upto in (at, END_OF_TIME))
        if False in [voices_then[name] for name in then] or False in voices_now.values():
            return False
        return any(voices_then[name] and voices_now[name] for name in then)

    def _voice(self, name: str, upto: datetime) -> bool | None:
        """The last word of an id on model training until then; None if it has none since it was erased."""
        since = self.erased.get(name, START)
        words = [is_yes for at, of, is_yes in self.said if of == name and since < at <= upto]
        return words[-1] if words else None

    def may(self, who: Who, purpose: Purpose) -> bool:
        """Whether somebody says yes and nobody no."""
        said = {self.words.get((name, purpose)) for name in self.names(who)}
        return True in said and False not in said

    def hides(self, who: Who, item: str) -> bool:
        """Whether an item's category is muted by anybody, or sensitive and asked for by nobody."""
        category = CATEGORIES.get(item, "")
        words: dict[str, str] = {}
        for name in self.names(who):
            for topic, word in self.topics.get(name, {}).items():
                words[topic] = "mute" if "mute" in (word, words.get(topic)) else word
        covering = [topic for topic in words if category == topic or category.startswith(topic + "/")]
        deepest = max(covering, key=len, default=None)
        if deepest is not None and words[deepest] == "mute":
            return True
        return category in SENSITIVE and deepest not in SENSITIVE

    def deny(self, who: Who, purposes: set[Purpose], at: datetime) -> None:
        """A no reaches the customers that the visitor is."""
        for name in self.names(who):
            self.record(name, purposes, at, is_yes=False)
        self._forget()

    def _forget(self) -> None:
        """A no to both that events are kept for ends what was kept.

        Of what a visitor did, it may be the customers' that it is, one saying no to this and one to that. What a
        customer did is theirs, whatever others of the same browser say, but for the browser itself.
        """
        self.kept = {
            event: (of, item)
            for event, (of, item) in self.kept.items()
            if not any(self._refuses({name}) for name in of)
            and not (len(of) == 1 and any(self._refuses(self.names((None, name))) for name in of))
        }

    def _refuses(self, names: set[str]) -> bool:
        """Whether to both that events are kept for one of them says no."""
        return all(any(self.words.get((name, purpose)) is False for name in names) for purpose in (P, T))


NOBODY = Account()


class Obedience(RuleBasedStateMachine):
    """Everything that shoppers and shops can do, in any order, a minute apart."""

    @initialize()
    def open(self) -> None:
        """A shop with nobody in it."""
        self._directory = TemporaryDirectory()
        directory = Path(self._directory.name)
        self._database = Database(f"sqlite:///{directory / 'state.db'}")
        migrate(self._database)
        write_shop(directory / "bundle")
        self.bundle = Bundle.open(directory / "bundle")
        self.ring = new_ring(lambda n_bytes: b"1" * n_bytes)
        self.subjects, self.events = count(1), count(1)
        self.account, self.minute = Account(), 0
        self._open_desks()

    def teardown(self) -> None:
        """The ledger is whole, and the database goes."""
        if hasattr(self, "store"):
            assert self.store.verify() == ((), ())
            self._database.close()
            self._directory.cleanup()

    def now(self) -> datetime:
        """A minute later than the last time."""
        self.minute += 1
        return START + timedelta(minutes=self.minute)

    @rule(who=anybody, purposes=purposes)
    def say_yes(self, who: Who, purposes: set[Purpose]) -> None:
        """Yes to something."""
        self.grant(who, purposes)

    def grant(self, who: Who, purposes: set[Purpose]) -> None:
        """Yes."""
        said = self._said()
        done(self.desks.privacy.record(identities(who), dict.fromkeys(purposes, Status.GRANTED), said))
        for name in who:
            if name:
                self.account.record(name, purposes, said.at, is_yes=True)

    @rule(who=anybody, purposes=purposes)
    def deny(self, who: Who, purposes: set[Purpose]) -> None:
        """No, on the preference page."""
        said = self._said()
        done(self.desks.privacy.record(identities(who), dict.fromkeys(purposes, Status.DENIED), said))
        self.account.deny(who, purposes, said.at)

    @rule(who=anybody)
    def withdraw_with_one_click(self, who: Who) -> None:
        """No to everything, by id."""
        said = self._said()
        done(self.desks.privacy.opt_out(identities(who), (), said))
        self.account.deny(who, set(Purpose), said.at)

    @rule(customer=customers)
    def withdraw_by_link(self, customer: str) -> None:
        """No to everything, by the link in a letter."""
        [identity] = identities((customer, None))
        scope = OptOutScope(frozenset(Purpose))
        token, _ = done(self.desks.privacy.opt_out_link(identity, scope, None))
        said = self._said()
        done(self.desks.privacy.opt_out_by(token, said))
        self.account.deny((customer, None), set(Purpose), said.at)

    @rule(customer=customers, visitor=visitors)
    def sign_in(self, customer: str, visitor: str) -> None:
        """A visitor turns out to be a customer, or another one."""
        said = self._said()
        done(self.desks.privacy.link(visitor, customer, said))
        self.account.link(visitor, customer, said.at)

    @rule(who=anybody, topic=st.sampled_from(TOPICS), word=st.sampled_from(("mute", "show", None)))
    def prefer(self, who: Who, topic: str, word: str | None) -> None:
        """Mute a topic, ask for it, or take that back."""
        said = Forget.FORGET if word is None else TopicWord(word)
        done(self.desks.privacy.prefer(identities(who), {topic: said}, {}))
        for name in who:
            if name:
                topics = self.account.topics.setdefault(name, {})
                topics.pop(topic, None)
                if word is not None:
                    topics[topic] = word

    @rule(who=anybody)
    def erase(self, who: Who) -> None:
        """Forget me."""
        at = done(self.desks.privacy.erase(identities(who), "test")).receipt.at
        gone = {name for name in who if name}
        gone |= {visitor for visitor, linked in self.account.customers_of.items() if who[0] in linked}
        for name in gone:
            self.account.erased[name] = at
            self.account.topics.pop(name, None)
            for purpose in Purpose:
                self.account.words.pop((name, purpose), None)
        self.account.kept = {event: (of, item) for event, (of, item) in self.account.kept.items() if not gone & of}

    @rule(who=anybody, items=st.lists(st.sampled_from(ITEMS), min_size=1, max_size=4))
    def shop(self, who: Who, items: list[str]) -> None:
        """Yes to everything, as who registers may say, and then look around."""
        self.grant(who, set(Purpose))
        for item in items:
            self._look(who, item, objects=False)

    @rule(looks=st.lists(st.tuples(anybody, st.sampled_from(ITEMS), st.sampled_from((False, False, True))), min_size=1))
    def visit(self, looks: list[tuple[Who, str, bool]]) -> None:
        """Look at items, some with Global Privacy Control."""
        for who, item, objects in looks:
            self._look(who, item, objects)

    def _look(self, who: Who, item: str, objects: bool) -> None:
        event_id = f"e{next(self.events)}"
        at = self.now()
        if not objects:
            self.account.looks.append((at, who, item))
        told = Told(
            KeptEvent(event_id, 0, "view", item, at),
            identities(who),
            Signals(global_privacy_control=objects),
        )
        [(outcome, _)] = done(self.desks.events.record([told]))
        may_keep = not objects and (self.account.may(who, P) or self.account.may(who, T))
        assert (outcome is Outcome.STORED) == may_keep
        if may_keep:
            customer, visitor = who
            if customer and visitor:
                self.account.link(visitor, customer, at)
            self.account.kept[event_id] = (frozenset(name for name in who if name), item)

    @rule()
    def change_keys(self) -> None:
        """A new key; who is who stays."""
        self.ring = with_new_key(self.ring, lambda n_bytes: bytes([len(self.ring.ids) + 1]) * n_bytes)
        self._open_desks()

    @invariant()
    def no_history_serves_against_the_current_word(self) -> None:
        """Pages of everybody use only what they may."""
        if not hasattr(self, "store"):
            return
        for who in [(c, v) for c in (None, *CUSTOMERS) for v in (None, *VISITORS) if c or v]:
            page = done(self.desks.pages.of(identities(who), Signals(), self.bundle))
            allowed = self.account.may(who, P)
            assert (page.reason is ConsentReason.GRANTED) == allowed
            names = self.account.names(who)
            own = {item for of, item in self.account.kept.values() if of & names}
            assert set(page.turned_to) <= (own if allowed else set())
            assert not any(self.account.hides(who, item) for item in page.turned_to)
            for item in ITEMS:
                index = self.bundle.index_of(item)
                assert index is not None
                assert (int(self.bundle.item_category[index]) in page.hidden) == self.account.hides(who, item)

    @invariant()
    def nothing_is_kept_of_who_said_no(self) -> None:
        """What is in the database is what the account says."""
        if hasattr(self, "store"):
            with self._database.reading() as connection:
                rows = connection.exec_driver_sql("SELECT event_id FROM kept_events")
                assert {event_id for (event_id,) in rows} == set(self.account.kept)

    @precondition(lambda self: getattr(self, "account", NOBODY).looks)
    @rule(is_time=st.sampled_from((False,) * (ONE_IN - 1) + (True,)))
    def train(self, is_time: bool) -> None:
        """What a training at this moment learns from, item by item, is what the account says."""
        if not is_time:
            return
        directory = Path(self._directory.name)
        rows = [
            {
                "event_id": f"l{number}",
                "event_type": "view",
                "occurred_at": at,
                "customer_id": who[0],
                "visitor_id": who[1],
                "item_id": item,
            }
            for number, (at, who, item) in enumerate(self.account.looks)
        ]
        ids = {"customer_id": pa.string(), "visitor_id": pa.string()}
        columns = {name: pa.array([row[name] for row in rows], ids.get(name)) for name in rows[0]}
        pq.write_table(pa.table(columns), directory / "events.parquet")
        listed = [{"item_id": item, "category": CATEGORIES.get(item, "")} for item in ITEMS]
        pq.write_table(pa.Table.from_pylist(listed), directory / "catalogue.parquet")
        (directory / "privacy.yaml").write_text(f"sensitive_topics: {sorted(SENSITIVE)}\n")
        write_ring(self.ring, directory / "keys", replace=True)
        inputs = Inputs(
            directory / "events.parquet",
            None,
            None,
            directory / "catalogue.parquet",
            ledger=f"sqlite:///{directory / 'state.db'}",
            keys=directory / "keys",
            privacy_rules=directory / "privacy.yaml",
            as_of=self.now(),
        )
        histories, _ = ingest(inputs, quarantine=directory / "quarantine", threads=1)
        looked = dict(zip(histories.items.ids, np.asarray(histories.sessions_items.sum(axis=0)).tolist(), strict=True))
        wanted = [item for at, who, item in self.account.looks if self.account.trains(at, who, item)]
        assert {item: looked.get(item, 0) for item in ITEMS} == {item: wanted.count(item) for item in ITEMS}

    def _said(self) -> Circumstances:
        return Circumstances(self.now(), is_live=True)

    def _open_desks(self) -> None:
        self.store = PrivacyStore(
            self._database,
            self.ring,
            new_subject=lambda _: next(self.subjects),
            new_receipt=lambda: f"receipt-{next(self.events)}",
        )
        rules = Rules(sensitive_topics=SENSITIVE)
        store: Any = AtOnce(self.store)
        self.desks: Any = Desks.on(store, Tokens(self.ring), rules, self.now, _never)


def identities(who: Who) -> tuple[Identity, ...]:
    """The ids as the desks take them."""
    customer, visitor = who
    named = ((ShopperKind.CUSTOMER, customer), (ShopperKind.VISITOR, visitor))
    return tuple(Identity(kind, name) for kind, name in named if name)


def _never(error: Exception) -> None:
    raise AssertionError("the store failed") from error


TestObedience = Obedience.TestCase
TestObedience.settings = settings(
    max_examples=N_EXAMPLES,
    stateful_step_count=N_STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
