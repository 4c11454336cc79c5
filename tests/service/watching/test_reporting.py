"""A worker says its figures to the supervisor."""

import threading
from collections import deque
from queue import Queue

from service.watching.figures import Figures
from service.watching.reporting import reported

A, B = ("a",), ("b",)


def test_what_has_changed_is_said_again_and_again() -> None:
    figures = deque([Figures({A: 1, B: 1}), Figures({A: 1, B: 2})])
    said: Queue[Figures] = Queue()
    with reported(lambda: figures.popleft() if len(figures) > 1 else figures[0], said.put, every_s=0.001):
        assert said.get(timeout=10) == Figures({A: 1, B: 1})
        assert said.get(timeout=10) == Figures({B: 2})


def test_the_last_figures_are_said_before_the_end() -> None:
    n = [1]
    said: Queue[Figures] = Queue()
    with reported(lambda: Figures({A: n[0]}), said.put, every_s=20):
        assert said.get(timeout=10) == Figures({A: 1})
        n[0] = 2
    assert said.get_nowait() == Figures({A: 2})


def test_a_supervisor_that_hangs_does_not_hold_up_the_end() -> None:
    hung, may_go = threading.Event(), threading.Event()

    def say(_: Figures) -> None:
        hung.set()
        may_go.wait(30)

    with reported(Figures, say, every_s=0.01):
        assert hung.wait(10)
    assert not may_go.is_set()
    may_go.set()
