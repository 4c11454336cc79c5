"""The figures of workers together: what one counted outlives it, what was so of it does not."""

from service.watching.crew import CrewFigures, alone
from service.watching.figures import Figures, Key

ASKED: Key = ("requests", "Recommend", "OK")
SERVES: Key = ("bundle_info", "m/1")


def test_workers_are_added_up() -> None:
    crew = CrewFigures(2)
    crew.said(1, Figures({ASKED: 2}, {SERVES: 1}))
    crew.said(2, Figures({ASKED: 3}, {SERVES: 1}))
    assert crew.figures().counts[ASKED] == 5
    assert crew.figures().gauges[SERVES] == 1


def test_what_a_worker_says_takes_the_place_of_what_it_said_of_the_same() -> None:
    crew = CrewFigures(1)
    crew.said(1, Figures({ASKED: 2, ("lookup_failures",): 1}, {SERVES: 1}))
    crew.said(1, Figures({ASKED: 5}, {("bundle_info", "m/2"): 1}))
    assert crew.figures().counts[ASKED] == 5
    assert crew.figures().counts["lookup_failures",] == 1
    assert SERVES not in crew.figures().gauges


def test_a_dead_workers_counts_stay_and_its_gauges_go() -> None:
    crew = CrewFigures(1)
    crew.said(1, Figures({ASKED: 2}, {SERVES: 1}))
    crew.ended(1)
    assert crew.figures().counts[ASKED] == 2
    assert SERVES not in crew.figures().gauges
    crew.said(1, Figures({ASKED: 1}))
    assert crew.figures().counts[ASKED] == 3


def test_workers_are_counted_and_so_are_those_that_came_in_anothers_place() -> None:
    crew = CrewFigures(2)
    for number in (1, 2):
        crew.started(number)
        crew.listening(number)
    assert crew.figures().counts["worker_restarts",] == 0
    crew.ended(2)
    assert crew.figures().gauges["workers",] == 1
    crew.started(2)
    assert crew.figures().counts["worker_restarts",] == 1
    assert crew.figures().gauges["workers_wanted",] == 2


def test_a_server_of_one_process_is_one_worker() -> None:
    figures = alone(Figures({ASKED: 2}))
    assert figures.counts[ASKED] == 2
    assert (figures.gauges["workers",], figures.gauges["workers_wanted",]) == (1, 1)
