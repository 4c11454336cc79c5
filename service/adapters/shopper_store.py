"""The privacy store behind the server's loop: look-ups that give up soon, writes that wait their turn."""

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from privacy.consent import Identity, Purpose, Status
from privacy.entry import Circumstances
from privacy.holdings import ErasureReceipt, Holdings
from privacy.kept_event import Act, KeptEvent
from privacy.person import Person
from privacy.preferences import ContactKey, ContactWord, Forget
from privacy.store.database import StoreUnavailableError
from privacy.store.store import PrivacyStore
from privacy.topics import TopicWord

READ_S = 0.05
"""How long a page waits for a look-up: fifty times what one takes, and still no delay that anybody sees."""
PAUSE_S = 0.25
"""After a failure look-ups are refused at once for so long, then one tries again: pages do not queue at a dead door."""
N_READERS = 16
N_WRITERS = 4

_T = TypeVar("_T")
_Topics = Mapping[str, TopicWord | Forget | None]
_Contact = Mapping[ContactKey, ContactWord | Forget | None]


class AsyncShopperStore:
    """service.core.shopper_store.ShopperStore over a PrivacyStore, which is opened when it can be.

    Args:
        opened: Opens the store; StoreUnavailableError while it cannot be.
        reads_inline: Whether a look-up is so short that a thread would cost more, as on SQLite.
        monotonic: Seconds of a clock that never goes back.
    """

    def __init__(
        self, opened: Callable[[], PrivacyStore], *, reads_inline: bool, monotonic: Callable[[], float]
    ) -> None:
        self._open, self._reads_inline, self._monotonic = opened, reads_inline, monotonic
        self._store: PrivacyStore | None = None
        self._opening = threading.Lock()
        self._readers = ThreadPoolExecutor(N_READERS, "look-up")
        self._writers = ThreadPoolExecutor(N_WRITERS, "write")
        self._closed_until = float("-inf")
        self._is_trying = False

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

    async def find(self, identities: Sequence[Identity]) -> Person:
        """See the port."""
        return await self._read(lambda store: store.find(identities))

    async def recent(self, person: Person, n_events: int) -> Sequence[Act]:
        """See the port."""
        return await self._read(lambda store: store.recent(person, n_events))

    async def say(
        self, identities: Sequence[Identity], answers: Mapping[Purpose, Status], circumstances: Circumstances
    ) -> int:
        """See the port."""
        return await self._write(lambda store: store.say(identities, answers, circumstances))

    async def opt_out(
        self, identities: Sequence[Identity], purposes: Collection[Purpose], circumstances: Circumstances
    ) -> int:
        """See the port."""
        return await self._write(lambda store: store.opt_out(identities, purposes, circumstances))

    async def opt_out_subject(self, subject: int, purposes: Collection[Purpose], circumstances: Circumstances) -> int:
        """See the port."""
        return await self._write(lambda store: store.opt_out_subject(subject, purposes, circumstances))

    async def subject_of(self, identity: Identity) -> int:
        """See the port."""
        return await self._write(lambda store: store.subject_of(identity))

    async def find_subject(self, subject: int) -> Person:
        """See the port."""
        return await self._write(lambda store: store.find_subject(subject))

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

    async def holdings(self, identities: Sequence[Identity]) -> Holdings:
        """See the port."""
        return await self._write(lambda store: store.holdings(identities))

    async def keep(
        self,
        events: Sequence[KeptEvent],
        named: Sequence[Sequence[int]],
        may_keep: Callable[[Sequence[Person]], Sequence[bool]],
    ) -> int:
        """See the port."""
        return await self._write(lambda store: store.keep(events, named, may_keep))

    def close(self) -> None:
        """Let no thread outlive the server; what is running is left to end by itself."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writers.shutdown(wait=False)

    async def _read(self, look_up: Callable[[PrivacyStore], _T]) -> _T:
        if self._monotonic() < self._closed_until or self._is_trying:
            raise StoreUnavailableError("the database of consent failed a moment ago, and is tried again soon")
        is_probe = self._closed_until > float("-inf")
        self._is_trying = is_probe
        try:
            if self._reads_inline and self._store is not None:
                found = look_up(self._store)
            else:
                loop = asyncio.get_running_loop()
                running = loop.run_in_executor(self._readers, lambda: look_up(self.open()))
                found = await asyncio.wait_for(running, READ_S)
        except (StoreUnavailableError, TimeoutError) as error:
            self._closed_until = self._monotonic() + PAUSE_S
            if isinstance(error, StoreUnavailableError):
                raise
            raise StoreUnavailableError(f"the database of consent took longer than {READ_S} s") from error
        finally:
            if is_probe:
                self._is_trying = False
        self._closed_until = float("-inf")
        return found

    async def _write(self, change: Callable[[PrivacyStore], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._writers, lambda: change(self.open()))
