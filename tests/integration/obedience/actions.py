"""All that shoppers and shops can say and do, each with what the account makes of it."""

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis.stateful import rule

from privacy.consent import Purpose, Status
from privacy.entry import Circumstances
from privacy.kept_event import KeptEvent
from privacy.preferences import Forget
from privacy.signals import Signals
from privacy.tokens import OptOutScope
from privacy.topics import TopicWord
from service.core.answers import NO_MODEL, Reason, ReasonCode, Recommendation, Relation
from service.core.event_desk import Outcome, Told
from tests.integration.obedience.account import M, P, T, Who
from tests.integration.obedience.machine import Shop, done, identities
from tests.privacy.rings import with_new_key

CUSTOMERS, VISITORS = ("anna", "bob"), ("phone", "laptop", "kiosk")
ITEMS = ("camera", "kettle", "lens")
TOPICS = ("photo", "photo/cameras", "kitchen/kettles")
REASON = Reason(ReasonCode.BOUGHT_TOGETHER, "", "")
ANSWER = replace(
    NO_MODEL, recommendations=tuple(Recommendation(item, 0.5, Relation.COMPLEMENT, REASON, "") for item in ITEMS)
)
"""Shown to everybody before whatever they look at, by an arm of a test."""
TEST = "trial"
"""Its salt."""

purposes = st.sets(st.sampled_from(Purpose), min_size=1)
customers, visitors = st.sampled_from(CUSTOMERS), st.sampled_from(VISITORS)
anybody: st.SearchStrategy[Who] = st.one_of(
    st.tuples(customers, st.none()), st.tuples(st.none(), visitors), st.tuples(customers, visitors)
)


class Actions(Shop):
    """Words and looks, in any order, a minute apart."""

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

    @rule(who=anybody, purposes=purposes, minutes=st.integers(1, 20), is_yes=st.booleans())
    def say_late(self, who: Who, purposes: set[Purpose], minutes: int, is_yes: bool) -> None:
        """A word of some minutes ago that comes in now, between the words of then."""
        at = self.now() - timedelta(minutes=minutes, seconds=30)
        status = Status.GRANTED if is_yes else Status.DENIED
        done(self.desks.privacy.record(identities(who), dict.fromkeys(purposes, status), Circumstances(at)))
        if not is_yes:
            self.account.deny(who, purposes, at)
            return
        for name in who:
            if name:
                self.account.record(name, purposes, at, is_yes=True)

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
                self.account.spoken.pop((name, purpose), None)
        self.account.kept = {event: (of, item) for event, (of, item) in self.account.kept.items() if not gone & of}
        self.account.measured &= {*self.account.kept}

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
            self.desks.attribution.token("product_page", ANSWER, f"{TEST}/new").decode(),
        )
        [result] = done(self.desks.events.record([told]))
        may_keep = not objects and (self.account.may(who, P) or self.account.may(who, T))
        assert (result.outcome is Outcome.STORED) == may_keep
        if may_keep:
            customer, visitor = who
            if customer and visitor:
                self.account.link(visitor, customer, at)
            self.account.kept[event_id] = (frozenset(name for name in who if name), item)
            if self.account.may(who, M):
                self.account.measured.add(event_id)

    @rule()
    def change_keys(self) -> None:
        """A new key; who is who stays."""
        self.ring = with_new_key(self.ring, lambda n_bytes: bytes([len(self.ring.ids) + 1]) * n_bytes)
        self._open_desks()
