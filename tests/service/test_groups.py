"""Counts by groups of people."""

import numpy as np
from scipy.stats import chisquare

from service.core.groups import LEAST_PEOPLE, N_GROUPS, Groups, group_of

NAMES = [f"shopper-{number}" for number in range(20_000)]
ALIKE = [name for name in NAMES if group_of(name) == group_of(NAMES[0])]


def answered(names: list[str]) -> Groups:
    groups = Groups()
    for name in names:
        groups.answer(name)
    return groups


def test_what_one_person_does_is_in_one_group() -> None:
    groups = answered(NAMES)
    before, _ = groups.told()
    for _ in range(50):
        groups.answer("shopper-7")
    after, _ = groups.told()
    assert sorted(now - then for now, then in zip(after, before, strict=True)) == [0] * (N_GROUPS - 1) + [50]


def test_groups_are_of_equal_size_but_for_chance() -> None:
    answers, _ = answered([f"shopper-{number}" for number in range(100_000)]).told()
    assert sum(answers) == 100_000
    assert chisquare(answers).pvalue > 0.001


def test_of_few_people_nothing_is_told_however_much_they_do() -> None:
    groups = answered(ALIKE[: LEAST_PEOPLE - 1] * 30)
    for _ in range(100):
        groups.report(ALIKE[0])
    assert groups.told() == ((0,) * N_GROUPS, (0,) * N_GROUPS)


def test_with_the_tenth_person_all_is_told_that_the_others_did() -> None:
    groups = answered(ALIKE[: LEAST_PEOPLE - 1] * 3)
    groups.report(ALIKE[0])
    groups.answer(ALIKE[LEAST_PEOPLE - 1])
    answers, reports = groups.told()
    assert (max(answers), sum(answers)) == (3 * (LEAST_PEOPLE - 1) + 1,) * 2
    assert (reports[group_of(ALIKE[0])], sum(reports)) == (1, 1)


def test_people_who_report_are_people_of_the_group_too() -> None:
    groups = answered(ALIKE[: LEAST_PEOPLE - 1])
    groups.report(ALIKE[0])
    assert groups.held_back
    assert sum(groups.told()[0]) == 0
    groups.report(ALIKE[LEAST_PEOPLE - 1])
    answers, reports = groups.told()
    assert (sum(answers), sum(reports)) == (LEAST_PEOPLE - 1, 2)


def test_what_another_worker_has_told_of_is_told_of_here() -> None:
    groups = answered([ALIKE[0], ALIKE[0], ALIKE[1]])
    assert groups.held_back
    groups.open([group_of(ALIKE[0])])
    assert max(groups.told()[0]) == 3
    assert not groups.held_back


def test_where_nothing_is_counted_nothing_is_held_back() -> None:
    assert not Groups().held_back


def test_ten_people_are_few_enough_to_be_met_and_many_enough_to_hide_one() -> None:
    assert LEAST_PEOPLE == 10


def test_reports_are_told_with_the_answers_though_few_people_report() -> None:
    groups = answered(NAMES)
    groups.report(NAMES[0])
    assert sum(groups.told()[1]) == 1


def test_answers_and_reports_of_the_same_people_have_the_same_groups() -> None:
    rng = np.random.default_rng(1)
    names = [f"shopper-{number}" for number in rng.integers(0, 5_000, 20_000)]
    groups = answered(names)
    for name in reversed(names):
        groups.report(name)
    answers, reports = groups.told()
    assert answers == reports
