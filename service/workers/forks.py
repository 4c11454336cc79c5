"""The supervisor's side of the fork server: keeps one running, and asks it for workers."""

import json
import selectors
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any

from service.log import Log
from service.workers.process import END_S, Adopted, Process, bury_strangers, ended, how
from service.workers.restarts import FIRST_PAUSE_S, Restarts

STARTING_S = 60.0
"""Workers wait so long for one that imports: a busy machine that compiles every module was seen to take 17 s."""
ANSWER_S = 5.0
"""To fork takes a hundredth of a second; whoever does not answer in this time is given up."""

HINT = "workers are started without one, which takes longer"

_MOST_BYTES = 4096


class ForkServerGoneError(Exception):
    """It went as it was asked: whether there is a fork nobody knows."""


class Forks:
    """Workers forked from a process that has imported all they need. While there is none, there are no forks either.

    Args:
        command: Of the fork server, by the handle of the socket on which it is asked.
        environ: Its own, and that of the workers.
        log: For what an operator should know.
        first_pause_s: Before the third in a row of fork servers that did not settle.
        monotonic: Clock in seconds.
    """

    def __init__(
        self,
        command: Callable[[int], Sequence[str]],
        environ: Mapping[str, str],
        log: Log,
        *,
        first_pause_s: float = FIRST_PAUSE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command, self._environ, self._log, self._monotonic = command, environ, log, monotonic
        self._restarts = Restarts(first_pause_s)
        self._process: subprocess.Popen[bytes] | None = None
        self._asking: socket.socket | None = None
        self._is_ready, self._started_at_s = False, 0.0
        self._due_s = self._monotonic()

    @classmethod
    def none(cls, log: Log) -> "Forks":
        """No forks, ever."""
        made = cls(lambda _: (), {}, log)
        made._due_s = inf
        return made

    @property
    def pid(self) -> int | None:
        """The fork server's, where one runs."""
        return None if self._process is None else self._process.pid

    @property
    def is_awaited(self) -> bool:
        """Whether a worker that is due had better wait for the fork server: to import twice takes longer."""
        return self._process is not None and not self._is_ready

    @property
    def due_s(self) -> float:
        """When `look_after` has something to do."""
        return self._started_at_s + STARTING_S if self.is_awaited else self._due_s

    def look_after(self, selector: selectors.BaseSelector) -> None:
        """Start a fork server where one is due, and give up one that does not come to be ready."""
        if self._monotonic() < self.due_s:
            return
        if self._process is not None:
            self._gone(selector, f"it was not ready after {STARTING_S:.0f} s")
            return
        asking, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._started_at_s, self._due_s = self._monotonic(), inf
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own command
                    self._command(theirs.fileno()),
                    env=dict(self._environ),
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    process_group=0,
                )
            except OSError as error:
                asking.close()
                self._come_again(str(error))
                return
        asking.settimeout(ANSWER_S)
        self._asking, self._is_ready = asking, False
        selector.register(asking, selectors.EVENT_READ, self)

    def hear(self, selector: selectors.BaseSelector) -> None:
        """Take in what the fork server says of itself, or that it is gone."""
        try:
            words = self._answer()
        except EOFError:
            self._gone(selector)
            return
        if "unfit" in words:
            self._gone(selector, words["unfit"])
            return
        self._is_ready = True
        self._log.info("forkserver_ready", pid=self.pid, took_s=round(self._monotonic() - self._started_at_s, 2))

    def fork(self, arguments: Sequence[str], line: socket.socket, selector: selectors.BaseSelector) -> Process | None:
        """A worker, forked; None where there is nobody to fork it.

        Args:
            arguments: The worker's, beside the handle of its line.
            line: Its end.
            selector: Of the supervisor.

        Raises:
            ForkServerGoneError: There may be one with this line all the same.
            OSError: The machine has no room for one more process.
        """
        if self._asking is None or not self._is_ready:
            return None
        try:
            socket.send_fds(self._asking, [json.dumps(arguments).encode()], [line.fileno()])
            words = self._answer()
        except TimeoutError:
            self._gone(selector, f"it did not answer in {ANSWER_S:.0f} s")
            raise ForkServerGoneError from None
        except (BrokenPipeError, EOFError):
            self._gone(selector)
            raise ForkServerGoneError from None
        if "failed" in words:
            raise OSError(*words["failed"])
        return Adopted(words["pid"])

    def close(self, selector: selectors.BaseSelector) -> None:
        """End the fork server; workers live on."""
        self._due_s = inf
        if self._process is not None and self._asking is not None:
            selector.unregister(self._asking)
            self._asking.close()
            # It holds nothing but what it has imported.
            self._process.kill()
            self._process.wait()
            self._process = self._asking = None

    def bury(self, workers: Iterable[int]) -> None:
        """Wait for what this process was given beside workers, if it has ended: whoever adopts has that to do.

        Args:
            workers: Processes that somebody else waits for.
        """
        if self._process is not None:
            bury_strangers({self._process.pid, *workers})

    def _answer(self) -> dict[str, Any]:
        """What the fork server says.

        Raises:
            EOFError: It is gone.
            TimeoutError: It says nothing.
        """
        assert self._asking is not None  # noqa: S101 - whoever is asked is there
        try:
            said = self._asking.recv(_MOST_BYTES)
        except ConnectionError:
            said = b""
        if not said:
            raise EOFError
        words: dict[str, Any] = json.loads(said)
        return words

    def _gone(self, selector: selectors.BaseSelector, cause: str | None = None) -> None:
        """There is no fork server any more; or, for a cause, none that is of use."""
        assert self._process is not None and self._asking is not None  # noqa: S101, PT018 - one was there
        selector.unregister(self._asking)
        self._asking.close()
        code = ended(self._process, END_S if cause is None else 0.0)
        self._process = self._asking = None
        self._come_again(cause or how(code))

    def _come_again(self, cause: str) -> None:
        pause_s = self._restarts.pause_s(self._monotonic() - self._started_at_s)
        is_hopeless = self._restarts.is_hopeless
        self._due_s = inf if is_hopeless else self._monotonic() + pause_s
        another_in_s = None if is_hopeless else pause_s
        self._log.error("forkserver_ended", cause=cause, another_in_s=another_in_s, hint=HINT)
