"""The privacy store behind the server's loop: look-ups that give up soon, writes that wait their turn."""

import asyncio
import math
import threading
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from models.errors import InvalidInputError, ShopkeeperError
from privacy.consent import Identity, Purpose, Status
from privacy.entry import Circumstances
from privacy.holdings import ErasureReceipt, Holdings
from privacy.kept_event import Act, KeptEvent
from privacy.person import Person
from privacy.preferences import Channel, ContactKey, ContactWord, Forget
from privacy.store.database import StoreUnavailableError
from privacy.store.store import PrivacyStore
from privacy.topics import TopicWord

READ_S = 0.05
"""How long a page waits for a look-up: fifty times what one takes, and still no delay that anybody sees."""
PAUSE_S = 0.25
"""After a failure look-ups are refused at once for so long, then one tries again: pages do not queue at a dead door."""
PATIENT_S = 1.0
"""How long a backend's call waits for one, which is no page."""
N_READERS = 16
MAX_LATE = N_READERS
"""Look-ups in a row that are too late before that counts as a failure: then no thread is left to try with. Fewer may be
the machine's hiccup, and a pause would make many pages of it that know nobody."""
N_WRITERS = 4
"""SQLite has one: it lets one write at a time, and who waits inside it waits in no order."""
ENDED = frozenset({"40001", "40P01"})
"""SQLSTATE of a transaction that PostgreSQL ended in favour of another: serialization_failure, deadlock_detected."""
N_TRIES = 3
N_COPIERS = 2
"""Copies of all that is held take long; they wait for each other and hold up nobody's word."""
PARTS_AT_A_TIME = 100
"""Lines of a copy that are made at once: a millisecond, in which another copy waits."""

_T = TypeVar("_T")
_Topics = Mapping[str, TopicWord | Forget | None]
_Contact = Mapping[ContactKey, ContactWord | Forget | None]


class AsyncShopperStore:
    """service.core.shopper_store.ShopperStore over a PrivacyStore, which is opened when it can be.

    Args:
        opened: Opens the store; StoreUnavailableError while it cannot be.
        file: The database's, where it is SQLite; None for a server.
        monotonic: Seconds of a clock that never goes back.
    """

    def __init__(
        self, opened: Callable[[], PrivacyStore], *, file: Path | None, monotonic: Callable[[], float]
    ) -> None:
        self._open, self._monotonic = opened, monotonic
        # On SQLite a look-up is so short that a thread would cost more.
        self._reads_inline = file is not None
        self._store: PrivacyStore | None = None
        self._opening = threading.Lock()
        n_writers = N_WRITERS if file is None else 1
        self._readers = ThreadPoolExecutor(N_READERS, "look-up")
        self._writers = ThreadPoolExecutor(n_writers, "write")
        self._copiers = ThreadPoolExecutor(N_COPIERS, "copy")
        # However many events come in, a shopper's word waits for as many lots of them as this at most.
        self._keeping = asyncio.Semaphore(max(1, n_writers // 2))
        self._closed_until: float | None = None
        self._is_trying = False
        self._n_late = 0

    def open(self) -> PrivacyStore:
        """The store, opened by the first who asks; from any thread.

        Raises:
            StoreUnavailableError: It cannot be opened now.
        """
        if self._store is None:
            with self._opening:
                if self._store is None:
                    self._store = self._open()
        return self._store

    async def find(self, identities: Sequence[Identity], within_s: float = math.inf) -> Person:
        """See the port."""
        return await self._read(lambda store: store.find(identities), limit_s=min(within_s, READ_S))

    async def look_up(self, identities: Sequence[Identity]) -> Person:
        """See the port."""
        return await self._read(lambda store: store.find(identities), limit_s=PATIENT_S)

    async def as_of(self, person: Person, at: datetime) -> Person:
        """See the port."""
        return await self._in(self._copiers, lambda store: store.as_of(person, at))

    async def past(
        self, person: Person, n_events: int, since_us: int, within_s: float = math.inf
    ) -> tuple[Sequence[Act], Sequence[Act]]:
        """See the port."""
        return await self._read(lambda store: store.past(person, n_events, since_us), limit_s=min(within_s, READ_S))

    async def record(
        self, identities: Sequence[Identity], answers: Mapping[Purpose, Status], circumstances: Circumstances
    ) -> int:
        """See the port."""
        return await self._write(lambda store: store.record(identities, answers, circumstances))

    async def opt_out(
        self, identities: Sequence[Identity], purposes: Collection[Purpose], circumstances: Circumstances
    ) -> int:
        """See the port."""
        return await self._write(lambda store: store.opt_out(identities, purposes, circumstances))

    async def opt_out_subject(self, subject: int, purposes: Collection[Purpose], circumstances: Circumstances) -> int:
        """See the port."""
        return await self._write(lambda store: store.opt_out_subject(subject, purposes, circumstances))

    async def refuse_channel(self, subject: int, channel: Channel, topic: str) -> int:
        """See the port."""
        return await self._write(lambda store: store.refuse_channel(subject, channel, topic))

    async def subject_of(self, identity: Identity) -> int:
        """See the port."""
        return await self._write(lambda store: store.subject_of(identity))

    async def numbers(self, identities: Sequence[Identity]) -> Mapping[Identity, int]:
        """See the port."""
        return await self._in(self._readers, lambda store: store.numbers(identities))

    async def find_subject(self, subject: int) -> Person:
        """See the port."""
        return await self._read(lambda store: store.find_subject(subject), limit_s=PATIENT_S)

    async def link(self, visitor_id: str, customer_id: str, circumstances: Circumstances) -> int:
        """See the port."""
        return await self._write(lambda store: store.link(visitor_id, customer_id, circumstances))

    async def prefer(self, identities: Sequence[Identity], topics: _Topics, contact: _Contact) -> None:
        """See the port."""
        await self._write(lambda store: store.prefer(identities, topics, contact))

    async def prefer_subject(self, subject: int, topics: _Topics, contact: _Contact) -> None:
        """See the port."""
        await self._write(lambda store: store.prefer_subject(subject, topics, contact))

    async def erase(self, identities: Sequence[Identity], at: datetime, source: str = "") -> ErasureReceipt:
        """See the port."""
        return await self._write(lambda store: store.erase(identities, at, source))

    async def erasure(self, receipt: str) -> ErasureReceipt | None:
        """See the port."""
        return await self._write(lambda store: store.erasure(receipt))

    async def copy(
        self, identities: Sequence[Identity], told: Callable[[Holdings], Iterator[_T]]
    ) -> AsyncGenerator[_T, None]:
        """See the port."""
        parts = await self._in(self._copiers, lambda store: told(store.holdings(identities)))
        while some := await self._in(self._copiers, lambda _: list(islice(parts, PARTS_AT_A_TIME))):
            for part in some:
                yield part

    async def keep(
        self,
        named: Sequence[Sequence[int]],
        as_allowed: Callable[[Sequence[Person]], Sequence[KeptEvent | None]],
    ) -> int:
        """See the port."""
        async with self._keeping:
            return await self._write(lambda store: store.keep(named, as_allowed))

    def close(self) -> None:
        """Let no thread outlive the server; what is running is left to end by itself."""
        for pool in (self._readers, self._writers, self._copiers):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _read(self, look_up: Callable[[PrivacyStore], _T], *, limit_s: float) -> _T:
        if limit_s <= 0:
            raise StoreUnavailableError("the caller's deadline leaves no time to ask the database of consent")
        closed_until = self._closed_until
        is_probe = closed_until is not None
        if closed_until is not None and (self._is_trying or self._monotonic() < closed_until):
            raise StoreUnavailableError("the database of consent failed a moment ago, and is tried again soon")
        self._is_trying = is_probe
        try:
            if self._reads_inline and self._store is not None:
                found = look_up(self._store)
            else:
                loop = asyncio.get_running_loop()
                running = loop.run_in_executor(self._readers, lambda: look_up(self.open()))
                found = await asyncio.wait_for(running, limit_s)
        except TimeoutError as error:
            # One whose caller had less time is no sign of a database that is slow.
            self._n_late += limit_s >= READ_S
            if is_probe or self._n_late >= MAX_LATE:
                self._pause()
            raise StoreUnavailableError(f"the database of consent took longer than {limit_s} s") from error
        except InvalidInputError as error:
            raise _unreadable(error) from error
        except ShopkeeperError:
            self._pause()
            raise
        except Exception as error:
            # Of one person's rows, and no reason to refuse others; a page is answered whatever they hold.
            raise _unreadable(error) from error
        finally:
            if is_probe:
                self._is_trying = False
        self._closed_until, self._n_late = None, 0
        return found

    def _pause(self) -> None:
        self._closed_until, self._n_late = self._monotonic() + PAUSE_S, 0

    async def _write(self, change: Callable[[PrivacyStore], _T]) -> _T:
        return await self._in(self._writers, lambda store: _again_after_deadlock(lambda: change(store)))

    async def _in(self, pool: ThreadPoolExecutor, act: Callable[[PrivacyStore], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(pool, lambda: act(self.open()))


def _again_after_deadlock(act: Callable[[], _T]) -> _T:
    """What it gives; once more where it and another transaction waited for each other, and the server ended this one.

    Nothing was written then, and nobody should have to say no twice for it.
    """
    for _ in range(N_TRIES - 1):
        try:
            return act()
        except StoreUnavailableError as error:
            if error.sqlstate not in ENDED:
                raise
    return act()


def _unreadable(error: Exception) -> StoreUnavailableError:
    """The house's error for what a row should not hold; the error's own words may say what it holds."""
    return StoreUnavailableError(f"the database of consent holds what cannot be read ({type(error).__name__})")
