"""One JSON object a line, for machines that read logs. Nothing of a shopper is ever given to it."""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO


class Log:
    """Writes events to a stream; may be used from any thread.

    Args:
        stream: For instance stderr.
        clock: Seconds since 1970.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream, self._clock = stream, clock
        self._lock = threading.Lock()

    def info(self, event: str, **fields: object) -> None:
        """Something went as it should."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Something is amiss, and the server goes on."""
        self._write("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Something failed."""
        self._write("error", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, object]) -> None:
        seconds = self._clock()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"
        line = json.dumps({"at": stamp, "level": level, "event": event, **fields}, ensure_ascii=False, default=str)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


class LibraryRecords(logging.Handler):
    """Hands what libraries log to a Log, in the same form."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record of a library."""
        write = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        trace = {}
        if record.exc_info:
            trace["traceback"] = logging.Formatter().formatException(record.exc_info)
        write("library", logger=record.name, message=record.getMessage(), **trace)


def stderr_log() -> Log:
    """A log on standard error with the wall clock."""
    return Log(sys.stderr, time.time)
