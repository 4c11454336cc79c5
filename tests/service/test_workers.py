"""The supervisor keeps its workers running, and one port for them alone."""

import math
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.settings import Settings
from service.workers import supervisor
from service.workers.address import AddressUnavailableError, HeldAddress
from service.workers.forks import Forks
from service.workers.line import Line
from service.workers.restarts import MAX_TRIES
from service.workers.supervisor import WorkerFailedError
from tests.service.crew import (
    CANNOT,
    CRASHES,
    DIES,
    NO_PROGRAM,
    ROOT,
    SERVES,
    STARTS_FOR_EVER,
    STUBBORN,
    Crew,
    is_gone,
)
from tests.service.doubles import Lines
from tests.service.waiting import until


@pytest.fixture
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    made = Crew(request.param)
    yield made
    made.end()


def crew_of(*scripts: Sequence[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("crew", [dict(enumerate(scripts, 1))], indirect=True, ids=[""])


def test_the_supervisor_imports_nothing_that_serves() -> None:
    heavy = {"alembic", "grpc", "mlflow", "numpy", "shopkeeper", "sqlalchemy", "uvloop"}
    script = f"import sys, service.workers.supervisor\nprint(sorted({heavy} & sys.modules.keys()))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


@crew_of([STARTS_FOR_EVER], [SERVES])
def test_the_second_waits_until_the_first_listens(crew: Crew) -> None:
    until(lambda: crew.started(1), "the first")
    crew.stop()
    assert crew.started(2) == []


@crew_of([SERVES], [SERVES], [SERVES])
def test_all_are_started_once_the_first_listens(crew: Crew) -> None:
    until(lambda: all(crew.started(number) for number in (1, 2, 3)), "all three")


@crew_of([SERVES], [SERVES])
def test_one_that_is_killed_is_replaced_at_once_and_by_its_number(crew: Crew) -> None:
    until(lambda: crew.started(2), "both")
    [killed] = crew.started(2)
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(crew.started(2)) == 2, "another")
    line = crew.lines.only("worker_ended")
    assert (line["level"], line["worker"], line["pid"]) == ("error", 2, killed)
    assert (line["cause"], line["another_in_s"]) == ("was ended by signal 9", 0)
    assert len(crew.started(1)) == 1


@crew_of([SERVES], [SERVES])
def test_one_that_is_told_to_end_is_replaced_and_no_error(crew: Crew) -> None:
    until(lambda: crew.started(1), "the first")
    until(lambda: crew.started(2), "both")
    os.kill(crew.started(1)[0], signal.SIGTERM)
    until(lambda: len(crew.started(1)) == 2, "another")
    assert crew.lines.only("worker_ended")["level"] == "info"


@crew_of([SERVES], [DIES, CRASHES, CANNOT, DIES, SERVES])
def test_while_another_serves_one_that_cannot_start_is_tried_again_ever_later(crew: Crew) -> None:
    until(lambda: len(crew.started(2)) == 5, "four deaths")
    ended = crew.of("worker_ended")
    assert [line["another_in_s"] for line in ended] == [0, 0.01, 0.02, 0.04]
    assert [line["cause"] for line in ended] == [
        "was ended by signal 9",
        "ended with exit code 3",
        "the keys are gone",
        "was ended by signal 9",
    ]
    assert not crew.running.done()


@crew_of([CANNOT], [SERVES])
def test_what_the_first_cannot_start_with_ends_all_with_its_message_and_exit_code(crew: Crew) -> None:
    with pytest.raises(WorkerFailedError, match=r"^the keys are gone$") as caught:
        crew.running.result(30)
    assert caught.value.exit_code == 2
    assert crew.started(2) == []


@crew_of([CRASHES], [SERVES])
def test_a_crash_at_the_start_of_the_first_ends_all(crew: Crew) -> None:
    with pytest.raises(WorkerFailedError, match="worker 1 ended with exit code 3 before it listened") as caught:
        crew.running.result(30)
    assert caught.value.exit_code == 3


@crew_of([DIES, DIES, SERVES], [SERVES])
def test_a_first_that_is_killed_as_it_starts_is_tried_again(crew: Crew) -> None:
    until(lambda: crew.started(2), "both")
    assert len(crew.started(1)) == 3


@crew_of([DIES], [SERVES])
def test_one_that_is_always_killed_as_it_starts_ends_all(crew: Crew) -> None:
    with pytest.raises(WorkerFailedError, match="worker 1 was ended by signal 9 before it listened") as caught:
        crew.running.result(30)
    assert (caught.value.exit_code, len(crew.started(1))) == (1, MAX_TRIES)


@crew_of([SERVES, CANNOT], [SERVES, STARTS_FOR_EVER])
def test_when_none_serves_any_more_one_that_cannot_start_ends_all_and_leaves_none_behind(crew: Crew) -> None:
    until(lambda: crew.started(2), "both")
    os.kill(crew.started(2)[0], signal.SIGKILL)
    until(lambda: len(crew.started(2)) == 2, "one that takes its time")
    os.kill(crew.started(1)[0], signal.SIGKILL)
    with pytest.raises(WorkerFailedError, match="the keys are gone"):
        crew.running.result(30)
    assert all(is_gone(pid) for number in (1, 2) for pid in crew.started(number))


@crew_of([SERVES], [SERVES])
def test_told_to_stop_it_ends_them_all_and_replaces_none(crew: Crew) -> None:
    until(lambda: crew.started(2), "both")
    crew.stop()
    assert all(is_gone(pid) for number in (1, 2) for pid in crew.started(number))
    assert crew.lines.events().count("worker_started") == 2
    assert crew.lines.events()[-3:] == ["draining", "worker_drained", "worker_drained"]


def test_one_that_does_not_end_in_time_is_killed() -> None:
    crew = Crew({1: [STUBBORN], 2: [SERVES]}, end_s=0.3)
    until(lambda: crew.started(2), "both")
    crew.stop()
    assert crew.lines.only("worker_killed")["worker"] == 1
    assert is_gone(crew.started(1)[0])
    crew.end()


@crew_of([SERVES], [NO_PROGRAM, SERVES])
def test_one_that_the_machine_cannot_start_is_tried_again_while_another_serves(crew: Crew) -> None:
    until(lambda: crew.started(2), "both")
    line = crew.lines.only("worker_not_started")
    assert (line["worker"], line["another_in_s"]) == (2, 0)


@crew_of([NO_PROGRAM], [SERVES])
def test_a_first_that_the_machine_cannot_start_ends_all(crew: Crew) -> None:
    with pytest.raises(WorkerFailedError, match=r"worker 1 cannot be started: .*No such file"):
        crew.running.result(30)


def test_what_is_said_arrives_whole_however_it_is_cut() -> None:
    near, far = socket.socketpair()
    hearing = Line(near)
    far.sendall(b'{"says": "list')
    assert list(hearing.heard()) == []
    far.sendall(b'ening"}\n{"says": "failed", "message": "why"}\n')
    assert list(hearing.heard()) == [{"says": "listening"}, {"says": "failed", "message": "why"}]
    far.close()
    with pytest.raises(EOFError):
        list(hearing.heard())
    hearing.close()


def test_a_word_to_a_supervisor_that_is_gone_is_lost_and_no_error() -> None:
    near, far = socket.socketpair()
    far.close()
    line = Line(near)
    line.say_failed("why")
    line.close()


def listening(port: int, *, shares: bool) -> socket.socket:
    """A server on the port, as grpc opens it."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shares))
    try:
        made.bind(("127.0.0.1", port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made


@pytest.fixture
def held() -> Iterator[HeldAddress]:
    made = HeldAddress.hold("127.0.0.1", 0)
    yield made
    made.release()


def test_of_a_held_port_all_workers_can_make_use(held: HeldAddress) -> None:
    assert held.port > 0
    with listening(held.port, shares=True), listening(held.port, shares=True):
        pass


def test_a_held_port_is_refused_to_a_server_that_does_not_share(held: HeldAddress) -> None:
    with pytest.raises(OSError, match="in use"):
        listening(held.port, shares=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])  # noqa: S104 - that of others
def test_a_held_port_is_held_by_one_alone_whether_its_workers_are_there_or_not(held: HeldAddress, host: str) -> None:
    for with_worker in (False, True):
        worker = listening(held.port, shares=True) if with_worker else socket.socket()
        with worker, pytest.raises(AddressUnavailableError, match="another process has the port"):
            HeldAddress.hold(host, held.port)


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0"])  # noqa: S104 - to be held, not listened on
def test_what_a_name_stands_for_is_held(host: str) -> None:
    held = HeldAddress.hold(host, 0)
    with pytest.raises(OSError, match="in use"):
        listening(held.port, shares=False)
    listening(held.port, shares=True).close()
    held.release()


@pytest.mark.parametrize("shares", [False, True])
def test_a_port_that_another_server_has_cannot_be_held(shares: bool) -> None:
    with listening(0, shares=shares) as other, pytest.raises(AddressUnavailableError, match="another process"):
        HeldAddress.hold("127.0.0.1", other.getsockname()[1])


def test_of_many_who_want_a_port_at_once_one_gets_it(closed_port: int) -> None:
    gate = threading.Barrier(8)

    def want() -> HeldAddress | None:
        gate.wait(10)
        try:
            # Of the whole network that is this machine's: the port is free there.
            return HeldAddress.hold("127.0.0.2", closed_port)
        except AddressUnavailableError:
            return None

    with ThreadPoolExecutor(8) as pool:
        wanting = [pool.submit(want) for _ in range(8)]
        got = [held for one in wanting if (held := one.result(10)) is not None]
    for held in got:
        held.release()
    assert len(got) == 1


def test_a_port_can_be_held_again_though_connections_of_before_linger() -> None:
    with listening(0, shares=False) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            # Who closes first is left with the connection.
            accepted.close()
            assert client.recv(1) == b""
    held = HeldAddress.hold("127.0.0.1", port)
    listening(port, shares=True).close()
    held.release()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_host_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(AddressUnavailableError, match=f"cannot listen on {host}:0: "):
        HeldAddress.hold(host, 0)


def test_room_for_high_handles_is_made_at_once() -> None:
    script = """
from pathlib import Path
from service.workers.address import MOST_HANDLES, room_for_handles
def room():
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("FDSize")]
    return int(line.split()[1])
before = room()
room_for_handles()
print(before < MOST_HANDLES * 3 // 4 <= room())
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"


def test_workers_are_given_the_time_of_the_whole_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    class Noted:
        def __init__(self, *_: object, end_s: float, **__: object) -> None:
            given.append(end_s)

        def run(self, _stop: socket.socket) -> None:
            """Nothing."""

    monkeypatch.setattr(supervisor, "Supervisor", Noted)
    settings = Settings.read({}, {"port": "0", "lame_duck_s": "30", "drain_s": "7"})
    supervisor.supervise(settings, {}, Lines().log)
    assert given == [30 + 7 + supervisor.END_S]


def test_where_orphans_are_not_adopted_workers_start_without_a_fork_server(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Forks] = []

    class Noted:
        def __init__(self, *_: object, forks: Forks, **__: object) -> None:
            given.append(forks)

        def run(self, _stop: socket.socket) -> None:
            """Nothing."""

    def refused() -> None:
        raise OSError("prctl is Linux's alone")

    monkeypatch.setattr(supervisor, "Supervisor", Noted)
    monkeypatch.setattr(supervisor, "adopting_orphans", refused)
    lines = Lines()
    supervisor.supervise(Settings.read({}, {"port": "0"}), {}, lines.log)
    assert [forks.due_s for forks in given] == [math.inf]
    assert lines.only("no_forkserver")["cause"] == "prctl is Linux's alone"
