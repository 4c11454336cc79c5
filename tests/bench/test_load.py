"""The client of the benchmarks, against a real gRPC server: what it reports is what happened."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from bench.serving.load.frames import Call
from bench.serving.load.loops import OpenLoop, at_random, closed_loop, evenly
from bench.serving.load.results import Results, Status
from tests.bench.grpc_server import ECHO, HOLD, REFUSE, SLEEP, SLEEP_S, STALL, EchoServer, InThread, Wire, echoing
from tests.service.waiting import until

CODES = ("RESOURCE_EXHAUSTED", "INVALID_ARGUMENT", "UNAVAILABLE", "INTERNAL")


class Site:
    """A server, and load on it."""

    def __init__(self, server: EchoServer, thread: InThread, port: int) -> None:
        self.server, self.thread, self.port = server, thread, port
        self.address = f"127.0.0.1:{port}"

    def load(self, calls: Sequence[Call], n_calls: int, *, rate: float = 1_000, **options: Any) -> Results:
        """So many calls in an open loop."""
        return OpenLoop(self.address, calls, evenly(rate, n_calls / rate), **options).run()

    def release(self) -> None:
        """Let what is held go."""
        self.thread.do(self.server.let_go)


@pytest.fixture
def site() -> Iterator[Site]:
    with echoing() as (server, thread, port):
        yield Site(server, thread, port)


class Running:
    """A load that goes on while a test does something."""

    def __init__(self, loop: OpenLoop) -> None:
        self.loop, self._results = loop, list[Results]()
        self._thread = threading.Thread(target=lambda: self._results.append(loop.run()))

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.stop()
        self._thread.join(60)

    @property
    def results(self) -> Results:
        """Once it has ended."""
        [results] = self._results
        return results


def messages(n_messages: int, size: int = 20) -> list[bytes]:
    return [number.to_bytes(4, "big") * (size // 4) for number in range(n_messages)]


def test_every_call_is_answered_with_its_own_message(site: Site) -> None:
    sent, got = messages(300), {}
    site.load(
        [Call.to(ECHO, one) for one in sent], 300, on_answer=lambda number, _, message: got.update({number: message})
    )
    assert got == dict(enumerate(sent))


def test_calls_are_made_in_turn_and_from_the_first_again(site: Site) -> None:
    got = Counter[bytes]()
    calls = [Call.to(ECHO, one) for one in (b"a", b"b")]
    site.load(calls, 5, on_answer=lambda _number, _status, message: got.update([message]))
    assert got == {b"a": 3, b"b": 2}


@pytest.mark.parametrize("code", CODES)
def test_a_refusal_counts_under_its_code(site: Site, code: str) -> None:
    assert site.load([Call.to(REFUSE, code.encode())], 10).counts == {Status[code]: 10}


def test_a_method_that_is_not_there_is_unimplemented(site: Site) -> None:
    assert site.load([Call.to("bench.Echo/Nothing", b"")], 3).counts == {Status.UNIMPLEMENTED: 3}


def test_an_answer_of_many_frames_arrives_whole(site: Site) -> None:
    sent, got = messages(1, size=16_000), list[bytes]()
    site.load([Call.to(ECHO, sent[0])], 20, on_answer=lambda _number, _status, message: got.append(message))
    assert got == sent * 20


def test_more_than_a_window_holds_is_sent_as_the_server_takes_it(site: Site) -> None:
    calls = [Call.to(ECHO, one) for one in messages(10, size=16_000)]
    assert site.load(calls, 200, rate=100_000, n_connections=1).counts == {Status.OK: 200}


def test_a_message_that_needs_two_frames_is_refused_beforehand() -> None:
    with pytest.raises(ValueError, match="one frame"):
        Call.to(ECHO, bytes(20_000))


def test_a_call_takes_as_long_as_the_server(site: Site) -> None:
    assert site.load([Call.to(SLEEP, b"")], 50).took_s.min() >= SLEEP_S


def test_a_server_that_stands_still_is_seen_by_every_call_that_was_due_meanwhile(site: Site) -> None:
    n_calls = 200
    calls = [Call.to(STALL, b""), *[Call.to(ECHO, b"")] * (n_calls - 1)]
    with Running(OpenLoop(site.address, calls, evenly(1_000, n_calls / 1_000), n_connections=2)) as running:
        until(lambda: running.loop.n_made >= n_calls, "calls to be made though none is answered")
        site.server.release.set()
        until(lambda: not running._thread.is_alive(), "the end")
    results = running.results
    assert results.counts == {Status.OK: n_calls}
    # None was answered before the last was due.
    assert (results.due_s + results.took_s).min() >= results.due_s[-1]


def test_what_is_not_answered_in_time_is_given_up_and_the_server_told(site: Site) -> None:
    results = site.load([Call.to(HOLD, b"")], 20, deadline_s=0.1)
    assert results.counts == {Status.DEADLINE_EXCEEDED: 20}
    assert site.server.most_held > 0
    until(lambda: site.server.n_held == 0, "the server to drop what nobody waits for")


def test_a_server_hears_the_deadline(site: Site) -> None:
    results = site.load([Call.to(HOLD, b"", timeout_ms=50)], 5)
    # It hangs up, or says so in words, whichever of its threads is first.
    assert set(results.counts) <= {Status.CANCELLED, Status.DEADLINE_EXCEEDED}


def test_a_connection_that_dies_costs_the_calls_on_it_and_is_put_up_again(site: Site) -> None:
    wire = Wire(site.port)
    n_held = 5
    calls = [*[Call.to(HOLD, b"")] * n_held, *[Call.to(ECHO, b"")] * 10_000]
    try:
        with Running(OpenLoop(wire.address, calls, evenly(200, 50), n_connections=2)) as running:
            until(lambda: site.server.n_held == n_held, "calls to be held")
            wire.cut()
            site.release()
            n_made = running.loop.n_made
            until(lambda: running.loop.n_made >= n_made + 100, "the load to go on")
    finally:
        wire.close()
    results = running.results
    assert results.status[:n_held].tolist() == [Status.LOST] * n_held
    assert set(results.counts) <= {Status.OK, Status.LOST, Status.NO_CONNECTION}
    assert results.status[-20:].tolist() == [Status.OK] * 20


def test_where_nobody_listens_any_more_calls_fail_one_by_one(site: Site) -> None:
    with Running(OpenLoop(site.address, [Call.to(ECHO, b"")], evenly(200, 50), n_connections=2)) as running:
        until(lambda: running.loop.n_made >= 20, "some calls")
        site.thread.do(lambda: site.server.stop(0))
        n_made = running.loop.n_made
        until(lambda: running.loop.n_made >= n_made + 50, "the load to go on")
        site.thread.do(lambda: site.server.listen(site.port))
        n_made = running.loop.n_made
        until(lambda: running.loop.n_made >= n_made + 150, "the load to go on")
    results = running.results
    assert results.counts[Status.NO_CONNECTION] > 0
    assert results.status[-20:].tolist() == [Status.OK] * 20


def test_a_server_that_drains_answers_what_it_has(site: Site) -> None:
    calls = [Call.to(HOLD, b"")]
    with Running(OpenLoop(site.address, calls, evenly(1_000, 0.01), n_connections=1)) as running:
        until(lambda: site.server.n_held == 10, "calls to be held")
        site.thread.do(lambda: site.server.stop(20))
    assert running.results.counts == {Status.OK: 10}


def test_a_closed_loop_has_so_many_calls_open_and_no_more(site: Site) -> None:
    results = closed_loop(site.address, [Call.to(HOLD, b"")], 0.5, n_connections=2, n_streams=3)
    assert results.counts == {Status.UNANSWERED: 6}
    assert site.server.most_held == 6


def test_a_closed_loop_asks_again_for_each_answer(site: Site) -> None:
    results = closed_loop(site.address, [Call.to(ECHO, b"")], 0.5, n_connections=1, n_streams=1)
    assert results.counts[Status.OK] > 1
    assert len(results) == results.counts[Status.OK] + results.counts[Status.UNANSWERED]


@pytest.mark.parametrize("times", [evenly, at_random])
def test_times_are_fixed_beforehand_and_as_many_as_the_rate_says(times: Callable[[float, float], Any]) -> None:
    due = times(500, 4)
    assert len(due) == 2_000
    assert np.array_equal(due, times(500, 4))
    assert 3 < due[-1] < 5


def test_figures_are_those_of_the_times_in_order() -> None:
    took = np.arange(1, 1_001) / 1_000
    results = Results(np.zeros(1_000), took, np.zeros(1_000, np.uint8), np.zeros(1_000))
    assert results.figures().split() == ["501.00", "901.00", "991.00", "1000.00", "1000.00"]
