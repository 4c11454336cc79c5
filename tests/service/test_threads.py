"""Threads have a name, are told to stop together and are waited for."""

import threading
from collections.abc import Iterator

import pytest

from service.threads import Threads
from tests.service.waiting import until


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads()
    yield made
    made.stop()
    made.join(10)


def waits(stop: threading.Event) -> None:
    stop.wait(60)


def test_all_are_told_to_stop_and_waited_for(threads: Threads) -> None:
    for name in ("catalogue", "erasure debt"):
        threads.start(name, waits)
    assert threads.running() == ["catalogue", "erasure debt"]
    assert {"catalogue", "erasure debt"} <= {one.name for one in threading.enumerate() if one.daemon}
    threads.stop()
    threads.join(10)
    assert threads.running() == []


def test_one_with_an_end_of_its_own_is_left_to_who_has_it(threads: Threads) -> None:
    own = threading.Event()
    threads.start("follower", waits, own)
    threads.stop()
    threads.join(0.01)
    assert threads.running() == ["follower"]
    own.set()
    threads.join(10)
    assert threads.running() == []


def test_those_that_ended_are_forgotten_once_another_starts(threads: Threads) -> None:
    own = threading.Event()
    own.set()
    for number in range(5):
        threads.start(str(number), waits, own)
        until(lambda: not threads.running(), "the end of it")
    threads.start("last", waits)
    assert [one.name for one in threads._running] == ["last"]


def test_a_thread_may_start_another(threads: Threads) -> None:
    threads.start("first", lambda _: threads.start("second", waits))
    until(lambda: threads.running() == ["second"], "the other")
