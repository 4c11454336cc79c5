"""Look-ups give up soon and leave a dead database alone; writes are told of what really happened."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from models.errors import Fault, InvalidInputError
from privacy.consent import Identity, ShopperKind
from privacy.person import NOBODY, Person
from privacy.store.database import LOOK_UP_S, N_CONNECTIONS, StoreUnavailableError
from privacy.store.ledger import LedgerBrokenError
from service.adapters import catalogue_store, experiment_store
from service.adapters.shopper_store import (
    MAX_LATE,
    N_COPIERS,
    N_READERS,
    N_TRIES,
    N_WRITERS,
    PARTS_AT_A_TIME,
    PATIENT_S,
    PAUSE_S,
    AsyncShopperStore,
)

ANNA = (Identity(ShopperKind.CUSTOMER, "anna"),)


class Seconds:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class FakeStore:
    """A store that does what a test tells it to; counts who came."""

    def __init__(self) -> None:
        self.n_finds = self.n_opt_outs = 0
        self.does: Callable[[], object] = lambda: None
        self.release = threading.Event()

    def find(self, _identities: object) -> Person:
        self.n_finds += 1
        self.does()
        return NOBODY

    def opt_out(self, *_given: object) -> int:
        self.n_opt_outs += 1
        self.does()
        return 7

    def find_subject(self, _subject: int) -> Person:
        return NOBODY

    def holdings(self, _identities: object) -> None:
        self.release.wait(20)

    def erase(self, *_given: object) -> None:
        self.release.wait(20)

    def keep(self, *_given: object) -> int:
        self.release.wait(20)
        return 0


def fails(error: Exception) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


def ended(sqlstate: str) -> StoreUnavailableError:
    return StoreUnavailableError("ended", sqlstate)


class Kit:
    """An adapter over a fake, on a file or on a server."""

    def __init__(self, file: Path | None) -> None:
        self.fake, self.clock, self.n_opened = FakeStore(), Seconds(), 0
        self.cannot_open: Exception | None = None
        self.store = AsyncShopperStore(self._opened, file=file, monotonic=self.clock)  # type: ignore[arg-type]

    def _opened(self) -> FakeStore:
        self.n_opened += 1
        if self.cannot_open is not None:
            raise self.cannot_open
        return self.fake

    def find(self, error: type[Exception] | None = None) -> None:
        """Look somebody up, which ends as it is said to."""
        if error is None:
            assert asyncio.run(self.store.find(ANNA)) is NOBODY
        else:
            with pytest.raises(error):
                asyncio.run(self.store.find(ANNA))


@pytest.fixture(params=["file", "server"])
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kit]:
    file = tmp_path / "state.db"
    file.touch()
    made = Kit(file if request.param == "file" else None)
    made.store.open()
    yield made
    made.fake.release.set()
    made.store.close()


@pytest.fixture
def remote() -> Iterator[Kit]:
    """On a server."""
    made = Kit(None)
    made.store.open()
    yield made
    made.fake.release.set()
    made.store.close()


def test_after_a_failure_nobody_is_looked_up_for_a_while(kit: Kit) -> None:
    kit.fake.does = fails(StoreUnavailableError("gone"))
    kit.find(StoreUnavailableError)
    kit.fake.does = lambda: None
    kit.clock.now += PAUSE_S * 0.9
    kit.find(StoreUnavailableError)
    assert kit.fake.n_finds == 1
    kit.clock.now += PAUSE_S * 0.2
    kit.find()
    kit.find()
    assert kit.fake.n_finds == 3


def test_a_probe_that_fails_starts_the_pause_again(kit: Kit) -> None:
    kit.fake.does = fails(StoreUnavailableError("gone"))
    kit.find(StoreUnavailableError)
    kit.clock.now += PAUSE_S * 1.1
    kit.find(StoreUnavailableError)
    kit.clock.now += PAUSE_S * 0.5
    kit.find(StoreUnavailableError)
    assert kit.fake.n_finds == 2


def test_a_page_without_time_asks_nobody(kit: Kit) -> None:
    for ask in (kit.store.find(ANNA, 0.0), kit.store.past(NOBODY, 9, 0, -0.1)):
        with pytest.raises(StoreUnavailableError, match="deadline"):
            asyncio.run(ask)
    assert kit.fake.n_finds == 0
    kit.find()


def late(kit: Kit, within_s: float, times: int) -> None:
    """Look somebody up as many times, each of which takes longer than the page has."""
    for _ in range(times):
        with pytest.raises(StoreUnavailableError, match="longer than"):
            asyncio.run(kit.store.find(ANNA, within_s))


def test_a_page_with_little_time_waits_no_longer_and_says_nothing_of_the_database(remote: Kit) -> None:
    remote.fake.does = lambda: remote.fake.release.wait(20)
    # As many that are late by themselves have it left alone for a while.
    late(remote, 0.001, 2 * MAX_LATE)
    late(remote, PATIENT_S, 1)


def test_pages_with_little_time_are_none_of_those_that_are_late_in_a_row(remote: Kit) -> None:
    remote.fake.does = lambda: remote.fake.release.wait(20)
    late(remote, 0.001, MAX_LATE - 1)
    late(remote, PATIENT_S, MAX_LATE)
    with pytest.raises(StoreUnavailableError, match="a moment ago"):
        asyncio.run(remote.store.find(ANNA))


@pytest.mark.parametrize("error", [ValueError("anna"), KeyError("anna"), InvalidInputError("anna", [Fault("a", "b")])])
def test_a_row_that_cannot_be_read_stops_nobody_else(kit: Kit, error: Exception) -> None:
    kit.fake.does = fails(error)
    with pytest.raises(StoreUnavailableError) as caught:
        asyncio.run(kit.store.find(ANNA))
    assert type(error).__name__ in str(caught.value)
    assert "anna" not in str(caught.value)
    kit.fake.does = lambda: None
    kit.find()


def test_what_else_is_wrong_with_the_store_keeps_its_name(kit: Kit) -> None:
    kit.fake.does = fails(LedgerBrokenError("broken"))
    kit.find(LedgerBrokenError)
    kit.find(StoreUnavailableError)


def test_a_look_up_that_takes_long_is_given_up(remote: Kit) -> None:
    remote.fake.does = lambda: remote.fake.release.wait(20)
    remote.find(StoreUnavailableError)


def test_a_late_look_up_alone_starts_no_pause(remote: Kit) -> None:
    waits = threading.Event()
    remote.fake.does = lambda: waits.wait(20)
    remote.find(StoreUnavailableError)
    remote.fake.does = lambda: None
    remote.find()
    waits.set()


def test_several_late_ones_in_a_row_do(remote: Kit) -> None:
    remote.fake.does = lambda: remote.fake.release.wait(20)
    for _ in range(MAX_LATE + 5):
        remote.find(StoreUnavailableError)
    assert remote.fake.n_finds == MAX_LATE


def test_while_one_tries_a_dead_database_the_others_do_not(remote: Kit) -> None:
    remote.fake.does = fails(StoreUnavailableError("gone"))
    remote.find(StoreUnavailableError)
    remote.clock.now += PAUSE_S * 1.1
    remote.fake.does = lambda: remote.fake.release.wait(20)

    async def many() -> list[object]:
        return await asyncio.gather(*(remote.store.find(ANNA) for _ in range(20)), return_exceptions=True)

    assert {type(one) for one in asyncio.run(many())} == {StoreUnavailableError}
    assert remote.fake.n_finds == 2


def test_a_call_that_is_cancelled_while_it_tries_lets_the_next_one_try(remote: Kit) -> None:
    remote.fake.does = fails(StoreUnavailableError("gone"))
    remote.find(StoreUnavailableError)
    remote.clock.now += PAUSE_S * 1.1
    began = threading.Event()
    remote.fake.does = lambda: (began.set(), remote.fake.release.wait(20))

    async def cancelled() -> None:
        trying = asyncio.create_task(remote.store.find(ANNA))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        trying.cancel()
        await asyncio.wait([trying])

    asyncio.run(cancelled())
    remote.fake.does = lambda: None
    remote.find()


def test_a_store_that_cannot_be_opened_yet_is_opened_by_a_later_page(tmp_path: Path) -> None:
    kit = Kit(None)
    kit.cannot_open = StoreUnavailableError("not yet")
    kit.find(StoreUnavailableError)
    kit.cannot_open = None
    kit.clock.now += PAUSE_S * 1.1
    kit.find()
    kit.find()
    assert kit.n_opened == 2
    kit.store.close()


def test_a_write_is_tried_though_look_ups_pause(kit: Kit) -> None:
    kit.fake.does = fails(StoreUnavailableError("gone"))
    kit.find(StoreUnavailableError)
    kit.fake.does = lambda: None
    assert asyncio.run(kit.store.opt_out(ANNA, (), None)) == 7  # type: ignore[arg-type]


@pytest.mark.parametrize("sqlstate", ["40P01", "40001"])
def test_a_write_that_the_server_ended_for_another_is_done_again(remote: Kit, sqlstate: str) -> None:
    errors = [ended(sqlstate)]
    remote.fake.does = lambda: fails(errors.pop())() if errors else None
    assert asyncio.run(remote.store.opt_out(ANNA, (), None)) == 7  # type: ignore[arg-type]
    assert remote.fake.n_opt_outs == 2


def test_it_is_not_done_again_for_ever(remote: Kit) -> None:
    remote.fake.does = fails(ended("40P01"))
    with pytest.raises(StoreUnavailableError):
        asyncio.run(remote.store.opt_out(ANNA, (), None))  # type: ignore[arg-type]
    assert remote.fake.n_opt_outs == N_TRIES


def test_a_write_that_failed_otherwise_is_not_done_again(remote: Kit) -> None:
    remote.fake.does = fails(ended("57P01"))
    with pytest.raises(StoreUnavailableError):
        asyncio.run(remote.store.opt_out(ANNA, (), None))  # type: ignore[arg-type]
    assert remote.fake.n_opt_outs == 1


def test_a_server_gives_every_thread_a_connection() -> None:
    n_others = catalogue_store.N_USERS + experiment_store.N_USERS
    assert N_READERS + N_WRITERS + N_COPIERS + n_others == N_CONNECTIONS


def test_nobody_is_waited_for_by_a_server_longer_than_by_a_backend() -> None:
    assert LOOK_UP_S == PATIENT_S


async def copied(kit: Kit, parts: Iterable[object]) -> list[object]:
    """The copy that is told in these parts."""
    return [part async for part in kit.store.copy(ANNA, lambda _: iter(parts))]


def test_a_copy_is_made_a_little_at_a_time(kit: Kit) -> None:
    kit.fake.release.set()
    made: list[int] = []

    def parts() -> Iterator[int]:
        for number in range(PARTS_AT_A_TIME * 3):
            made.append(number)
            yield number

    async def begun() -> int:
        async for _ in kit.store.copy(ANNA, lambda _: parts()):
            return len(made)
        return 0

    assert asyncio.run(begun()) == PARTS_AT_A_TIME
    assert asyncio.run(copied(kit, parts())) == list(range(PARTS_AT_A_TIME * 3))


def test_a_copy_that_breaks_off_is_no_whole_one(remote: Kit) -> None:
    remote.fake.release.set()

    def parts() -> Iterator[int]:
        yield 1
        raise ended("40001")

    with pytest.raises(StoreUnavailableError):
        asyncio.run(copied(remote, parts()))


def test_copies_and_a_flood_of_events_hold_up_no_opt_out(remote: Kit) -> None:
    async def opted_out() -> int:
        busy = [asyncio.create_task(copied(remote, ())) for _ in range(N_COPIERS * 5)]
        busy += [asyncio.create_task(remote.store.keep((), lambda _: ())) for _ in range(50)]
        await asyncio.sleep(0)
        position = await asyncio.wait_for(remote.store.opt_out(ANNA, (), None), 20)  # type: ignore[arg-type]
        remote.fake.release.set()
        await asyncio.gather(*busy)
        return position

    assert asyncio.run(opted_out()) == 7


def test_whoever_follows_a_link_to_look_waits_for_no_write(remote: Kit) -> None:
    async def looked() -> Person:
        busy = [asyncio.create_task(remote.store.keep((), lambda _: ())) for _ in range(50)]
        busy += [asyncio.create_task(remote.store.erase(ANNA, None)) for _ in range(N_WRITERS)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        person = await asyncio.wait_for(remote.store.find_subject(1), 20)
        remote.fake.release.set()
        await asyncio.gather(*busy)
        return person

    assert asyncio.run(looked()) is NOBODY


def test_a_link_is_followed_to_look_no_sooner_than_the_database_is_tried_again(kit: Kit) -> None:
    kit.fake.does = fails(StoreUnavailableError("gone"))
    kit.find(StoreUnavailableError)
    with pytest.raises(StoreUnavailableError, match="a moment ago"):
        asyncio.run(kit.store.find_subject(1))
