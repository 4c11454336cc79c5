"""What a worker says on its line arrives whole, however much it is and whoever else speaks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from service.watching.figures import Figures
from service.workers.line import Line

MUCH = Figures({("requests", f"Method{number}", "OK"): number for number in range(30_000)})
"""More than a socket holds."""


@pytest.fixture
def ends() -> Iterator[tuple[Line, Line]]:
    """A worker's end, which a loop reads and so made one that does not wait, and its supervisor's."""
    theirs, ours = socket.socketpair()
    with closing(Line(theirs)) as worker, closing(Line(ours)) as supervisor:
        # As a loop does it: by the handle, unknown to the socket's own object.
        with socket.socket(fileno=socket.dup(theirs.fileno())) as same:
            same.setblocking(False)
        yield worker, supervisor


def heard(line: Line, n_words: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    while len(found) < n_words:
        found.extend(line.heard())
    return found


def test_figures_that_are_more_than_the_line_holds_arrive_whole(ends: tuple[Line, Line]) -> None:
    worker, supervisor = ends
    speaking = threading.Thread(target=worker.say_figures, args=(MUCH,))
    speaking.start()
    [words] = heard(supervisor, 1)
    speaking.join(20)
    assert words["says"] == "figures"
    assert Figures.of_plain(words) == MUCH


def test_the_words_of_two_threads_do_not_mix(ends: tuple[Line, Line]) -> None:
    worker, supervisor = ends
    speaking = [
        threading.Thread(target=worker.say_figures, args=(MUCH,)),
        threading.Thread(target=worker.say_listening),
        threading.Thread(target=worker.say_figures, args=(MUCH,)),
    ]
    for one in speaking:
        one.start()
    words = heard(supervisor, 3)
    for one in speaking:
        one.join(20)
    assert sorted(str(one["says"]) for one in words) == ["figures", "figures", "listening"]


def test_who_speaks_to_a_supervisor_that_is_gone_is_not_stopped(ends: tuple[Line, Line]) -> None:
    worker, supervisor = ends
    supervisor.close()
    worker.say_figures(MUCH)
