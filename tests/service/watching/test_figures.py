"""Figures are added up, and sent as JSON."""

import json

from service.watching.figures import Figures


def test_counts_are_added_and_of_gauges_the_greater_stands() -> None:
    one = Figures({("requests", "A"): 2, ("events", "b"): 1}, {("since",): 5, ("old",): 1})
    other = Figures({("requests", "A"): 3}, {("since",): 4, ("new",): 0})
    assert one + other == Figures({("requests", "A"): 5, ("events", "b"): 1}, {("since",): 5, ("old",): 1, ("new",): 0})


def test_a_test_that_is_not_live_on_one_worker_is_not_live() -> None:
    one, other = Figures({}, {("test_live", "ranker"): 1}), Figures({}, {("test_live", "ranker"): 0})
    assert one + other == other + one == other


def test_what_has_not_grown_need_not_be_told_again() -> None:
    before = Figures({("a",): 1, ("b",): 2}, {("c",): 3})
    now = Figures({("a",): 1, ("b",): 3, ("d",): 0}, {("c",): 3})
    assert now.since(before) == Figures({("b",): 3, ("d",): 0}, {("c",): 3})


def test_json_and_back_changes_nothing() -> None:
    figures = Figures({("requests", "A", "OK"): 2}, {("since", "m/1"): 1.5})
    assert Figures.of_plain(json.loads(json.dumps(figures.plain()))) == figures
