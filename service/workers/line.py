"""The line from a worker to its supervisor: what the worker says, and that each is still there."""

import json
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from service.watching.figures import Figures

_MOST_BYTES = 65536


class Line:
    """One end; it closes with its process, which is how the other end knows.

    Args:
        connection: A connected socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._begun = connection, b""
        self._speaking = threading.Lock()
        # What a worker starts itself must not keep its line open.
        connection.set_inheritable(False)

    def fileno(self) -> int:
        """For a selector or a loop."""
        return self._connection.fileno()

    def say_listening(self) -> None:
        """The worker takes calls."""
        self._say({"says": "listening"})

    def say_failed(self, message: str) -> None:
        """The worker cannot start, and why."""
        self._say({"says": "failed", "message": message})

    def say_checked(self, stamp: str) -> None:
        """The worker has checked every byte of a bundle (service.adapters.soundness)."""
        self._say({"says": "checked", "stamp": stamp})

    def say_figures(self, figures: Figures) -> None:
        """What the worker has counted; in a thread that may wait."""
        self._say({"says": "figures", **figures.plain()})

    def heard(self) -> Iterator[dict[str, Any]]:
        """What has arrived; waits where nothing has.

        Raises:
            EOFError: The other end is gone.
        """
        try:
            arrived = self._connection.recv(_MOST_BYTES)
        except ConnectionError:
            arrived = b""
        if not arrived:
            raise EOFError
        *complete, self._begun = (self._begun + arrived).split(b"\n")
        yield from map(json.loads, complete)

    def close(self) -> None:
        """Let go of this end."""
        self._connection.close()

    def _say(self, words: Mapping[str, Any]) -> None:
        left = memoryview(json.dumps(words).encode() + b"\n")
        # A loop that reads the line has made it one that does not wait, unknown to `sendall`.
        room = select.poll()
        room.register(self._connection, select.POLLOUT)
        try:
            # The words of two threads come one after the other.
            with self._speaking:
                while left:
                    room.poll()
                    left = left[self._connection.send(left) :]
        except ConnectionError:
            # The supervisor is gone, which this end is told of when it is read.
            return
