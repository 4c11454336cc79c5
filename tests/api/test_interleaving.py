"""Pages on which two arms' lists are shown as one."""

from pathlib import Path

import pytest
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb

from experiments.definition import Experiment, Unit
from models.bundle.reading import Bundle
from service.core.answers import Model
from service.core.arms import is_ready, stands_of
from service.core.slot import ModelSlot
from tests.api.counter import ANNA, NO, Counter, M, Shopper
from tests.service.shop import write_shop
from tests.service.trials import CHALLENGER, CHAMPION, interleaved, live

CLICK = event_pb.EVENT_TYPE_CLICK
OF_NOBODY = pb.RecommendRequest(placement="product_page", item_id="camera", max_results=2)
OWN = {"a": "accessories/1", "b": "accessories/2"}
BEST = {"bag": "a", "tripod": "b"}
"""Of each list the first item, and its team."""
N_PAGES = 64
"""So many draws of two are all the same once in nine quintillion."""


class Shop:
    """A server with two models that have other things to say of a camera."""

    def __init__(self, counter: Counter, second: Model) -> None:
        self.counter, self.server, self.challenger = counter, counter.server, ModelSlot()
        self.challenger.model = second
        self.slots = {CHAMPION: self.server.slot, CHALLENGER: self.challenger}
        self.runs(interleaved())

    def runs(self, *experiments: Experiment) -> None:
        """These run from now on."""
        self.server.arms.live = live(self.slots, *experiments)

    def page(self, shopper: Shopper = ANNA, **given: object) -> pb.RecommendResponse:
        request = pb.RecommendRequest(
            placement="product_page", shopper=shopper, max_results=2, **{"item_id": "camera", **given}
        )
        return self.server.stub.Recommend(request)

    def of_nobody(self, n_pages: int = N_PAGES) -> list[pb.RecommendResponse]:
        return [self.server.stub.Recommend(OF_NOBODY) for _ in range(n_pages)]


@pytest.fixture
def shop(counter: Counter, tmp_path: Path) -> Shop:
    pairs = {"camera": [("tripod", 0.5, "complement"), ("lens", 0.4, "complement")]}
    write_shop(tmp_path / "second", pairs=pairs)
    return Shop(counter, Model(Bundle.open(tmp_path / "second"), "accessories/2"))


def teams_of(answer: pb.RecommendResponse) -> dict[str, str]:
    """The team of each item, as the variant says."""
    letters = answer.variant.removeprefix("trial/+").removesuffix("~")
    return {item.item_id: team for item, team in zip(answer.recommendations, letters, strict=True)}


def test_a_page_shows_the_best_of_both_lists_and_says_whose_each_is(shop: Shop) -> None:
    pages = shop.of_nobody()
    assert all(teams_of(page) == BEST for page in pages)
    assert {page.variant for page in pages} == {"trial/+ab~", "trial/+ba~"}
    assert {page.model_version for page in pages} == {"accessories/1+accessories/2"}


def test_each_item_has_the_words_of_its_own_model(shop: Shop) -> None:
    page = shop.of_nobody(1)[0]
    assert {item.item_id: round(item.probability, 3) for item in page.recommendations} == {"bag": 0.5, "tripod": 0.5}


def test_who_may_be_measured_sees_the_same_order_again_and_another_on_another_page(shop: Shop) -> None:
    shoppers = [Shopper(customer_id=f"customer-{number}") for number in range(24)]
    for shopper in shoppers:
        shop.counter.says(shopper)
    pages = {shopper.customer_id: [shop.page(shopper) for _ in range(3)] for shopper in shoppers}
    assert all(len({page.variant for page in own}) == 1 for own in pages.values())
    assert {own[0].variant for own in pages.values()} == {"trial/+ab", "trial/+ba"}


def test_of_who_says_no_to_measurement_a_list_is_drafted_for_each_request(shop: Shop) -> None:
    shop.counter.says(ANNA)
    shop.counter.says(ANNA, NO, M)
    assert {shop.page().variant for _ in range(N_PAGES)} == {"trial/+ab~", "trial/+ba~"}


def test_where_the_unit_is_the_request_each_is_drafted_anew_and_measured(shop: Shop) -> None:
    shop.runs(interleaved(unit=Unit.REQUEST))
    shop.counter.says(ANNA)
    assert {shop.page().variant for _ in range(N_PAGES)} == {"trial/+ab", "trial/+ba"}


def test_a_click_is_kept_with_its_place_in_a_list_that_says_whose_item_it_was(shop: Shop) -> None:
    shop.counter.says(ANNA)
    page = shop.page()
    click = shop.counter.event(ANNA, "tripod", CLICK, attribution_token=page.attribution_token)
    assert shop.counter.told(click)[0][0] == event_pb.EVENT_OUTCOME_STORED
    [kept] = [line["attribution"] for line in shop.counter.export(ANNA) if line["kind"] == "event"]
    letters = kept["variant"].removeprefix("trial/+")
    assert letters[kept["position"] - 1] == "b"


def test_a_page_of_which_neither_knows_anything_is_quiet_and_of_no_team(shop: Shop) -> None:
    shop.counter.says(ANNA)
    page = shop.page(item_id="lonely")
    assert (page.variant, page.quiet_reason) == ("trial/+", pb.QUIET_REASON_NO_CANDIDATES)
    assert page.attribution_token


def test_each_page_of_a_batch_is_drafted_by_itself(shop: Shop) -> None:
    batch = shop.server.stub.BatchRecommend(pb.BatchRecommendRequest(requests=[OF_NOBODY] * N_PAGES))
    assert {page.variant for page in batch.responses} == {"trial/+ab~", "trial/+ba~"}


def test_all_answers_of_the_test_are_counted_as_one(shop: Shop) -> None:
    shop.of_nobody(8)
    shop.counter.says(ANNA)
    shop.page()
    stands = shop.server.arms.live["product_page"].stands.values()
    counted = {stand.tally.variant: sum(stand.tally.buckets) for stand in stands}
    assert counted == {"trial/+~": 8, "trial/+": 1}


def test_who_is_not_in_the_tests_share_is_answered_by_the_champion(shop: Shop) -> None:
    shop.runs(interleaved(first_bucket=0, end_bucket=300))
    by_version = {page.model_version: page.variant[:7] for page in shop.of_nobody(128)}
    assert by_version == {"accessories/1": "", "accessories/1+accessories/2": "trial/+"}


def test_the_test_waits_for_the_second_model(shop: Shop) -> None:
    test, slots = interleaved(), {CHAMPION: shop.server.slot, CHALLENGER: ModelSlot()}
    stands = stands_of(test, slots)
    assert not is_ready(test, stands)
    slots[CHALLENGER].model = shop.challenger.model
    assert is_ready(test, stands)
