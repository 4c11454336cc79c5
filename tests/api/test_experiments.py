"""Pages on which a test of models runs: who answers them, what they say of it, and what is kept."""

import asyncio
import gc
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb

from experiments.assignment import Assignment
from experiments.definition import Arm, Experiment, Unit
from models.bundle.reading import Bundle
from service.api.answering import Answering
from service.core.answers import Model
from service.core.arms import Arms
from service.core.desks import Desks
from service.core.placements import PLACEMENTS
from service.core.slot import ModelSlot
from tests.api.counter import ANNA, NO, Counter, M, Shopper
from tests.service.trials import CHALLENGER, CHAMPION, CONTROL, HOLDOUT, NEW, live, trial
from tests.service.waiting import until

STORED, IMPRESSION, CLICK = event_pb.EVENT_OUTCOME_STORED, event_pb.EVENT_TYPE_IMPRESSION, event_pb.EVENT_TYPE_CLICK
OF_NOBODY = pb.RecommendRequest(placement="product_page", item_id="camera")
N_PAGES = 64
"""So many draws between two arms are all the same once in nine quintillion."""


@pytest.fixture
def challenger(model: Model) -> ModelSlot:
    slot = ModelSlot()
    slot.model = replace(model, version="accessories/2")
    return slot


class Shop:
    """A server with two models, and the test between them."""

    def __init__(self, counter: Counter, challenger: ModelSlot) -> None:
        self.counter, self.server, self.challenger = counter, counter.server, challenger
        self.slots = {CHAMPION: self.server.slot, CHALLENGER: challenger}

        self.pages = Desks.without_a_store().pages

    def runs(self, *experiments: Experiment) -> None:
        """These run from now on."""
        self.server.arms.live = live(self.slots, *experiments) if experiments else {}

    def page(self, shopper: Shopper = ANNA, **given: object) -> pb.RecommendResponse:
        return self.counter.page(shopper, "camera", **given)

    def of_nobody(self, n_pages: int = N_PAGES) -> list[pb.RecommendResponse]:
        return [self.server.stub.Recommend(OF_NOBODY) for _ in range(n_pages)]


@pytest.fixture
def shop(counter: Counter, challenger: ModelSlot) -> Shop:
    shop = Shop(counter, challenger)
    shop.runs(trial())
    return shop


def customers(n: int = 40) -> list[Shopper]:
    return [Shopper(customer_id=f"customer-{number}") for number in range(n)]


def test_each_shopper_is_answered_by_the_arm_of_the_algorithm(shop: Shop) -> None:
    assignment, versions = Assignment(trial()), {"control": "accessories/1", "new": "accessories/2"}
    seen = set()
    for shopper in customers():
        shop.counter.says(shopper)
        arm = assignment.arm_of(f"customer:{shopper.customer_id}")
        assert arm is not None
        for answer in (shop.page(shopper), shop.page(shopper)):
            assert (answer.variant, answer.model_version) == (f"trial/{arm.name}", versions[arm.name])
        seen.add(arm.name)
    assert seen == {"control", "new"}


def test_what_is_done_with_an_answer_is_kept_with_its_arm(shop: Shop) -> None:
    shop.counter.says(ANNA)
    answer = shop.page()
    click = shop.counter.event(ANNA, "card", CLICK, attribution_token=answer.attribution_token)
    [(outcome, _)] = shop.counter.told(click)
    assert outcome == STORED
    [kept] = [line for line in shop.counter.export(ANNA) if line["kind"] == "event"]
    assert kept["attribution"]["variant"] == answer.variant != ""


def test_of_who_says_no_to_measurement_an_arm_is_drawn_for_each_request(shop: Shop) -> None:
    shop.counter.says(ANNA)
    shop.counter.says(ANNA, NO, M)
    assert {shop.page().variant for _ in range(N_PAGES)} == {"trial/control~", "trial/new~"}


def test_of_who_is_not_known_an_arm_is_drawn_for_each_request(shop: Shop) -> None:
    assert {shop.page().variant for _ in range(N_PAGES)} == {"trial/control~", "trial/new~"}


def test_pages_of_nobody_are_answered_by_the_model_of_the_arm_that_was_drawn(shop: Shop) -> None:
    versions = {"trial/control~": "accessories/1", "trial/new~": "accessories/2"}
    pages = shop.of_nobody()
    assert {page.variant for page in pages} == versions.keys()
    assert all(page.model_version == versions[page.variant] for page in pages)


def test_arms_and_who_is_in_none_are_each_given_their_own_answer_though_one_model_gives_them(shop: Shop) -> None:
    shop.slots[CHALLENGER] = shop.server.slot
    shop.runs(trial(buckets=(0, 600)))
    pages = shop.of_nobody()
    stands = shop.server.arms.live["product_page"].stands
    for variant in ("trial/control~", "trial/new~"):
        own = [page for page in pages if page.variant == variant]
        assert 0 < len(own) == sum(stands[variant].tally.buckets)
    assert len({page.attribution_token for page in pages}) == len({page.variant for page in pages}) == 3


def test_a_model_that_takes_the_place_of_an_arms_answers_its_pages_of_nobody(shop: Shop, model: Model) -> None:
    shop.of_nobody()
    shop.challenger.model = replace(model, version="accessories/3")
    assert {page.model_version for page in shop.of_nobody()} == {"accessories/1", "accessories/3"}


def test_once_no_test_runs_the_champion_answers_and_names_no_arm(shop: Shop) -> None:
    shop.of_nobody()
    shop.runs()
    assert {(page.model_version, page.variant) for page in shop.of_nobody()} == {("accessories/1", "")}


def test_once_no_test_runs_nothing_holds_an_arms_model(shop: Shop, model: Model, shop_directory: Path) -> None:
    bundle = Bundle.open(shop_directory)
    shop.challenger.model, left = replace(model, bundle=bundle), weakref.ref(bundle)
    shop.of_nobody()
    del bundle
    shop.runs()
    shop.challenger.model = None
    gc.collect()
    assert left() is None


def test_a_holdout_is_shown_nothing_and_is_told_why(shop: Shop) -> None:
    shop.runs(trial(CONTROL, HOLDOUT))
    shop.counter.says(ANNA)
    answers = [*shop.of_nobody(), *(shop.page(shopper) for shopper in customers())]
    held_back = [answer for answer in answers if answer.variant.startswith("trial/holdout")]
    assert held_back
    for answer in held_back:
        assert (len(answer.recommendations), answer.quiet_reason) == (0, pb.QUIET_REASON_HOLDOUT)


def test_that_a_holdout_saw_nothing_is_kept_as_an_exposure(shop: Shop) -> None:
    shop.runs(trial(HOLDOUT, replace(CONTROL, weight=0), NEW, buckets=(0, 1000)))
    for shopper in customers():
        shop.counter.says(shopper)
        answer = shop.page(shopper)
        if answer.quiet_reason == pb.QUIET_REASON_HOLDOUT:
            event = shop.counter.event(shopper, "", IMPRESSION, attribution_token=answer.attribution_token)
            [(outcome, _)] = shop.counter.told(event)
            [kept] = [line for line in shop.counter.export(shopper) if line["kind"] == "event"]
            assert (outcome, kept["attribution"]["variant"]) == (STORED, "trial/holdout")
            return
    raise AssertionError("nobody was held out")


def test_who_is_not_in_the_tests_share_is_answered_by_the_champion(shop: Shop) -> None:
    shop.runs(trial(NEW, HOLDOUT, buckets=(0, 300)))
    for shopper in customers():
        shop.counter.says(shopper)
    answers = [shop.page(shopper) for shopper in customers()]
    in_no_arm = [answer for answer in answers if not answer.variant]
    assert 0 < len(in_no_arm) < len(answers)
    assert {answer.model_version for answer in in_no_arm} == {"accessories/1"}


def test_tests_of_one_layer_share_its_traffic_and_no_shopper(shop: Shop) -> None:
    first, second = trial(name="first", buckets=(0, 500)), trial(name="second", buckets=(500, 1000))
    shop.runs(first, second)
    for shopper in customers():
        shop.counter.says(shopper)
        [own] = {shop.page(shopper).variant.partition("/")[0] for _ in range(3)}
        assert own in ("first", "second")
    assert {answer.variant.partition("/")[0] for answer in shop.of_nobody()} == {"first", "second"}


def test_another_placement_has_no_test(shop: Shop) -> None:
    answer = shop.server.stub.Recommend(pb.RecommendRequest(placement="cart", cart_item_ids=["camera"]))
    assert (answer.variant, answer.model_version) == ("", "accessories/1")


def test_where_the_unit_is_the_session_one_session_meets_one_arm(shop: Shop) -> None:
    shop.runs(trial(unit=Unit.SESSION))
    shop.counter.says(ANNA)
    sessions = {f"session-{number}": {shop.page(session_id=f"session-{number}").variant for _ in range(2)}
                for number in range(40)}  # fmt: skip
    assert all(len(variants) == 1 for variants in sessions.values())
    assert set().union(*sessions.values()) == {"trial/control", "trial/new"}


def test_where_the_unit_is_the_session_a_request_without_one_has_an_arm_of_its_own(shop: Shop) -> None:
    shop.runs(trial(unit=Unit.SESSION))
    shop.counter.says(ANNA)
    assert {shop.page().variant for _ in range(N_PAGES)} == {"trial/control~", "trial/new~"}


def test_where_the_unit_is_the_request_who_may_be_measured_is(shop: Shop) -> None:
    shop.runs(trial(unit=Unit.REQUEST))
    shop.counter.says(ANNA)
    assert {shop.page().variant for _ in range(N_PAGES)} == {"trial/control", "trial/new"}


def test_where_the_unit_is_the_request_nobody_else_is(shop: Shop) -> None:
    shop.runs(trial(unit=Unit.REQUEST))
    shop.counter.says(ANNA, NO, M)
    pages = [*shop.of_nobody(), *(shop.page() for _ in range(N_PAGES))]
    assert {page.variant for page in pages} == {"trial/control~", "trial/new~"}


def test_each_page_of_a_batch_has_its_own_arm(shop: Shop) -> None:
    batch = shop.server.stub.BatchRecommend(pb.BatchRecommendRequest(requests=[OF_NOBODY] * N_PAGES))
    assert {answer.variant for answer in batch.responses} == {"trial/control~", "trial/new~"}


def test_answers_of_each_arm_are_counted_quiet_ones_among_them(shop: Shop) -> None:
    shop.runs(trial(CONTROL, HOLDOUT))
    pages = shop.of_nobody()
    of_control = sum(page.variant == "trial/control~" for page in pages)
    stands = shop.server.arms.live["product_page"].stands
    control, holdout = stands["trial/control~"].tally, stands["trial/holdout~"].tally
    assert (sum(control.buckets), control.n_quiet) == (of_control, 0)
    assert sum(holdout.buckets) == holdout.n_quiet == len(pages) - of_control


def test_a_shadow_is_computed_beside_the_page_and_never_shown(shop: Shop, model: Model) -> None:
    shop.slots["alias:shadow"] = ModelSlot()
    shop.slots["alias:shadow"].model = replace(model, version="accessories/9")
    shop.runs(trial(CONTROL, NEW, Arm("next", 0, "alias:shadow", is_shadow=True)))
    shop.counter.says(ANNA)
    answers = [*shop.of_nobody(), shop.page()]
    assert {answer.model_version for answer in answers} == {"accessories/1", "accessories/2"}
    [shadow] = shop.server.arms.live["product_page"].stands["trial/new"].shadows
    until(lambda: sum(shadow.tally.buckets) == len(answers), "the shadows")
    n_items = sum(len(answer.recommendations) for answer in answers)
    assert (shadow.tally.variant, shadow.tally.n_both, shadow.tally.n_either) == ("trial/next", n_items, n_items)


def test_a_shadow_is_computed_for_whom_the_page_is_of(shop: Shop, model: Model) -> None:
    shop.slots["alias:shadow"] = ModelSlot()
    shop.slots["alias:shadow"].model = model
    shop.runs(trial(CONTROL, NEW, Arm("next", 0, "alias:shadow", is_shadow=True)))
    shop.counter.says(ANNA)
    [first, *_] = shop.page().recommendations
    event = shop.counter.event(ANNA, first.item_id, event_pb.EVENT_TYPE_DISMISS)
    assert [outcome for outcome, _ in shop.counter.told(event)] == [STORED]
    pages = [shop.page(), shop.page()]
    assert first.item_id not in {item.item_id for page in pages for item in page.recommendations}
    [shadow] = shop.server.arms.live["product_page"].stands["trial/new"].shadows
    until(lambda: sum(shadow.tally.buckets) == 3, "the shadows")
    assert shadow.tally.n_both == shadow.tally.n_either


def test_a_shadow_that_fails_fails_no_page_and_is_told_once(shop: Shop) -> None:
    shop.slots["alias:shadow"] = ModelSlot()
    shop.slots["alias:shadow"].model = Model(None, "accessories/9")  # type: ignore[arg-type]
    shop.runs(trial(CONTROL, NEW, Arm("next", 0, "alias:shadow", is_shadow=True)))
    assert all(answer.recommendations for answer in shop.of_nobody(8))
    until(lambda: "shadow_failed" in shop.server.lines.events(), "the shadow")
    assert shop.server.lines.only("shadow_failed")["variant"] == "trial/next"


def test_a_page_seen_before_is_drawn_once_whether_its_arms_answer_is_at_hand_or_not(shop: Shop) -> None:
    drawn = []

    class Draws:
        def __call__(self, n_bits: int) -> int:
            # The first arm always, until the second is asked for.
            drawn.append(n_bits)
            return 0 if len(drawn) < 3 else 2**32 - 1

    slot = shop.server.slot
    answering = Answering(
        Arms(slot, live(shop.slots, trial())), PLACEMENTS, shop.pages, shop.server.lines.log, random_bits=Draws()
    )

    async def ask() -> list[str]:
        data = OF_NOBODY.SerializeToString()
        made = [await answering.page(data, None) for _ in range(4)]  # type: ignore[arg-type]
        return [pb.RecommendResponse.FromString(answer).variant for answer in made]

    assert asyncio.run(ask()) == ["trial/control~"] * 2 + ["trial/new~"] * 2
    assert len(drawn) == 4


def test_a_holdout_has_no_shadow(shop: Shop) -> None:
    shop.slots["alias:shadow"] = ModelSlot()
    shop.runs(trial(CONTROL, HOLDOUT, Arm("next", 0, "alias:shadow", is_shadow=True)))
    stands = shop.server.arms.live["product_page"].stands
    assert [bool(stands[variant].shadows) for variant in ("trial/control", "trial/holdout")] == [True, False]
