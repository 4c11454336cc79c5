"""No sequence of words lets an event train, a history serve or a test count against the current word.

The real ledger, desks and rules on the one side; on the other a plain account of who said what, kept here by hand.
"""

from datetime import timedelta
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, precondition, rule

from privacy.keys import write_ring
from privacy.rules import Rules
from privacy.signals import Signals
from privacy.store.measured import COLUMNS, measured_events
from service.core.answers import Request
from service.core.evidence import gather, hides
from service.core.personal import ConsentReason
from tests.integration.obedience.account import SENSITIVE, START, Account, M, P, Who
from tests.integration.obedience.actions import CUSTOMERS, ITEMS, TEST, VISITORS, Actions
from tests.integration.obedience.machine import done, identities
from tests.service.shop import CATEGORIES
from training.ingest import Inputs, ingest

N_EXAMPLES, N_STEPS = 240, 50
"""Over 10,000 steps, as some sequences end early."""
ONE_IN = 4
"""A training takes half a second, so one in so many that could be is."""

NOBODY = Account()


class Obedience(Actions):
    """Everything that shoppers and shops can do, in any order, a minute apart."""

    @invariant()
    def no_history_serves_against_the_current_word(self) -> None:
        """Pages of everybody use only what they may."""
        if not hasattr(self, "store"):
            return
        for who in [(c, v) for c in (None, *CUSTOMERS) for v in (None, *VISITORS) if c or v]:
            page = done(self.desks.pages.of(identities(who), Signals(), self.bundle))
            allowed = self.account.may(who, P)
            assert (page.reason is ConsentReason.GRANTED) == allowed
            names = self.account.own(who)
            own = {item for of, item in self.account.kept.values() if of & names}
            assert set(page.turned_to) <= (own if allowed else set())
            is_hidden = hides(self.bundle, page.hidden, ())
            gone_by = gather(self.bundle, Request("cart"), page.turned_to, is_hidden)
            assert not any(self.account.hides(who, piece.item_id) for piece in gone_by)
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

    @invariant()
    def what_was_shown_is_kept_of_no_one_who_did_not_say_yes_to_measurement(self) -> None:
        """What is in the database beside the events is what the account says."""
        if hasattr(self, "store"):
            with self._database.reading() as connection:
                rows = connection.exec_driver_sql("SELECT event_id FROM kept_events WHERE exposure IS NOT NULL")
                assert {event_id for (event_id,) in rows} == self.account.measured

    @invariant()
    def no_test_counts_what_was_done_by_who_does_not_say_yes_to_measurement_now(self) -> None:
        """What a test would be judged by is what the account says, item by item."""
        if hasattr(self, "store"):
            moment = START + timedelta(minutes=self.minute)
            with self._database.reading() as connection:
                rules, before = Rules(sensitive_topics=SENSITIVE), timedelta(days=1)
                pages = list(measured_events(connection, TEST, rules, moment, START, before=before))
            counted = sorted(row[COLUMNS.index("item_id")] for page in pages for row in page)
            kept = [self.account.kept[event] for event in self.account.measured]
            assert counted == sorted(item for of, item in kept if self.account.may(_who(of), M))

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


def _who(of: frozenset[str]) -> Who:
    """The customer and the visitor among names."""
    return next(iter(of & {*CUSTOMERS}), None), next(iter(of & {*VISITORS}), None)


TestObedience = Obedience.TestCase
TestObedience.settings = settings(
    max_examples=N_EXAMPLES,
    stateful_step_count=N_STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
