"""A worker counts calls, pages and events."""

import weakref

import pytest

from service.core.answers import Answer, QuietReason, Reason, ReasonCode, Recommendation, Relation, Rung
from service.core.event_desk import Outcome
from service.core.personal import ConsentReason
from service.core.tally import Tally
from service.watching.families import BOUNDS_S, FAMILIES
from service.watching.figures import Key
from service.watching.meters import Meters

ITEM = Recommendation("bag", 0.5, Relation.ACCESSORY, Reason(ReasonCode.ACCESSORY_OF, "", "camera"), "")


def shown(n_items: int, rung: Rung = Rung.ITEM, reason: ConsentReason = ConsentReason.NOT_ASKED_FOR) -> Answer:
    return Answer((ITEM,) * n_items, "m/1", rung, QuietReason.NOT_QUIET, "", reason)


def counted(meters: Meters, family: str) -> dict[Key, float]:
    """Counts of a family that are not nought."""
    return {key[1:]: value for key, value in meters.figures().counts.items() if key[0] == family and value}


def test_calls_are_counted_by_method_and_code() -> None:
    meters = Meters()
    meters.method("Recommend").answered(1_000)
    meters.method("Recommend").answered(1_000)
    meters.method("Recommend").failed("INTERNAL", 1_000)
    meters.method("OptOut").answered(1_000)
    assert counted(meters, "requests") == {
        ("Recommend", "OK"): 2,
        ("Recommend", "INTERNAL"): 1,
        ("OptOut", "OK"): 1,
    }


@pytest.mark.parametrize(("seconds", "place"), [(0, 0), (0.0001, 0), (0.00011, 1), (1.0, 12), (1.1, 13), (99, 13)])
def test_a_duration_is_in_the_first_bucket_that_is_not_below_it(seconds: float, place: int) -> None:
    meters = Meters()
    meters.method("Recommend").answered(round(seconds * 1e9))
    found = counted(meters, "request_duration_seconds")
    assert found.pop(("Recommend", "sum"), 0) == pytest.approx(seconds)
    assert found == {("Recommend", str(place)): 1}
    assert place <= len(BOUNDS_S)


@pytest.mark.parametrize("code", ["RESOURCE_EXHAUSTED", "UNAUTHENTICATED"])
def test_a_call_that_was_not_let_in_makes_no_duration(code: str) -> None:
    meters = Meters()
    meters.method("Recommend").failed(code, 1)
    assert counted(meters, "requests") == {("Recommend", code): 1}
    assert counted(meters, "request_duration_seconds") == {}


def test_refusals_are_there_before_the_first() -> None:
    meters = Meters()
    meters.method("Recommend")
    assert meters.figures().counts["requests", "Recommend", "RESOURCE_EXHAUSTED"] == 0
    assert meters.figures().counts["requests", "Recommend", "OK"] == 0


def test_pages_are_counted_by_placement_and_rung_and_their_items_too() -> None:
    meters = Meters()
    meters.page("cart", shown(3))
    meters.page("cart", shown(2))
    meters.page("cart", shown(1, Rung.HISTORY, ConsentReason.GRANTED))
    assert counted(meters, "answers") == {("cart", "item"): 2, ("cart", "history"): 1}
    assert counted(meters, "recommendations") == {("cart", "item"): 5, ("cart", "history"): 1}
    assert counted(meters, "personalisation") == {("not_asked_for",): 2, ("granted",): 1}
    assert counted(meters, "quiet_answers") == {}


def test_a_quiet_page_is_counted_with_its_reason() -> None:
    meters = Meters()
    meters.page("cart", Answer((), "m/1", Rung.NONE, QuietReason.BELOW_BAR))
    assert counted(meters, "quiet_answers") == {("cart", "below_bar"): 1}


def test_an_answer_that_is_given_again_is_counted_by_who_gives_it() -> None:
    meters = Meters()
    alike = meters.page("cart", shown(3))
    alike.n += 4
    assert counted(meters, "answers") == {("cart", "item"): 5}
    assert counted(meters, "recommendations") == {("cart", "item"): 15}


def test_events_are_counted_by_type_and_outcome() -> None:
    meters = Meters()
    meters.event("view", Outcome.STORED)
    meters.event("view", Outcome.STORED)
    meters.event("click", Outcome.NOT_ALLOWED)
    assert counted(meters, "events") == {("view", "stored"): 2, ("click", "not_allowed"): 1}


def test_failed_look_ups_are_counted_from_nought() -> None:
    meters = Meters()
    assert meters.figures().counts["lookup_failures",] == 0
    meters.lookup_failed()
    assert meters.figures().counts["lookup_failures",] == 1


def test_what_is_expected_is_there_as_nought() -> None:
    meters = Meters()
    meters.expect(["cart"])
    counts = meters.figures().counts
    assert {counts["answers", "cart", rung.name.lower()] for rung in Rung} == {0}
    assert counts["quiet_answers", "cart", "too_few"] == 0
    assert counts["events", "view", "not_allowed"] == 0
    assert ("quiet_answers", "cart", "not_quiet") not in counts


def test_of_a_version_that_is_replaced_nothing_stays() -> None:
    meters = Meters()
    meters.serves("m/1", registered_at_s=1.0, now_s=2.0)
    meters.serves("m/2", registered_at_s=3.0, now_s=4.0)
    assert meters.figures().gauges == {
        ("bundle_info", "m/2"): 1,
        ("bundle_registered_timestamp_seconds", "m/2"): 3.0,
        ("bundle_served_timestamp_seconds", "m/2"): 4.0,
    }


def test_of_tests_that_are_over_nothing_stays() -> None:
    meters = Meters()
    meters.tests({"ranker": True}, is_file_refused=False)
    meters.tests({"cart": False}, is_file_refused=True)
    assert meters.figures().gauges == {("test_live", "cart"): 0, ("tests_file_refused",): 1}


def test_what_is_owed_stands_until_it_is_told_anew() -> None:
    meters = Meters()
    meters.owes({("erasure_debt_erasures", "m", "1"): 2})
    assert meters.figures().gauges == {("erasure_debt_erasures", "m", "1"): 2}
    meters.owes({})
    assert meters.figures().gauges == {}


def test_every_figure_is_of_a_known_family_with_as_many_labels() -> None:
    labels = {family.name: len(family.labels) for family in FAMILIES}
    labels["request_duration_seconds"] += 1  # the bucket
    meters = Meters()
    meters.expect(["cart"])
    meters.method("Recommend").answered(1)
    meters.page("cart", shown(1))
    meters.serves("m/1", registered_at_s=1.0, now_s=2.0)
    figures = meters.figures()
    assert [key for key in (*figures.counts, *figures.gauges) if len(key) != labels[key[0]] + 1] == []


def test_arms_of_tests_are_counted_also_when_their_test_is_over() -> None:
    meters, tally, running = Meters(), Tally("salt/new"), list[Tally]()
    meters.counts_tests(lambda: running)
    running.append(tally)
    tally.add(1_000, is_quiet=False)
    tally.add(1_000, is_quiet=True)
    tally.add(1_000, is_quiet=False)
    expected = {("salt/new", "yes"): 2, ("salt/new", "no"): 1}
    assert counted(meters, "test_answers") == expected
    running.clear()
    assert counted(meters, "test_answers") == expected


def test_how_far_a_shadow_agrees_is_counted() -> None:
    meters, tally = Meters(), Tally("salt/next")
    meters.counts_tests(lambda: [tally])
    tally.compare(5, 3)
    tally.compare(4, 4)
    assert counted(meters, "shadow_items") == {("salt/next", "either"): 9, ("salt/next", "both"): 7}


def test_a_tally_whose_test_is_over_is_let_go_of_and_nothing_of_it_is_lost() -> None:
    meters, running = Meters(), list[Tally]()
    meters.counts_tests(lambda: running)
    gone: list[weakref.ref[Tally]] = []
    for _ in range(5):
        running[:] = [Tally("salt/new")]
        gone.append(weakref.ref(running[0]))
        running[0].add(1_000, is_quiet=False)
        running[0].compare(4, 3)
        meters.figures()
        running[0].add(1_000, is_quiet=True)
    running.clear()
    meters.figures()
    meters.figures()
    assert [ref() for ref in gone] == [None] * 5
    assert counted(meters, "test_answers") == {("salt/new", "yes"): 5, ("salt/new", "no"): 5}
    assert counted(meters, "shadow_items") == {("salt/new", "either"): 20, ("salt/new", "both"): 15}


def test_a_page_that_ends_after_its_test_is_counted() -> None:
    meters, tally, running = Meters(), Tally("salt/new"), list[Tally]()
    meters.counts_tests(lambda: running)
    running.append(tally)
    meters.figures()
    running.clear()
    meters.figures()
    meters.figures()
    tally.add(1_000, is_quiet=False)
    assert counted(meters, "test_answers") == {("salt/new", "yes"): 1}


def test_a_tally_that_comes_back_is_not_counted_twice() -> None:
    meters, tally, running = Meters(), Tally("salt/new"), list[Tally]()
    meters.counts_tests(lambda: running)
    tally.add(1_000, is_quiet=False)
    for _ in range(3):
        running[:] = [tally]
        meters.figures()
        running.clear()
        meters.figures()
        meters.figures()
    assert counted(meters, "test_answers") == {("salt/new", "yes"): 1}
