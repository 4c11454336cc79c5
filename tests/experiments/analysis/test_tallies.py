from dataclasses import replace

from experiments.analysis.sums import ArmCounts, Counts, Served
from experiments.analysis.tallies import LEFT, MUTED, OPTED_OUT, with_tallies
from experiments.definition import Arm
from tests.experiments.analysis.measured_rows import a_test

COUNTS = Counts({name: ArmCounts(name, 10, 20, {}) for name in ("control", "challenger")}, n_crossed=1)


def test_what_left_said_no_or_muted_goes_to_the_arm_of_its_variant() -> None:
    gone = {"s1/challenger": {LEFT: 1, OPTED_OUT: 2, MUTED: 3}, "s1/challenger~": {LEFT: 9}, "s2/control": {LEFT: 9}}
    arms = with_tallies(COUNTS, a_test(), departures=gone, served={}).arms

    assert [(arm.n_left, arm.n_opted_out, arm.n_muted) for arm in arms.values()] == [(0, 0, 0), (1, 2, 3)]
    assert [arm.n_units for arm in arms.values()] == [10, 10]


def test_answers_of_who_may_not_be_measured_stay_apart() -> None:
    served = {"s1/control": Served(5, 1), "s1/control~": Served(7, 2)}
    arms = with_tallies(COUNTS, a_test(), departures={}, served=served).arms

    assert (arms["control"].measured, arms["control"].unmeasured) == (Served(5, 1), Served(7, 2))
    assert (arms["challenger"].measured, arms["challenger"].unmeasured) == (Served(), Served())


def test_what_servers_counted_of_a_shadow_is_of_no_arm() -> None:
    shadow = Arm("next", 0, "alias:shadow", is_shadow=True)
    test = replace(a_test(), arms=(*a_test().arms, shadow))
    told = with_tallies(COUNTS, test, departures={}, served={"s1/next": Served(5, 1, n_either=8, n_both=6)})

    assert told.shadows == {"next": Served(5, 1, n_either=8, n_both=6)}
    assert told.arms == COUNTS.arms


def test_without_what_servers_tallied_nobody_knows_who_left() -> None:
    arms = with_tallies(COUNTS, a_test(), departures=None, served={}).arms

    assert [arm.is_tallied for arm in arms.values()] == [False, False]


def test_what_was_counted_from_events_stays() -> None:
    assert with_tallies(COUNTS, a_test(), departures={}, served={}) == COUNTS
