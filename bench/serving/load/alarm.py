"""A timer of the loop that is right to some microseconds: uvloop's own counts milliseconds."""

import asyncio
import ctypes
import os
from collections.abc import Callable

_CLOCK_MONOTONIC, _ABSOLUTE = 1, 1
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_NS = 1_000_000_000


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("first", _Timespec))


class Alarm:
    """Calls back once when it is time, by Linux's timerfd.

    Args:
        loop: That is running.
        then: Called back.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, then: Callable[[], None]) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        self._handle = self._library.timerfd_create(_CLOCK_MONOTONIC, _FLAGS)
        if self._handle < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._loop, self._then, self._setting = loop, then, _Setting()
        loop.add_reader(self._handle, self._rings)

    def set(self, at_s: float) -> None:
        """Ring at a time of time.monotonic(), at once where it has passed; instead of what was set before."""
        first = self._setting.first
        first.seconds, first.nanoseconds = divmod(max(1, int(at_s * _NS)), _NS)
        if self._library.timerfd_settime(self._handle, _ABSOLUTE, ctypes.byref(self._setting), None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def close(self) -> None:
        """Never ring again."""
        self._loop.remove_reader(self._handle)
        os.close(self._handle)

    def _rings(self) -> None:
        try:
            os.read(self._handle, 8)
        except BlockingIOError:
            return
        self._then()
