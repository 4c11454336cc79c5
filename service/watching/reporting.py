"""A worker's own thread that says its figures to the supervisor."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.watching.figures import Figures

EVERY_S = 1.0
"""Between two words: what a worker that is killed takes with it are the counts of so long."""


@contextmanager
def reported(
    figures: Callable[[], Figures], say: Callable[[Figures], None], every_s: float = EVERY_S
) -> Iterator[None]:
    """Say the figures again and again meanwhile, and once more in the end.

    Args:
        figures: Takes them, from any thread.
        say: Is given what has changed since. It may wait for as long as it likes: nobody waits for it here.
        every_s: Between two words.
    """
    ended = threading.Event()

    def run() -> None:
        said = Figures()
        while True:
            # Whole figures would be a millisecond's work, in which no page is answered.
            now = figures()
            say(now.since(said))
            said = now
            if ended.is_set():
                return
            ended.wait(every_s)

    # A daemon, as a supervisor that hangs must not hold up the end of a worker.
    thread = threading.Thread(target=run, name="figures", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(every_s)
