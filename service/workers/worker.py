"""One worker: forked by service.workers.forkserver, or python -m service.workers.worker NUMBER HANDLE [STAMP ...]"""

import os
import socket
import sys
import time
from collections.abc import Sequence
from typing import TextIO

from models.errors import InvalidInputError, ShopkeeperError
from service.adapters.soundness import Soundness
from service.log import Log
from service.server import serve
from service.serving import Among
from service.settings import Settings
from service.workers.address import room_for_handles
from service.workers.line import Line

FOLLOWS = 1
"""Number of the worker that follows the registry."""

EXIT_FAILED, EXIT_INVALID_INPUT = 1, 2
"""As of the command, which ends with the exit code of a worker that cannot start."""


class WorkerLog(Log):
    """A log whose lines bear the worker's number.

    Args:
        stream: For instance stderr.
        number: From 1.
    """

    def __init__(self, stream: TextIO, number: int) -> None:
        super().__init__(stream, time.time)
        self._number = number

    def _write(self, level: str, event: str, fields: dict[str, object]) -> None:
        super()._write(level, event, {"worker": self._number, **fields})


def main(argv: Sequence[str]) -> int:
    """Serve as one of several; the exit code.

    Args:
        argv: The worker's number, the handle of its line, and stamps of bundles that others have checked.
    """
    number, handle = map(int, argv[:2])
    line = Line(socket.socket(fileno=handle))
    room_for_handles()
    try:
        settings = Settings.read(os.environ)
        among = Among(line, follows=number == FOLLOWS, soundness=Soundness(argv[2:], line.say_checked))
        serve(settings, os.environ, WorkerLog(sys.stderr, number), among)
    except ShopkeeperError as error:
        line.say_failed(str(error))
        return EXIT_INVALID_INPUT if isinstance(error, InvalidInputError) else EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
