"""Counts by groups of people."""

import numpy as np
from scipy.stats import chisquare

from service.core.groups import LEAST_PEOPLE, N_GROUPS, Groups, group_of


def test_what_one_person_does_is_in_one_group() -> None:
    groups = Groups()
    for number in range(20_000):
        groups.add(f"shopper-{number}")
    before = groups.told()
    for _ in range(50):
        groups.add("shopper-7")
    assert sorted(now - then for now, then in zip(groups.told(), before, strict=True)) == [0] * (N_GROUPS - 1) + [50]


def test_groups_are_of_equal_size_but_for_chance() -> None:
    groups = Groups()
    for number in range(100_000):
        groups.add(f"shopper-{number}")
    told = groups.told()
    assert sum(told) == 100_000
    assert chisquare(told).pvalue > 0.001


def test_a_group_is_told_of_once_ten_people_are_in_it_with_all_that_they_did() -> None:
    groups, one = Groups(), Groups()
    alike = [name for name in map(str, range(2_000)) if group_of(name) == group_of("0")]
    for _ in range(100):
        one.add("0")
    assert sum(one.told()) == 0
    for name in alike[: LEAST_PEOPLE - 1] * 3:
        groups.add(name)
    assert sum(groups.told()) == 0
    groups.add(alike[LEAST_PEOPLE - 1])
    assert max(groups.told()) == 3 * (LEAST_PEOPLE - 1) + 1


def test_two_counts_of_the_same_people_have_the_same_groups() -> None:
    rng = np.random.default_rng(1)
    first, second = Groups(), Groups()
    names = [f"shopper-{number}" for number in rng.integers(0, 5_000, 20_000)]
    for name in names:
        first.add(name)
    for name in reversed(names):
        second.add(name)
    assert first.told() == second.told()
