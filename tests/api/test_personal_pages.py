"""Recommend for a known shopper: what they did before is used while they say yes, and what they wish is obeyed."""

from dataclasses import replace
from pathlib import Path

import pytest
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as privacy_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from privacy.consent import Identity, ShopperKind
from service.core.answers import Model
from service.core.personal import ConsentReason
from tests.api.conftest import Running
from tests.api.counter import (
    ANNA,
    ANNAS_PHONE,
    BOB,
    EVERYTHING,
    NO,
    NOTICED,
    PHONE,
    RULES,
    YES,
    Counter,
    P,
    Shopper,
    Signals,
    T,
    counter_on,
    shown,
)
from tests.service.shop import REFILL_DAYS

PURCHASE, DISMISS = event_pb.EVENT_TYPE_PURCHASE, event_pb.EVENT_TYPE_DISMISS
BOB_IDENTITY = Identity(ShopperKind.CUSTOMER, BOB.customer_id)
OFFERED = {"bag", "card", "lens", "strap"}
"""What goes with the camera."""


@pytest.fixture
def known(counter: Counter) -> Counter:
    """Anna said yes to everything and looked at the camera."""
    counter.says(ANNA)
    counter.did(ANNA, "camera")
    return counter


def test_with_consent_the_history_is_a_rung_of_its_own(known: Counter) -> None:
    answer = known.page(ANNA)
    assert (answer.rung, answer.personalisation) == (pb.RUNG_HISTORY, shopper_pb2.CONSENT_REASON_GRANTED)
    assert shown(answer) == OFFERED


def test_the_history_is_named_in_the_reason_and_no_item_of_it_is_given_as_evidence(known: Counter) -> None:
    first = known.page(ANNA).recommendations[0]
    assert first.item_id == "bag"
    assert first.reason.text == "Added by 20+ people who bought Camera (from your history)"
    assert first.reason.evidence_item_id == ""


def test_a_page_that_has_enough_of_its_own_still_stands_on_its_own_rung(known: Counter) -> None:
    answer = known.page(ANNA, "camera")
    assert (answer.rung, answer.personalisation) == (pb.RUNG_ITEM, shopper_pb2.CONSENT_REASON_GRANTED)


def test_nobody_elses_history_is_used(known: Counter) -> None:
    known.says(BOB)
    assert shown(known.page(BOB)) == set()


def test_each_page_of_a_batch_has_its_own_shopper(known: Counter) -> None:
    requests = [pb.RecommendRequest(placement="cart", shopper=shopper) for shopper in (ANNA, BOB, Shopper())]
    answers = known.server.stub.BatchRecommend(pb.BatchRecommendRequest(requests=requests)).responses
    assert [answer.rung == pb.RUNG_HISTORY for answer in answers] == [True, False, False]
    assert [answer.personalisation for answer in answers] == [
        shopper_pb2.CONSENT_REASON_GRANTED,
        shopper_pb2.CONSENT_REASON_NEVER_ASKED,
        shopper_pb2.CONSENT_REASON_UNSPECIFIED,
    ]


def test_what_was_bought_is_not_offered_again(known: Counter) -> None:
    known.did(ANNA, "bag", PURCHASE)
    assert shown(known.page(ANNA)) == OFFERED - {"bag"}
    assert shown(known.page(ANNA, "camera")) == OFFERED - {"bag"}


def test_a_refill_is_offered_again_once_it_is_used_up(known: Counter) -> None:
    known.prefers(ANNA, "kitchen/kettles", privacy_pb.TOPIC_CHOICE_SHOW)
    known.did(ANNA, "filter", PURCHASE)
    known.did(ANNA, "mug", PURCHASE)
    assert not shown(known.page(ANNA, "kettle")) & {"filter", "mug"}
    known.clock.on(days=REFILL_DAYS["filter"])
    assert shown(known.page(ANNA, "kettle")) & {"filter", "mug"} == {"filter"}


def test_what_was_waved_away_is_never_offered(known: Counter) -> None:
    known.did(ANNA, "card", DISMISS)
    assert shown(known.page(ANNA)) == OFFERED - {"card"}
    assert shown(known.page(ANNA, "camera")) == OFFERED - {"card"}


def test_what_was_only_shown_is_no_interest(counter: Counter) -> None:
    counter.says(ANNA)
    counter.did(ANNA, "camera", event_pb.EVENT_TYPE_IMPRESSION)
    assert shown(counter.page(ANNA)) == set()


def test_what_is_past_its_retention_is_not_used_though_no_sweep_has_come(known: Counter) -> None:
    known.clock.on(days=RULES.retention_days["view"] - 1)
    known.says(ANNA, YES, P, policy_version="2026-04")
    assert shown(known.page(ANNA)) == OFFERED
    known.clock.on(days=2)
    assert shown(known.page(ANNA)) == set()


def personalisation(counter: Counter, shopper: Shopper = ANNA, **given: object) -> int:
    """Why the page was not personal; asserts that it was not."""
    answer = counter.page(shopper, **given)
    assert answer.rung != pb.RUNG_HISTORY
    assert shown(answer) == set()
    return answer.personalisation


def test_who_was_never_asked_gets_the_page_alone(counter: Counter) -> None:
    assert personalisation(counter) == shopper_pb2.CONSENT_REASON_NEVER_ASKED


def test_a_no_ends_it_with_the_next_page(known: Counter) -> None:
    known.says(ANNA, NO, P)
    assert personalisation(known) == shopper_pb2.CONSENT_REASON_DENIED


def test_an_opt_out_ends_it_with_the_next_page(known: Counter) -> None:
    known.opts_out(ANNA)
    assert personalisation(known) == shopper_pb2.CONSENT_REASON_DENIED


def test_an_opt_out_of_another_purpose_leaves_it(known: Counter) -> None:
    known.opts_out(ANNA, T)
    assert known.page(ANNA).rung == pb.RUNG_HISTORY


def test_global_privacy_control_ends_it_for_the_request_it_came_with(known: Counter) -> None:
    signals = Signals(global_privacy_control=True)
    assert personalisation(known, signals=signals) == shopper_pb2.CONSENT_REASON_GLOBAL_PRIVACY_CONTROL
    assert known.page(ANNA).rung == pb.RUNG_HISTORY


@pytest.mark.parametrize("tcf_string", ["C", "garbage", "CPX" * 100, "ключ"])
def test_a_consent_string_in_doubt_ends_it(known: Counter, tcf_string: str) -> None:
    assert personalisation(known, signals=Signals(tcf_string=tcf_string)) == shopper_pb2.CONSENT_REASON_TCF_REFUSED


def test_a_newer_policy_makes_the_yes_lapse(known: Counter) -> None:
    known.says(ANNA, YES, policy_version="2026-01")
    assert known.page(ANNA).rung == pb.RUNG_HISTORY
    known.clock.on(days=32)
    assert personalisation(known) == shopper_pb2.CONSENT_REASON_LAPSED


def test_a_notice_is_a_yes_where_the_law_lets_silence_be_one_and_nowhere_else(counter: Counter) -> None:
    counter.says(ANNA, NOTICED, jurisdiction="US-CA")
    counter.says(BOB, NOTICED, jurisdiction="DE")
    counter.did(ANNA, "camera")
    assert counter.page(ANNA).rung == pb.RUNG_HISTORY
    assert personalisation(counter, BOB) == shopper_pb2.CONSENT_REASON_NEVER_ASKED


def test_a_linked_customers_no_is_the_visitors(counter: Counter) -> None:
    counter.says(PHONE)
    counter.did(PHONE, "camera")
    assert counter.page(PHONE).rung == pb.RUNG_HISTORY
    counter.says(ANNA, NO, P)
    assert counter.page(PHONE).rung == pb.RUNG_HISTORY
    counter.privacy.LinkVisitor(privacy_pb.LinkVisitorRequest(shopper=ANNAS_PHONE))
    assert personalisation(counter, PHONE) == shopper_pb2.CONSENT_REASON_DENIED


def test_a_visitor_before_the_page_brings_its_customers_history(known: Counter) -> None:
    known.says(PHONE)
    known.privacy.LinkVisitor(privacy_pb.LinkVisitorRequest(shopper=ANNAS_PHONE))
    assert known.page(PHONE).rung == pb.RUNG_HISTORY


def test_who_shares_a_browser_is_not_shown_what_the_other_did(known: Counter) -> None:
    bobs_phone = Shopper(customer_id=BOB.customer_id, visitor_id=PHONE.visitor_id)
    for shopper in (BOB, PHONE):
        known.says(shopper)
    for shopper in (ANNAS_PHONE, bobs_phone):
        known.privacy.LinkVisitor(privacy_pb.LinkVisitorRequest(shopper=shopper))
    known.did(BOB, "kettle")
    assert shown(known.page(bobs_phone)) == set()
    assert shown(known.page(PHONE)) == set()
    assert shown(known.page(ANNAS_PHONE)) == OFFERED


def test_who_shares_a_browser_is_neither_told_nor_given_what_the_other_wants(tmp_path: Path, model: Model) -> None:
    rules = replace(RULES, sensitive_topics=frozenset({"photo"}))
    bobs_phone = Shopper(customer_id=BOB.customer_id, visitor_id=PHONE.visitor_id)
    with counter_on(tmp_path / "state.db", model, rules=rules) as counter:
        for shopper in (ANNAS_PHONE, bobs_phone):
            counter.privacy.LinkVisitor(privacy_pb.LinkVisitorRequest(shopper=shopper))
        counter.prefers(BOB, "photo", privacy_pb.TOPIC_CHOICE_SHOW)
        counter.says(BOB)
        assert "camera" in shown(counter.page(bobs_phone, "lens"))
        for shopper in (ANNAS_PHONE, PHONE):
            assert shown(counter.page(shopper, "lens")) == {"tripod"}
            told = counter.privacy.GetPreferences(privacy_pb.GetPreferencesRequest(shopper=shopper))
            assert not told.topics
            assert not any(state.HasField("answered_at") for state in told.purposes)


@pytest.mark.parametrize("topic", ["photo", "photo/cameras"])
def test_a_muted_topic_and_what_lies_in_it_is_neither_shown_nor_evidence(known: Counter, topic: str) -> None:
    assert "camera" in shown(known.page(ANNA, "lens"))
    known.prefers(ANNA, topic)
    assert "camera" not in shown(known.page(ANNA, "lens"))
    assert shown(known.page(ANNA)) == set()
    assert shown(known.page(ANNA, viewed_item_ids=["camera"])) == set()
    assert shown(known.page(ANNA, cart_item_ids=["camera"])) == set()


def test_what_would_replace_a_muted_item_of_the_cart_is_not_offered_either(known: Counter) -> None:
    assert "camera-2" in shown(known.page(Shopper(), "kettle"))
    assert "camera-2" not in shown(known.page(Shopper(), "kettle", cart_item_ids=["camera"]))
    known.prefers(ANNA, "photo/cameras")
    assert "camera-2" not in shown(known.page(ANNA, "kettle", cart_item_ids=["camera"]))


def test_the_page_of_a_muted_item_is_a_page_all_the_same(known: Counter) -> None:
    known.prefers(ANNA, "photo")
    assert shown(known.page(ANNA, "camera")) == OFFERED


def test_a_topic_that_only_begins_alike_stays(known: Counter) -> None:
    known.prefers(ANNA, "photo/cam")
    assert known.page(ANNA).rung == pb.RUNG_HISTORY


def test_a_mute_is_obeyed_without_consent_to_anything(counter: Counter) -> None:
    counter.prefers(PHONE, "photo")
    answer = counter.page(PHONE, "lens")
    assert shown(answer) == {"tripod"}
    assert answer.personalisation == shopper_pb2.CONSENT_REASON_NEVER_ASKED


def test_a_mute_taken_back_is_no_mute(known: Counter) -> None:
    known.prefers(ANNA, "photo")
    known.prefers(ANNA, "photo", privacy_pb.TOPIC_CHOICE_UNSPECIFIED)
    assert known.page(ANNA).rung == pb.RUNG_HISTORY


def test_a_sensitive_topic_is_hidden_from_everybody_without_a_yes_of_their_own(tmp_path: Path, model: Model) -> None:
    rules = replace(RULES, sensitive_topics=frozenset({"photo"}))
    with counter_on(tmp_path / "state.db", model, rules=rules) as counter:
        counter.says(ANNA)
        counter.did(ANNA, "camera")
        for shopper in (Shopper(), BOB, ANNA):
            assert shown(counter.page(shopper, "lens")) == {"tripod"}
            assert shown(counter.page(shopper, viewed_item_ids=["camera"])) == set()
        assert shown(counter.page(ANNA)) == set()
        counter.prefers(ANNA, "photo", privacy_pb.TOPIC_CHOICE_SHOW)
        assert shown(counter.page(ANNA, "lens")) == {"tripod", "camera", *OFFERED - {"lens"}}
        assert shown(counter.page(Shopper(), "lens")) == {"tripod"}


def test_a_server_without_a_database_knows_nobody_and_says_nothing_of_it(server: Running) -> None:
    request = pb.RecommendRequest(placement="product_page", item_id="lonely", shopper=ANNA)
    answer = server.stub.Recommend(request)
    assert (answer.rung, answer.personalisation) == (pb.RUNG_NONE, shopper_pb2.CONSENT_REASON_UNSPECIFIED)


def test_a_database_that_is_gone_costs_the_page_nothing_but_the_history(known: Counter, tmp_path: Path) -> None:
    (tmp_path / "state.db").unlink()
    assert personalisation(known) == shopper_pb2.CONSENT_REASON_UNAVAILABLE
    assert shown(known.page(ANNA, "camera")) == OFFERED
    assert known.server.lines.all()[0]["event"] == "shoppers_unknown"


def test_while_nobody_can_be_asked_no_sensitive_topic_is_shown(tmp_path: Path, model: Model) -> None:
    rules = replace(RULES, sensitive_topics=frozenset({"photo"}))
    with counter_on(tmp_path / "state.db", model, rules=rules) as counter:
        counter.prefers(ANNA, "photo", privacy_pb.TOPIC_CHOICE_SHOW)
        assert "camera" in shown(counter.page(ANNA, "lens"))
        (tmp_path / "state.db").unlink()
        assert shown(counter.page(ANNA, "lens")) == {"tripod"}


def test_a_row_that_cannot_be_read_costs_its_own_page_the_history_and_nobody_elses(known: Counter) -> None:
    known.says(BOB)
    known.did(BOB, "camera")
    with known.database.transaction() as connection:
        subject = known.store.find([BOB_IDENTITY]).subjects[0]
        connection.exec_driver_sql(f"UPDATE shoppers SET state = '{{' WHERE subject = {subject}")
    assert personalisation(known, BOB) == shopper_pb2.CONSENT_REASON_UNAVAILABLE
    assert known.page(ANNA).rung == pb.RUNG_HISTORY


def test_consent_comes_back_as_soon_as_it_is_given_again(known: Counter) -> None:
    known.opts_out(ANNA, P)
    known.says(ANNA, YES, P)
    known.clock.on(seconds=1)
    assert known.page(ANNA).rung == pb.RUNG_HISTORY


def test_the_cores_reasons_are_the_wires() -> None:
    for reason in ConsentReason:
        name = "UNSPECIFIED" if reason is ConsentReason.NOT_ASKED_FOR else reason.name
        assert shopper_pb2.ConsentReason.Value(f"CONSENT_REASON_{name}") == reason.value
    assert len(shopper_pb2.ConsentReason.values()) == len(ConsentReason)
    assert len(EVERYTHING) == len(shopper_pb2.Purpose.values()) - 1
