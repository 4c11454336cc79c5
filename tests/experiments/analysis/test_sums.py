"""What servers counted adds up, and goes apart again."""

import pytest

from experiments.analysis.sums import Served

BOUNDS_MS = (1.0, 2.0)
ONE = Served(3, 1, (1, 1, 1), 0.5, BOUNDS_MS, 4, 2, answers_by_group=(2, 1), reports_by_group=(2, 0))
OTHER = Served(2, 0, (0, 2, 0), 0.25, BOUNDS_MS, 3, 1, answers_by_group=(0, 2), reports_by_group=(0, 1))
BOTH = Served(5, 1, (1, 3, 1), 0.75, BOUNDS_MS, 7, 3, answers_by_group=(2, 3), reports_by_group=(2, 1))


def test_of_two_all_is_added() -> None:
    assert ONE + OTHER == BOTH


def test_nothing_counted_adds_nothing_and_needs_no_buckets() -> None:
    assert Served() + ONE == ONE
    assert ONE + Served() == ONE


def test_since_an_earlier_count_is_what_came_after_it() -> None:
    assert BOTH.since(ONE) == OTHER


def test_since_nothing_is_all_of_it() -> None:
    assert ONE.since(Served()) == ONE


def test_buckets_of_other_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        ONE + Served(1, 0, (1, 0), 0.1, (1.0,))
