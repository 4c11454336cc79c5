"""What serves shoppers, put together from the settings: rules, keys, database, desks."""

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from models.errors import Fault, InvalidInputError, ShopkeeperError
from privacy.entry import Circumstances
from privacy.keys import KeyRing, new_ring, read_ring, write_ring
from privacy.rules import Rules, read_rules
from privacy.state_directory import KEY_FILE, OWN_FILE, OWN_STATE
from privacy.store.database import Database
from privacy.store.ledger import LedgerBrokenError
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore
from service.adapters.catalogue_store import SqlCatalogueStore
from service.adapters.experiment_store import SqlExperimentStore
from service.adapters.shopper_store import AsyncShopperStore
from service.clock import now
from service.core.catalogue_desk import CatalogueDesk
from service.core.desks import Desks
from service.core.event_desk import OnReport, count_no_report
from service.core.slot import ModelSlot
from service.log import Log
from service.settings import Settings

QUIET_S = 10.0
"""Seconds between two lines of the log about one outage."""

RECEIPT_BYTES = 18
"""144 random bits: nobody guesses somebody else's receipt."""


class Shoppers:
    """The parts of a server that know shoppers.

    Args:
        rules: The shop's.
        store: Where words are kept; None where the shop keeps none.
        ring: The shop's keys; None where there is no store.
        database: Of the store; None where there is none.
    """

    def __init__(
        self,
        rules: Rules,
        store: AsyncShopperStore | None = None,
        ring: KeyRing | None = None,
        database: Database | None = None,
    ) -> None:
        self.rules, self.store, self._ring, self._database = rules, store, ring, database

    @classmethod
    def opened(cls, settings: Settings, log: Log) -> "Shoppers":
        """Read rules and keys, and open the database if it is there; if it is not, it is tried again with each page.

        Raises:
            InvalidInputError: The rules or the keys cannot be used, the keys are not those of the database, or the
                address is none of a database.
        """
        rules = read_rules(settings.privacy_rules)
        if settings.state_uri is None:
            log.info("without_shoppers", hint="no database of consent: nobody is known, and nothing is kept")
            return cls(rules)
        own_file = settings.state_dir / OWN_FILE
        database = _database(f"sqlite:///{own_file}" if settings.state_uri == OWN_STATE else settings.state_uri)
        key_file = settings.keys or settings.state_dir / KEY_FILE
        ring = _ring(key_file, own_file, settings)

        def opened() -> PrivacyStore:
            migrate(database)
            store = PrivacyStore(
                database,
                ring,
                new_subject=secrets.randbits,
                new_receipt=lambda: secrets.token_urlsafe(RECEIPT_BYTES),
            )
            # To say nothing of nobody changes nothing, and fails where the ledger was sealed with other keys.
            store.say((), {}, Circumstances(now()))
            return store

        store = AsyncShopperStore(opened, file=_file_of(database), monotonic=time.monotonic)
        try:
            store.open()
        except LedgerBrokenError as error:
            hint = "are not those that the ledger was sealed with, or the ledger was changed by somebody without them: "
            hint += "give the right file; `shopkeeper privacy verify` says what was changed"
            raise InvalidInputError("the keys", [Fault(str(key_file), hint)]) from error
        except ShopkeeperError as error:
            log.warning("shoppers_unknown", reason=error.reason, message=str(error))
        return cls(rules, store, ring, database)

    def desks(
        self, log: Log, lookup_failed: Callable[[], None] = lambda: None, on_report: OnReport = count_no_report
    ) -> Desks:
        """The use cases over the store, or those that do without one.

        Args:
            log: Told of an outage now and then.
            lookup_failed: Told of every look-up that failed.
            on_report: As of service.core.event_desk.EventDesk.
        """
        if self.store is None or self._ring is None:
            return Desks.without_a_store(self.rules)
        on_failure = _Outages(log, time.monotonic, lookup_failed)
        return Desks.on(self.store, self._ring, self.rules, now, on_failure, time.time, on_report)

    def catalogue(self, slot: ModelSlot, log: Log) -> CatalogueDesk | None:
        """Keeps what changes about items in the same database; None where there is none."""
        if self.store is None or self._database is None:
            return None

        def on_failure(error: ShopkeeperError) -> None:
            log.warning("catalogue_unknown", reason=error.reason, message=str(error))

        return CatalogueDesk(SqlCatalogueStore(self._database, self.store.open), slot, now, on_failure)

    def experiments(self) -> SqlExperimentStore | None:
        """Keeps what tests of models were, and what their arms answered, in the same database; None without one."""
        if self.store is None or self._database is None:
            return None
        return SqlExperimentStore(self._database, self.store.open)

    def close(self) -> None:
        """Let go of the database."""
        if self.store is not None:
            self.store.close()
        if self._database is not None:
            self._database.close()


class _Outages:
    """Tells the log of an outage now and then, however many pages meet it."""

    def __init__(self, log: Log, monotonic: Callable[[], float], each: Callable[[], None]) -> None:
        self._log, self._monotonic, self._each = log, monotonic, each
        self._lock, self._quiet_until = threading.Lock(), float("-inf")

    def __call__(self, error: ShopkeeperError) -> None:
        self._each()
        with self._lock:
            if self._monotonic() < self._quiet_until:
                return
            self._quiet_until = self._monotonic() + QUIET_S
        self._log.warning("shoppers_unknown", reason=error.reason, message=str(error))


def _ring(path: Path, own_file: Path, settings: Settings) -> KeyRing:
    """The shop's keys; made at the first start of a server that has its own database, and only then."""
    if path.exists():
        return read_ring(path)
    if settings.keys is not None or settings.state_uri != OWN_STATE:
        hint = "is not there: make it with `shopkeeper privacy keys new`, and give the same file to every server"
        raise InvalidInputError("the keys", [Fault(str(path), hint)])
    # Empty is one that was made a moment ago, and nobody is in it.
    if own_file.exists() and own_file.stat().st_size:
        hint = f"is gone, and without it nobody in {own_file} is found again: put it back from your backup"
        raise InvalidInputError("the keys", [Fault(str(path), hint)])
    try:
        write_ring(new_ring(secrets.token_bytes), path, replace=False)
    except InvalidInputError:
        # Another server of this directory was faster: its keys are the keys.
        if not path.exists():
            raise
    return read_ring(path)


def _database(uri: str) -> Database:
    try:
        database = Database(uri)
    except OSError as error:
        hint = f"its folder cannot be made ({error.strerror}): name another"
        raise InvalidInputError("the store", [Fault("state_uri", hint)]) from error
    if database.is_sqlite and database.url.database in (None, "", ":memory:"):
        raise InvalidInputError("the store", [Fault("state_uri", "names no file, and what is in memory is lost")])
    return database


def _file_of(database: Database) -> Path | None:
    """The file of a database that is one."""
    return Path(str(database.url.database)) if database.is_sqlite else None
