"""The steps of a long piece of work: told as they begin, timed as they end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter


class Steps:
    """Tells of each step as it begins and remembers how long it took.

    Args:
        progress: Told the step's name.
    """

    def __init__(self, progress: Callable[[str], None] = lambda _: None) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time the block as a step."""
        self._progress(name)
        start = perf_counter()
        yield
        self.seconds[name] = perf_counter() - start
