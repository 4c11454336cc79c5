"""A shop with its ledger, desks and keys, and the account of it that is kept by hand."""

from collections.abc import Coroutine
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, initialize

from models.bundle.reading import Bundle
from privacy.consent import Identity, ShopperKind
from privacy.entry import Circumstances
from privacy.keys import new_ring
from privacy.rules import Rules
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore
from service.core.desks import Desks
from tests.integration.obedience.account import SENSITIVE, START, Account, Who
from tests.service.shop import write_shop

_T = TypeVar("_T")


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
        # Nothing takes long here, so who can wait and who cannot look up alike, and no page runs out of time.
        method = getattr(self._store, "find" if name == "look_up" else name)
        n_without_time = {"find": 1, "past": 3}.get(name)

        async def call(*args: object) -> object:
            return method(*args[:n_without_time])

        return call


class Shop(RuleBasedStateMachine):
    """The real ledger, desks and rules, and a clock of a minute a word."""

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
        self.desks: Any = Desks.on(store, self.ring, rules, self.now, _never)


def identities(who: Who) -> tuple[Identity, ...]:
    """The ids as the desks take them."""
    customer, visitor = who
    named = ((ShopperKind.CUSTOMER, customer), (ShopperKind.VISITOR, visitor))
    return tuple(Identity(kind, name) for kind, name in named if name)


def _never(error: Exception) -> None:
    raise AssertionError("the store failed") from error
