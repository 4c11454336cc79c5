"""Of an arm's answers, those that a page said were seen: counted by groups of people, as the answers are."""

from dataclasses import replace

import pytest
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb

from experiments.assignment import Assignment
from experiments.definition import Unit
from service.core.answers import Model
from service.core.groups import LEAST_PEOPLE, N_GROUPS, group_of
from service.core.slot import ModelSlot
from service.core.tally import Tally
from tests.api.counter import ANNA, ANNAS_PHONE, NO, PHONE, Counter, M, Shopper
from tests.service.trials import CHALLENGER, CHAMPION, CONTROL, HOLDOUT, live, trial

IMPRESSION, CLICK = event_pb.EVENT_TYPE_IMPRESSION, event_pb.EVENT_TYPE_CLICK
GROUP = 5
TEST = trial(CONTROL, HOLDOUT)


@pytest.fixture(autouse=True)
def _test(counter: Counter, model: Model) -> None:
    challenger = ModelSlot()
    challenger.model = replace(model, version="accessories/2")
    counter.server.arms.live = live({CHAMPION: counter.server.slot, CHALLENGER: challenger}, TEST)


def of_one_group(arm: str, n: int = LEAST_PEOPLE) -> list[Shopper]:
    """Customers of an arm whose counts come together, as many as it takes for these to be told."""
    assignment = Assignment(TEST)
    names = (f"customer-{number}" for number in range(100_000))
    alike = (name for name in names if group_of(name) == GROUP)
    arms = ((name, assignment.arm_of(f"customer:{name}")) for name in alike)
    found = [name for name, given in arms if given is not None and given.name == arm]
    return [Shopper(customer_id=name) for name in found[:n]]


def tally(counter: Counter, variant: str = "trial/control") -> Tally:
    return counter.server.arms.live["product_page"].stands[variant].tally


def sums(counts: Tally) -> tuple[int, int]:
    """Answers and reports of all groups that are told of."""
    answers, reports = counts.groups.told()
    return sum(answers), sum(reports)


def shown_to(counter: Counter, shopper: Shopper) -> pb.RecommendResponse:
    counter.says(shopper)
    return counter.page(shopper, "camera")


def seen(counter: Counter, shopper: Shopper, answer: pb.RecommendResponse, n_items: int = 9) -> list[int]:
    """A page says that it was; what became of each event."""
    items = [one.item_id for one in answer.recommendations][:n_items] or [""]
    token = answer.attribution_token
    events = [counter.event(shopper, item, IMPRESSION, attribution_token=token) for item in items]
    return [outcome for outcome, _ in counter.told(*events)]


@pytest.mark.parametrize("arm", ["control", "holdout"])
def test_answers_and_reports_are_counted_in_one_group(counter: Counter, arm: str) -> None:
    for shopper in of_one_group(arm):
        answer = shown_to(counter, shopper)
        assert bool(answer.recommendations) is (arm == "control")
        assert set(seen(counter, shopper, answer)) == {event_pb.EVENT_OUTCOME_STORED}
    only = tuple(LEAST_PEOPLE if group == GROUP else 0 for group in range(N_GROUPS))
    assert tally(counter, f"trial/{arm}").groups.told() == (only, only)


def test_an_answer_that_nobody_reports_is_counted_as_an_answer(counter: Counter) -> None:
    for shopper in of_one_group("control"):
        answer = shown_to(counter, shopper)
        click = counter.event(
            shopper, answer.recommendations[0].item_id, CLICK, attribution_token=answer.attribution_token
        )
        counter.told(click)
    assert sums(tally(counter)) == (LEAST_PEOPLE, 0)


def test_equal_answers_are_counted_and_reported_one_by_one(counter: Counter) -> None:
    for shopper in of_one_group("control"):
        answers = [shown_to(counter, shopper) for _ in range(3)]
        assert len({answer.attribution_token for answer in answers}) == 1
        for answer in answers:
            seen(counter, shopper, answer)
    assert sums(tally(counter)) == (3 * LEAST_PEOPLE, 3 * LEAST_PEOPLE)


def test_of_who_refuses_measurement_neither_is_counted(counter: Counter) -> None:
    shoppers = of_one_group("control")
    for shopper in shoppers:
        counter.says(shopper)
        counter.says(shopper, NO, M)
        answer = counter.page(shopper, "camera")
        assert answer.variant.endswith("~")
        seen(counter, shopper, answer)
    tallies = [tally(counter, f"trial/{arm}{end}") for arm in ("control", "holdout") for end in ("", "~")]
    assert [sums(one) for one in tallies] == [(0, 0)] * 4


def test_who_says_no_between_the_answer_and_its_report_reports_nothing(counter: Counter) -> None:
    for shopper in of_one_group("control"):
        answer = shown_to(counter, shopper)
        counter.says(shopper, NO, M)
        seen(counter, shopper, answer)
    assert sums(tally(counter)) == (LEAST_PEOPLE, 0)


def test_where_a_session_is_not_named_its_answers_are_nobodys(counter: Counter) -> None:
    counter.server.arms.live = live({CHAMPION: counter.server.slot}, trial(CONTROL, HOLDOUT, unit=Unit.SESSION))
    tallies = [tally(counter, f"trial/{arm}~") for arm in ("control", "holdout")]
    for one in tallies:
        one.groups.open(range(N_GROUPS))
    for shopper in of_one_group("control"):
        assert shown_to(counter, shopper).variant.endswith("~")
    assert sum(sum(one.buckets) for one in tallies) == LEAST_PEOPLE
    assert [sums(one) for one in tallies] == [(0, 0), (0, 0)]


def test_a_session_is_in_the_group_of_its_person(counter: Counter) -> None:
    counter.server.arms.live = live({CHAMPION: counter.server.slot}, trial(CONTROL, HOLDOUT, unit=Unit.SESSION))
    counter.says(ANNA)
    answer = counter.page(ANNA, "camera", session_id="visit")
    groups = tally(counter, answer.variant).groups
    groups.open(range(N_GROUPS))
    seen(counter, ANNA, answer)
    assert [counts.index(1) for counts in groups.told()] == [group_of(ANNA.customer_id)] * 2


def test_a_browser_is_in_one_group_signed_in_or_not(counter: Counter) -> None:
    arm = Assignment(TEST).arm_of(f"customer:{ANNA.customer_id}")
    assert arm is not None
    groups = tally(counter, f"trial/{arm.name}").groups
    groups.open(range(N_GROUPS))
    answer = shown_to(counter, ANNAS_PHONE)
    token, first = answer.attribution_token, [one.item_id for one in answer.recommendations[:1]] or [""]
    for shopper in (ANNAS_PHONE, PHONE):
        [(outcome, _)] = counter.told(counter.event(shopper, first[0], IMPRESSION, attribution_token=token))
        assert outcome == event_pb.EVENT_OUTCOME_STORED
    answers, reports = groups.told()
    group = group_of(PHONE.visitor_id)
    assert (answers[group], reports[group]) == (1, 2)


def test_the_token_of_a_test_that_is_over_is_counted_nowhere(counter: Counter) -> None:
    shopper, counts = of_one_group("control", 1)[0], tally(counter)
    counts.groups.open(range(N_GROUPS))
    answer = shown_to(counter, shopper)
    counter.server.arms.live = {}
    assert set(seen(counter, shopper, answer)) == {event_pb.EVENT_OUTCOME_STORED}
    assert sums(counts) == (1, 0)
