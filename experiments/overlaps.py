"""Tests that would be in each other's way."""

from collections.abc import Mapping
from itertools import combinations

from experiments.definition import Experiment
from models.errors import Fault


def check_overlaps(tests: Mapping[int, Experiment], faults: list[Fault]) -> None:
    """No request may be in two tests, nor a test's traffic depend on another's.

    Args:
        tests: By their place in the file, in its order, faulty ones too.
        faults: Gets what is wrong, at the later of two tests.
    """
    for (earlier, before), (place, test) in combinations(tests.items(), 2):
        if not _meet(before, test):
            continue
        where = f"experiments[{place}]"
        other = before.name or f"test {earlier + 1} of this file"
        if before.layer and before.layer == test.layer:
            if before.unit is not test.unit:
                description = f"must be that of {other}, {before.unit}, as both draw from the layer {test.layer}"
                faults.append(Fault(f"{where}.unit", description))
            elif before.first_bucket < test.end_bucket and test.first_bucket < before.end_bucket:
                taken = f"{before.first_bucket / 10:g} to {before.end_bucket / 10:g} percent"
                description = f"overlaps with that of {other}, {taken} of the layer {test.layer}, at the same time"
                faults.append(Fault(f"{where}.traffic", description))
        elif before.layer and test.layer:
            for name in sorted({*before.placements} & {*test.placements}):
                description = f"{other}, of another layer, is on {name} at the same time: take its layer"
                faults.append(Fault(f"{where}.placements", description))


def _meet(one: Experiment, other: Experiment) -> bool:
    """Whether both are on at some time."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at
