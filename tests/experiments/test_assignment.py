"""An arm stays, whoever asks and whenever; and the test that is on is found by placement and time."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from experiments.assignment import Assignment, Drawn, Running, Traffic, unit_key
from experiments.definition import Arm, Unit
from tests.experiments.definitions import CONTROL, END, HOLDOUT, NEW, SHADOW, START, a_test, all_of

NOON_S = (START + timedelta(hours=12)).timestamp()
KEYS = [f"visitor:{number}" for number in range(2_000)]


@pytest.mark.parametrize(
    ("unit", "key"),
    [
        (Unit.SHOPPER, "customer:c"),
        (Unit.VISITOR, "visitor:v"),
        (Unit.SESSION, "session:s"),
        (Unit.REQUEST, None),
    ],
)
def test_a_unit_is_known_by_its_own_id(unit: Unit, key: str | None) -> None:
    assert unit_key(unit, "c", "v", "s") == key


def test_a_shopper_without_an_account_is_the_browser() -> None:
    assert unit_key(Unit.SHOPPER, "", "v", "s") == "visitor:v"


@pytest.mark.parametrize("unit", list(Unit))
def test_a_request_that_names_no_unit_has_no_key(unit: Unit) -> None:
    assert unit_key(unit) is None


def test_servers_give_a_unit_the_same_arm() -> None:
    one, other = (Assignment(a_test(arms=(CONTROL, NEW, HOLDOUT))) for _ in range(2))
    assert [one.arm_of(key) for key in KEYS] == [other.arm_of(key) for key in KEYS]


def test_traffic_that_grows_takes_nobody_out_and_changes_no_arm() -> None:
    small, large = Assignment(a_test(end_bucket=100)), Assignment(a_test(end_bucket=300))
    given = {key: small.arm_of(key) for key in KEYS}
    stayed = {key: arm for key, arm in given.items() if arm is not None}
    assert 0 < len(stayed) < len(KEYS)
    assert {key: large.arm_of(key) for key in stayed} == stayed


def test_an_arm_is_kept_whatever_is_in_the_shadow() -> None:
    without, beside = Assignment(a_test()), Assignment(a_test(arms=(SHADOW, CONTROL, NEW)))
    assert [without.arm_of(key) for key in KEYS] == [beside.arm_of(key) for key in KEYS]


def test_a_request_draws_in_the_shares_of_units() -> None:
    running = Running([a_test(arms=(CONTROL, NEW, HOLDOUT), first_bucket=500, end_bucket=1_000)])
    source = random.Random(7)  # noqa: S311  # seeds a test
    answers = (running.drawn_at_random(source.getrandbits(64), is_measured=False) for _ in range(100_000))
    drawn = Counter(None if answer is None else answer.arm for answer in answers)
    assert drawn[None] == pytest.approx(50_000, rel=0.02)
    assert drawn[CONTROL] == pytest.approx(50_000 * 50 / 105, rel=0.03)
    assert drawn[HOLDOUT] == pytest.approx(50_000 * 5 / 105, rel=0.06)


@pytest.mark.parametrize("bits", [0, 2**32 - 1, 2**64 - 1])
def test_the_ends_of_the_line_are_arms(bits: int) -> None:
    test = a_test(arms=(Arm("a", 1, "alias:a"), Arm("b", 10_000, "alias:b")))
    drawn = Running([test]).drawn_at_random(bits, is_measured=False)
    assert drawn is not None
    assert drawn.arm == test.arms[bool(bits)]


def test_no_unit_is_in_two_tests_of_a_layer() -> None:
    tests = (a_test(name="a", salt="a", end_bucket=300), a_test(name="b", salt="b", first_bucket=300))
    running = Traffic(all_of(*tests)).on("product_page", NOON_S)
    assert running is not None
    drawn = [running.drawn_for(key) for key in KEYS]
    assert {one.experiment.name for one in drawn if one} == {"a", "b"}
    for key, one in zip(KEYS, drawn, strict=True):
        assert [test.name for test in tests if Assignment(test).arm_of(key)] == ([one.experiment.name] if one else [])
        assert one is None or one.arm == Assignment(one.experiment).arm_of(key)


def test_what_is_given_says_whether_it_may_be_kept() -> None:
    test = a_test(arms=(CONTROL, NEW), salt="s-1")
    running = Traffic(all_of(test)).on("product_page", NOON_S)
    assert running is not None
    assert running.drawn_at_random(0, is_measured=False) == Drawn(test, CONTROL, "s-1/control~", is_measured=False)
    assert running.drawn_at_random(0, is_measured=True) == Drawn(test, CONTROL, "s-1/control", is_measured=True)
    assert {one.variant for one in map(running.drawn_for, KEYS) if one} == {"s-1/control", "s-1/new"}


@pytest.mark.parametrize(
    ("after_s", "names"),
    [(-0.001, []), (0, ["ranker-2"]), (86_399, ["ranker-2"]), (86_400, ["ranker-2", "late"]), (3 * 86_400, ["late"])],
)
def test_tests_are_on_between_their_times(after_s: float, names: list[str]) -> None:
    day = timedelta(days=1)
    early = a_test(end_bucket=500, ends_at=START + 3 * day)
    late = a_test(name="late", salt="late", first_bucket=500, starts_at=START + day, ends_at=END)
    running = Traffic(all_of(early, late)).on("product_page", START.timestamp() + after_s)
    assert ([test.name for test in running.experiments] if running else []) == names


def test_nothing_is_on_elsewhere_nor_when_all_is_over() -> None:
    traffic = Traffic(all_of(a_test()))
    assert traffic.on("cart", NOON_S) is None
    assert traffic.on("product_page", END.timestamp()) is None
    assert Traffic(all_of()).on("product_page", NOON_S) is None
