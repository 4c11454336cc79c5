"""Processes that the supervisor starts, and those that come to it from one that it started."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

END_S = 5.0
"""Time that a process has to end beyond what it was given; then it is killed."""

_PR_SET_CHILD_SUBREAPER = 36
"""Of Linux's prctl(2)."""
_LOOK_S = 0.005
"""Between two looks at whether one has ended, which it is about to when it is asked."""


class Process(Protocol):
    """A child of this process, as `subprocess.Popen` is one."""

    @property
    def pid(self) -> int:
        """Its id, its own until it has been waited for."""

    def terminate(self) -> None:
        """Send SIGTERM, if it is still there."""

    def kill(self) -> None:
        """Send SIGKILL, if it is still there."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, less than 0 for a signal.

        Raises:
            subprocess.TimeoutExpired: It has not ended in so many seconds.
        """


class Adopted:
    """A child that another child had forked.

    Args:
        pid: Its id.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def terminate(self) -> None:
        """Send SIGTERM, if it is still there."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL, if it is still there."""
        self._send(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, less than 0 for a signal.

        Raises:
            subprocess.TimeoutExpired: It has not ended in so many seconds.
        """
        until_s = None if timeout is None else time.monotonic() + timeout
        while self._code is None:
            pid, status = os.waitpid(self.pid, 0 if until_s is None else os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
            elif until_s is not None and time.monotonic() > until_s:
                raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0.0)
            else:
                time.sleep(_LOOK_S)
        return self._code

    def _send(self, number: signal.Signals) -> None:
        if self._code is None:
            # Until it is waited for nobody else has its id.
            os.kill(self.pid, number)


def ended(process: Process, patience_s: float) -> int:
    """The exit code of a process, less than 0 for a signal; it is killed where it has not ended by then."""
    try:
        return process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def how(code: int) -> str:
    """In words how a process ended."""
    return f"ended with exit code {code}" if code >= 0 else f"was ended by signal {-code}"


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Meanwhile this process is given its descendants whose own parent is gone.

    Raises:
        OSError: The kernel does not do that.
    """
    _subreaper(is_one=True)
    try:
        yield
    finally:
        _subreaper(is_one=False)


def _subreaper(*, is_one: bool) -> None:
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (AttributeError, TypeError) as error:
        raise OSError("prctl is Linux's alone") from error
    if prctl(_PR_SET_CHILD_SUBREAPER, int(is_one), 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def bury_strangers(known: Collection[int]) -> None:
    """Wait for adopted children that have ended, up to the first of those that somebody else waits for.

    Args:
        known: Ids of those.
    """
    with suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid not in known:
            os.waitpid(ended.si_pid, 0)
