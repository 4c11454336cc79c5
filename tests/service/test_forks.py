"""Workers are forked from a process that has imported all they need, and start without one where there is none."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.workers import forks
from service.workers.process import Adopted, adopting_orphans, bury_strangers, ended
from service.workers.restarts import MAX_TRIES
from tests.service.crew import CRASHES, NO_PROGRAM, ROOT, SERVES, Crew, is_gone
from tests.service.waiting import until

_FORKS = """
import os, signal, socket, sys, threading, types
import service.workers.forkserver as forkserver
from service.workers.line import Line

def main(argv):
    line = Line(socket.socket(fileno=int(argv[1])))
    number = int(argv[0])
    {begin}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    line.say_listening()
    try:
        list(line.heard())
    except EOFError:
        return 0

sys.modules["its_worker"] = types.ModuleType("its_worker")
sys.modules["its_worker"].main = main
forkserver.WORKER, forkserver.DRIVER = "its_worker", "no_such_module"
{first}
sys.exit(forkserver.main(sys.argv[1:]))
"""
FORKS = _FORKS.format(begin="", first="")
FORKS_ONE_THAT_CRASHES = _FORKS.format(begin="if number == 2: return 3", first="")
HANDS_ON = _FORKS.format(
    begin="if number == 2: line.say_failed(' '.join(argv[2:])); return 2\n    line.say_checked('a stamp')", first=""
)
FORKS_ONE_THAT_CANNOT = _FORKS.format(begin="if number == 1: line.say_failed('the keys are gone'); return 2", first="")
HAS_THREADS = _FORKS.format(
    begin="", first="threading.Thread(target=threading.Event().wait, args=(30,), daemon=True).start()"
)
_HAS_NO_ROOM = """
fork, n_forks, forkserver_pid = os.fork, 0, os.getpid()
def forked():
    global n_forks
    n_forks += 1
    if {when}:
        raise BlockingIOError(11, "no room")
    return fork()
os.fork = forked"""
NO_ROOM, NO_ROOM_BETWEEN = (
    _FORKS.format(begin="", first=_HAS_NO_ROOM.format(when=when))
    for when in ("n_forks == 2 and os.getpid() == forkserver_pid", "n_forks == 3 and os.getpid() != forkserver_pid")
)
"""For the second worker, once; a fork has counted what its parent had."""
_SAYS = "import socket, sys\nsupervisor = socket.socket(fileno=int(sys.argv[1]))\n"
NEVER_READY = f"{_SAYS}supervisor.recv(1)"
FORKS_AND_DIES = _FORKS.format(
    begin="Path(os.environ['FORKED']).write_text(str(os.getpid()))",
    first="""
from pathlib import Path
def say(supervisor, **words):
    if "pid" in words:
        os._exit(4)
    say_so(supervisor, **words)
say_so, forkserver._say = forkserver._say, say""",
)
NEVER_ANSWERS = f"""{_SAYS}supervisor.send(b'{{"ready": true}}')\nwhile supervisor.recv(1):\n    pass"""
STARTED_ALONE = b"say_listening"
"""What the command line of a worker that was not forked holds, and that of no fork server here."""

Begin = Callable[..., Crew]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Starts a crew of two."""
    crews: list[Crew] = []

    def begun(*forkservers: str) -> Crew:
        crews.append(Crew({1: [SERVES], 2: [SERVES]}, forkservers=forkservers))
        return crews[-1]

    with adopting_orphans():
        yield begun
        for crew in crews:
            crew.end()


def forkservers(crew: Crew) -> list[int]:
    """Processes that forked so far."""
    return [int(line["pid"]) for line in crew.of("forkserver_ready")]


def both(crew: Crew) -> list[int]:
    """Processes of the two workers, once both are there."""
    until(lambda: crew.started(1) and crew.started(2), "both")
    return [crew.started(number)[-1] for number in (1, 2)]


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def command_line_of(pid: int) -> bytes:
    """As above; of one that is gone nothing."""
    try:
        return command_line(pid)
    except OSError:
        return b""


def is_forked(pid: int) -> bool:
    """Whether a worker is a fork of the fork server: it has its command line."""
    return b"forkserver" in command_line(pid)


def parent_and_group(pid: int) -> tuple[int, int]:
    _, parent, group, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(parent), int(group)


def test_workers_are_forks_and_children_of_the_supervisor_in_groups_of_their_own(begin: Begin) -> None:
    crew = begin(FORKS)
    for pid in both(crew):
        assert is_forked(pid)
        assert parent_and_group(pid) == (os.getpid(), pid)
        assert Path(f"/proc/{pid}/fd/0").readlink() == Path(os.devnull)


def test_a_fork_holds_no_line_of_another_and_not_the_supervisors_ear(begin: Begin) -> None:
    first, second = both(begin(FORKS))

    def sockets(pid: int) -> set[str]:
        opened = {str(handle.readlink()) for handle in Path(f"/proc/{pid}/fd").iterdir()}
        return {name for name in opened if name.startswith("socket:")}

    assert len(sockets(first)) == len(sockets(second)) == 1
    assert not sockets(first) & sockets(second)


def test_one_that_is_killed_is_replaced_by_another_fork_of_the_same(begin: Begin) -> None:
    crew = begin(FORKS)
    _, killed = both(crew)
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(crew.started(2)) == 2, "another")
    assert crew.lines.only("worker_ended")["cause"] == "was ended by signal 9"
    assert is_forked(crew.started(2)[-1])
    assert len(forkservers(crew)) == 1


def test_the_exit_code_of_a_fork_is_told(begin: Begin) -> None:
    crew = begin(FORKS_ONE_THAT_CRASHES)
    until(lambda: crew.of("worker_ended"), "the end of the second")
    assert crew.of("worker_ended")[0]["cause"] == "ended with exit code 3"


def test_what_a_forked_first_cannot_start_with_ends_all_with_its_message_and_exit_code(begin: Begin) -> None:
    crew = begin(FORKS_ONE_THAT_CANNOT)
    error = crew.running.exception(30)
    assert (str(error), getattr(error, "exit_code", None)) == ("the keys are gone", 2)
    assert is_gone(forkservers(crew)[0])


def test_what_one_worker_has_checked_the_next_is_told(begin: Begin) -> None:
    crew = begin(HANDS_ON)
    until(lambda: crew.of("worker_ended"), "the end of the second")
    assert crew.of("worker_ended")[0]["cause"] == "a stamp"


def test_workers_outlive_the_fork_server_and_another_forks_those_that_come(begin: Begin) -> None:
    crew = begin(FORKS)
    workers = both(crew)
    os.kill(forkservers(crew)[0], signal.SIGKILL)
    until(lambda: len(forkservers(crew)) == 2, "another fork server")
    assert crew.lines.only("forkserver_ended")["cause"] == "was ended by signal 9"
    assert not any(is_gone(pid) for pid in workers)
    os.kill(workers[1], signal.SIGKILL)
    until(lambda: len(crew.started(2)) == 2, "another worker")
    assert is_forked(crew.started(2)[-1])


@pytest.mark.parametrize(
    ("forkserver", "cause"),
    [
        (CRASHES, "ended with exit code 3"),
        (NO_PROGRAM, "[Errno 2] No such file or directory: 'no-such-program'"),
        (HAS_THREADS, "2 threads run once all is imported, and a fork has one of them"),
    ],
    ids=["crashes", "no program", "threads"],
)
def test_without_a_fork_server_workers_start_alone_and_in_the_end_it_is_given_up(
    begin: Begin, forkserver: str, cause: str
) -> None:
    crew = begin(forkserver)
    assert all(STARTED_ALONE in command_line(pid) for pid in both(crew))
    until(lambda: len(crew.of("forkserver_ended")) == MAX_TRIES, "it to be given up")
    lines = crew.of("forkserver_ended")
    assert {line["cause"] for line in lines} == {cause}
    assert [line["another_in_s"] for line in lines] == [0, 0.01, 0.02, 0.04, None]


def test_a_fork_server_that_does_not_come_to_be_ready_is_given_up(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "STARTING_S", 0.1)
    crew = begin(NEVER_READY)
    assert all(STARTED_ALONE in command_line(pid) for pid in both(crew))
    assert crew.of("forkserver_ended")[0]["cause"].startswith("it was not ready after")


def test_a_fork_server_that_does_not_answer_is_replaced(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "ANSWER_S", 1.0)
    crew = begin(NEVER_ANSWERS, FORKS)
    assert all(is_forked(pid) for pid in both(crew))
    assert crew.lines.only("forkserver_ended")["cause"].startswith("it did not answer in")
    assert is_gone(forkservers(crew)[0])


def test_a_fork_of_which_the_fork_server_could_not_tell_any_more_ends(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FORKED", str(tmp_path / "forked"))
    crew = begin(FORKS_AND_DIES, FORKS)
    first, _ = both(crew)
    assert crew.lines.only("forkserver_ended")["cause"] == "ended with exit code 4"
    until((tmp_path / "forked").exists, "the fork that nobody was told of")
    until(lambda: (tmp_path / "forked").read_text(), "its id")
    unknown = int((tmp_path / "forked").read_text())
    assert unknown != first
    until(lambda: not command_line_of(unknown), "it to end")


@pytest.mark.parametrize("forkserver", [NO_ROOM, NO_ROOM_BETWEEN], ids=["first", "second"])
def test_a_fork_that_the_machine_has_no_room_for_is_tried_again(begin: Begin, forkserver: str) -> None:
    crew = begin(forkserver)
    _, second = both(crew)
    line = crew.lines.only("worker_not_started")
    assert (line["worker"], line["cause"]) == (2, "[Errno 11] no room")
    assert is_forked(second)


def test_told_to_stop_it_ends_the_fork_server_too(begin: Begin) -> None:
    crew = begin(FORKS)
    workers = both(crew)
    crew.stop()
    assert all(is_gone(pid) for pid in (*workers, *forkservers(crew)))
    assert [line["cause"] for line in crew.of("worker_drained")] == ["ended with exit code 0"] * 2


def test_with_its_supervisor_gone_a_fork_server_ends() -> None:
    script = f"""
import selectors, sys
from service.log import stderr_log
from service.workers.forks import Forks
forks, selector = Forks(lambda handle: [sys.executable, "-S", "-c", {FORKS!r}, str(handle)], {{}}, stderr_log()), None
selector = selectors.DefaultSelector()
forks.look_after(selector)
selector.select()
forks.hear(selector)
print(forks.pid, flush=True)
"""
    supervisor = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    pid = int(supervisor.stdout)
    until(lambda: is_gone(pid), "the fork server to end")


def test_all_that_a_worker_needs_is_imported_without_a_thread() -> None:
    script = """
import os, sys
import service.workers.forkserver as forkserver
said = []
forkserver._say = lambda _, **words: said.append(words)
forkserver._forked = lambda _: None
import socket
forkserver.main([str(socket.socket().detach())])
print(said, sorted({"alembic", "grpc", "mlflow", "numpy", "psycopg", "sqlalchemy", "uvloop"} & sys.modules.keys()))
"""
    given = {name: text for name, text in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    path = os.pathsep.join((str(ROOT), str(ROOT / "proto")))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=given | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ("[{'ready': True}] ['alembic', 'grpc', 'numpy', 'psycopg', 'sqlalchemy', 'uvloop']\n")


def child(script: str) -> int:
    """A process that nobody waits for yet."""
    return os.posix_spawn(sys.executable, [sys.executable, "-S", "-c", script], os.environ)


def test_a_stranger_that_ended_is_waited_for_and_one_that_somebody_waits_for_is_not() -> None:
    stranger, known = child(""), child("")
    until(lambda: not any(command_line(pid) for pid in (stranger, known)), "both to have ended")
    bury_strangers({known})
    assert is_gone(stranger)
    assert Adopted(known).wait() == 0


def test_an_adopted_one_that_does_not_end_in_time_is_killed() -> None:
    adopted = Adopted(child("import signal\nsignal.pause()"))
    assert ended(adopted, 0.0) == -signal.SIGKILL
    assert is_gone(adopted.pid)
    # What has its id now is another.
    adopted.kill()
