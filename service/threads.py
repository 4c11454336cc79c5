"""Threads that are told to stop together."""

import threading
from collections.abc import Callable

Run = Callable[[threading.Event], None]
"""What a thread does until the event is set."""


class Threads:
    """A group of named threads, which may grow while they run; from any thread.

    None holds up the end of the process, as one may be inside a download that takes long.
    """

    def __init__(self) -> None:
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._running: list[threading.Thread] = []

    def start(self, name: str, run: Run, stop: threading.Event | None = None) -> None:
        """Start one more.

        Args:
            name: Of the thread.
            run: What it does.
            stop: Ends it alone; where given, nobody else tells it to stop.
        """
        thread = threading.Thread(target=run, args=(stop or self._stop,), name=name, daemon=True)
        with self._lock:
            self._running = [one for one in self._running if one.is_alive()]
            thread.start()
            self._running.append(thread)

    def stop(self) -> None:
        """Tell them to stop."""
        self._stop.set()

    def join(self, each_s: float) -> None:
        """Wait for them, for each so many seconds at the most, in the order in which they were started."""
        for one in self._running:
            one.join(each_s)

    def running(self) -> list[str]:
        """The names of those that have not ended."""
        return [one.name for one in self._running if one.is_alive()]
