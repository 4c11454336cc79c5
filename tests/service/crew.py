"""Workers under a supervisor, whose program does what a test tells it to."""

import os
import socket
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from service.workers.forks import Forks
from service.workers.supervisor import Supervisor
from tests.service.doubles import Lines

ROOT = Path(__file__).parents[2]

_BEGIN = """
import os, signal, socket, sys
from service.workers.line import Line
line = Line(socket.socket(fileno=int(sys.argv[1])))
"""
_WAIT = """
try:
    list(line.heard())
except EOFError:
    pass
"""
SERVES = f"{_BEGIN}signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nline.say_listening()\n{_WAIT}"
STUBBORN = f"{_BEGIN}signal.signal(signal.SIGTERM, lambda *_: None)\nline.say_listening()\n{_WAIT}"
STARTS_FOR_EVER = f"{_BEGIN}{_WAIT}"
CANNOT = f"{_BEGIN}line.say_failed('the keys are gone')\nsys.exit(2)"
CRASHES = "import sys\nsys.exit(3)"
NO_PROGRAM = "there is none"
DIES = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"


class Crew:
    """A supervisor in a thread, whose workers do as they are told.

    Args:
        scripts: What each worker does, by number; the last of them is what all that come later do.
        end_s: Time that they have to end.
        forkservers: What each fork server does; the last of them is what all that come later do. None are there where
            none is given.
    """

    def __init__(
        self, scripts: dict[int, Sequence[str]], *, end_s: float = 30, forkservers: Sequence[str] = ()
    ) -> None:
        self._scripts = {number: list(of_number) for number, of_number in scripts.items()}
        self._forkservers = list(forkservers)
        self.lines = Lines()
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        forks = Forks(self._forkserver, environ, self.lines.log, first_pause_s=0.01) if forkservers else None
        self._supervisor = Supervisor(
            len(scripts), self._command, environ, self.lines.log, end_s=end_s, first_pause_s=0.01, forks=forks
        )
        self._stop, self._stopped = socket.socketpair()
        self._pool = ThreadPoolExecutor(1)
        self.running: Future[None] = self._pool.submit(self._supervisor.run, self._stopped)

    def _command(self, number: int, handle: int) -> list[str]:
        return _run(self._scripts[number], handle)

    def _forkserver(self, handle: int) -> list[str]:
        return _run(self._forkservers, handle)

    def started(self, number: int) -> list[int]:
        """Processes of a worker so far."""
        return [int(line["pid"]) for line in self.of("worker_started") if line["worker"] == number]

    def of(self, event: str) -> list[dict[str, str]]:
        """Lines of the log."""
        return [line for line in self.lines.all() if line["event"] == event]

    def stop(self) -> None:
        """As a signal does, and wait for the end."""
        self._stop.send(b"x")
        self.running.result(30)

    def end(self) -> None:
        """Make sure that all are gone."""
        self._stop.send(b"x")
        self.running.exception(30)
        self._pool.shutdown()
        self._stop.close()
        self._stopped.close()


def _run(scripts: list[str], handle: int) -> list[str]:
    """The command of the next of them."""
    script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
    return ["no-such-program"] if script is NO_PROGRAM else [sys.executable, "-S", "-c", script, str(handle)]


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
