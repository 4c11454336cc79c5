"""Starts the workers, puts another in the place of one that ends, and drains them all at the end.

It imports nothing that serves: neither grpc nor uvloop outlives a fork. Workers are forked from a process that imports
and does no more (service.workers.forkserver), and are new processes where there is none.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from math import inf

from experiments.experiments_file import read_experiments
from models.errors import ShopkeeperError
from service.core.placements import PLACEMENTS
from service.log import Log
from service.settings import Settings
from service.watching.crew import CrewFigures
from service.watching.figures import Figures
from service.workers.address import HeldAddress, written
from service.workers.forks import HINT, Forks, ForkServerGoneError
from service.workers.line import Line
from service.workers.process import END_S, Process, adopting_orphans, ended, how
from service.workers.restarts import FIRST_PAUSE_S, Restarts

N_CHECKED = 8
"""Bundles that workers have checked, of which who comes next is told: as many as are kept, and more."""


class WorkerFailedError(ShopkeeperError):
    """A worker cannot start, and none is there that serves.

    Attributes:
        exit_code: The worker's own, which says what kind of error it was; 1 where it had none.
    """

    reason = "WORKER_FAILED"

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(slots=True)
class _Worker:
    number: int
    process: Process
    line: Line
    started_at_s: float
    is_listening: bool = False
    failure: str | None = None


def supervise(settings: Settings, environ: Mapping[str, str], log: Log) -> None:
    """Serve by several workers until SIGTERM or SIGINT, then drain them.

    Args:
        settings: Already checked.
        environ: In which a worker reads the same settings.
        log: Where it says what it does.

    Raises:
        AddressUnavailableError: The port cannot be listened on.
        InvalidInputError: The file of tests is at fault. No worker dies of that: whoever starts the server is there to
            mend it.
        WorkerFailedError: A worker cannot start, and none is there that serves.
    """
    read_experiments(settings.experiments, PLACEMENTS)
    crew = CrewFigures(settings.workers)
    with _shown(settings, crew, log):
        _supervise(settings, environ, log, crew)
    log.info("stopped")


def _shown(settings: Settings, crew: CrewFigures, log: Log) -> AbstractContextManager[object]:
    """While it lasts whoever is to may read the crew's figures."""
    if settings.metrics_port is None:
        return nullcontext()
    # Not imported before it is wanted: of this process it would be a good part.
    from service.watching.exposition import exposed

    return exposed(settings.metrics_host, settings.metrics_port, crew.figures, log)


def _supervise(settings: Settings, environ: Mapping[str, str], log: Log, crew: CrewFigures) -> None:
    held = HeldAddress.hold(settings.host, settings.port)
    hears, woken = socket.socketpair()
    for end in (hears, woken):
        end.setblocking(False)
    # Written to for each signal that has a handler; what a handler itself does might come between any two lines.
    signal.set_wakeup_fd(woken.fileno())
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    log.info("supervising", address=written(settings.host, held.port), workers=settings.workers)
    environ = {
        **environ,
        # As this process finds its modules, so does a worker, whatever lies in the working directory.
        "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path),  # noqa: PTH109 - a text
        "SHOPKEEPER_PORT": str(held.port),
    }
    python = [sys.executable, "-P", "-m"]
    adopting = ExitStack()
    try:
        adopting.enter_context(adopting_orphans())
        forks = Forks(lambda handle: [*python, "service.workers.forkserver", str(handle)], environ, log)
    except OSError as error:
        log.warning("no_forkserver", cause=str(error), hint=HINT)
        forks = Forks.none(log)
    supervisor = Supervisor(
        settings.workers,
        lambda number, handle: [*python, "service.workers.worker", str(number), str(handle)],
        environ,
        log,
        end_s=settings.lame_duck_s + settings.drain_s + END_S,
        crew=crew,
        forks=forks,
    )
    try:
        supervisor.run(hears)
    finally:
        adopting.close()
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        held.release()
        hears.close()
        woken.close()


class Supervisor:
    """Looks after workers.

    Args:
        n_workers: As many are to run.
        command: A worker's, by its number from 1 and the handle of its line.
        environ: A worker's.
        log: For what an operator should know.
        end_s: Time that workers have to end when told to.
        crew: Told what workers say of themselves, and which there are.
        forks: Workers come from there while there are any; none where not given.
        first_pause_s: Before the third in a row of workers that did not settle.
        monotonic: Clock in seconds.
    """

    def __init__(
        self,
        n_workers: int,
        command: Callable[[int, int], Sequence[str]],
        environ: Mapping[str, str],
        log: Log,
        *,
        end_s: float,
        crew: CrewFigures | None = None,
        forks: Forks | None = None,
        first_pause_s: float = FIRST_PAUSE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._numbers = range(1, n_workers + 1)
        self._command, self._environ, self._log = command, environ, log
        self._end_s, self._monotonic = end_s, monotonic
        self._crew, self._forks = crew or CrewFigures(n_workers), forks or Forks.none(log)
        self._workers: dict[int, _Worker] = {}
        # The first alone, until it listens: what is made at a first start is made once.
        self._due = {1: self._monotonic()}
        self._restarts = {number: Restarts(first_pause_s) for number in self._numbers}
        self._has_begun = False
        self._checked: deque[str] = deque(maxlen=N_CHECKED)
        self._selector = selectors.DefaultSelector()

    def run(self, stop: socket.socket) -> None:
        """Keep the workers running until something can be read from `stop`, then drain them.

        Raises:
            WorkerFailedError: A worker cannot start, and none is there that serves; the others have ended.
        """
        self._selector.register(stop, selectors.EVENT_READ)
        try:
            while not self._is_told(stop):
                self._forks.look_after(self._selector)
                if not self._forks.is_awaited:
                    for number in [number for number, at_s in self._due.items() if at_s <= self._monotonic()]:
                        del self._due[number]
                        self._start(number)
            self._selector.unregister(stop)
            self._forks.close(self._selector)
            self._drain()
        finally:
            self._forks.close(self._selector)
            for worker in self._workers.values():
                worker.process.kill()
                worker.process.wait()
                worker.line.close()
            self._selector.close()

    def _is_told(self, stop: socket.socket) -> bool:
        """Whether to stop; hears workers until one of them says something or another is due."""
        due_s = min(self._forks.due_s, inf if self._forks.is_awaited else min(self._due.values(), default=inf))
        ready = self._selector.select(None if due_s == inf else max(0.0, due_s - self._monotonic()))
        for key, _ in ready:
            if key.data is self._forks:
                self._forks.hear(self._selector)
            elif key.fileobj is not stop and not self._hears(key.data):
                self._replace(key.data, self._end_of(key.data))
        return any(key.fileobj is stop for key, _ in ready)

    def _start(self, number: int) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                forked = self._forks.fork((str(number), *self._checked), theirs, self._selector)
                process = forked or self._executed(number, theirs)
            except ForkServerGoneError:
                # With no other end of its line, a fork that nobody knows of ends by itself.
                ours.close()
                self._due[number] = self._monotonic()
                return
            except OSError as error:
                ours.close()
                if not self._does_anyone_serve():
                    raise WorkerFailedError(f"worker {number} cannot be started: {error}", 1) from error
                # The machine has no room for one more process, and may have later.
                another_in_s = self._come_again(number, 0.0)
                self._log.error("worker_not_started", worker=number, cause=str(error), another_in_s=another_in_s)
                return
        worker = _Worker(number, process, Line(ours), self._monotonic())
        self._workers[number] = worker
        self._selector.register(worker.line, selectors.EVENT_READ, worker)
        self._crew.started(number)
        self._log.info("worker_started", worker=number, pid=process.pid)

    def _executed(self, number: int, line: socket.socket) -> Process:
        """A worker that begins with nothing imported.

        Raises:
            OSError: The machine has no room for one more process, or there is no such program.
        """
        return subprocess.Popen(  # noqa: S603 - our own command
            self._command(number, line.fileno()),
            env=dict(self._environ),
            stdin=subprocess.DEVNULL,
            pass_fds=(line.fileno(),),
            # Ctrl-C in a terminal is said to the supervisor alone, which passes it on.
            process_group=0,
        )

    def _hears(self, worker: _Worker) -> bool:
        """Whether the worker is there still; notes what it says."""
        try:
            for words in worker.line.heard():
                if words["says"] == "failed":
                    worker.failure = words["message"]
                    continue
                if words["says"] == "checked":
                    if words["stamp"] not in self._checked:
                        self._checked.append(words["stamp"])
                    continue
                if words["says"] == "figures":
                    self._crew.said(worker.number, Figures.of_plain(words))
                    continue
                worker.is_listening = True
                self._crew.listening(worker.number)
                if not self._has_begun:
                    self._has_begun = True
                    self._due |= dict.fromkeys(self._numbers[1:], self._monotonic())
        except EOFError:
            return False
        return True

    def _end_of(self, worker: _Worker) -> int:
        """The exit code of a worker whose line has closed, less than 0 for a signal."""
        self._selector.unregister(worker.line)
        worker.line.close()
        self._crew.ended(worker.number)
        del self._workers[worker.number]
        code = ended(worker.process, END_S)
        self._forks.bury(other.process.pid for other in self._workers.values())
        return code

    def _replace(self, worker: _Worker, code: int) -> None:
        another_in_s = self._come_again(worker.number, self._monotonic() - worker.started_at_s)
        cause = worker.failure or how(code)
        if not worker.is_listening and not self._does_anyone_serve():
            if worker.failure is not None:
                raise WorkerFailedError(worker.failure, max(code, 1))
            if code > 0 or self._restarts[worker.number].is_hopeless:
                raise WorkerFailedError(f"worker {worker.number} {cause} before it listened: see its log", max(code, 1))
        tell = self._log.info if code == 0 else self._log.error
        tell("worker_ended", worker=worker.number, pid=worker.process.pid, cause=cause, another_in_s=another_in_s)

    def _does_anyone_serve(self) -> bool:
        return any(worker.is_listening for worker in self._workers.values())

    def _come_again(self, number: int, lived_s: float) -> float:
        """Have another worker of this number started; in how many seconds."""
        pause_s = self._restarts[number].pause_s(lived_s)
        self._due[number] = self._monotonic() + pause_s
        return pause_s

    def _drain(self) -> None:
        self._log.info("draining", workers=len(self._workers))
        for worker in self._workers.values():
            worker.process.terminate()
        until_s = self._monotonic() + self._end_s
        while self._workers and (left_s := until_s - self._monotonic()) > 0:
            for key, _ in self._selector.select(left_s):
                if not self._hears(key.data):
                    code = self._end_of(key.data)
                    self._log.info("worker_drained", worker=key.data.number, cause=how(code))
        for worker in self._workers.values():
            self._log.warning("worker_killed", worker=worker.number, cause=f"it had not ended after {self._end_s} s")
