"""Tests that would be in each other's way are refused, and others are not."""

from datetime import timedelta

import pytest

from experiments.definition import Experiment, Unit
from experiments.overlaps import check_overlaps
from models.errors import Fault
from tests.experiments.definitions import END, START, a_test

FIRST = a_test(end_bucket=500)


def fields(*tests: Experiment) -> list[str]:
    faults: list[Fault] = []
    check_overlaps(dict(enumerate(tests)), faults)
    return [fault.field for fault in faults]


@pytest.mark.parametrize("first_bucket", [0, 499])
def test_one_layers_traffic_is_not_given_twice(first_bucket: int) -> None:
    # On another placement too: who is in one test of a layer is in no other.
    other = a_test(name="b", placements=("cart",), first_bucket=first_bucket)
    assert fields(FIRST, other) == ["experiments[1].traffic"]


def test_a_layer_is_shared() -> None:
    assert fields(FIRST, a_test(name="b", first_bucket=500)) == []


def test_a_layer_is_used_again_when_a_test_is_over() -> None:
    assert fields(FIRST, a_test(name="b", starts_at=END, ends_at=END + timedelta(days=1))) == []


def test_a_layer_has_one_unit_at_a_time() -> None:
    # A shopper's bucket is not that of the session: one request could be in both.
    assert fields(FIRST, a_test(name="b", first_bucket=500, unit=Unit.SESSION)) == ["experiments[1].unit"]
    assert fields(FIRST, a_test(name="b", unit=Unit.SESSION, starts_at=END, ends_at=END + timedelta(days=1))) == []


def test_two_layers_are_not_on_one_placement() -> None:
    other = a_test(name="b", layer="other", placements=("cart", "product_page"))
    assert fields(FIRST, other) == ["experiments[1].placements"]


def test_a_test_without_a_name_is_told_by_its_place_in_the_file() -> None:
    faults: list[Fault] = []
    check_overlaps({4: a_test(name=""), 6: a_test(name="b", layer="other")}, faults)
    description = "test 5 of this file, of another layer, is on product_page at the same time: take its layer"
    assert faults == [Fault("experiments[6].placements", description)]


def test_two_layers_are_on_two_placements_or_at_two_times() -> None:
    assert fields(FIRST, a_test(name="b", layer="other", placements=("cart",))) == []
    earlier = a_test(name="b", layer="other", starts_at=START - timedelta(days=1), ends_at=START)
    assert fields(FIRST, earlier) == []


def test_a_faulty_layer_or_time_overlaps_with_nothing_else() -> None:
    never = START.replace(year=1)
    assert fields(FIRST, a_test(name="b", layer=""), a_test(name="c", starts_at=never, ends_at=never)) == []
