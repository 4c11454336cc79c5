"""The consent rule, case by case. Times are hours of one day."""

from datetime import UTC, datetime

import pytest

from privacy.consent import (
    ConsentRecord,
    Decision,
    Identity,
    IdentityLink,
    Purpose,
    Reason,
    ShopperKind,
    Status,
    decide,
    identities_of,
)

ANNA = Identity(ShopperKind.CUSTOMER, "anna")
PHONE = Identity(ShopperKind.VISITOR, "phone")


def hour(of_day: int) -> datetime:
    return datetime(2026, 3, 1, of_day, tzinfo=UTC)


def record(identity: Identity, word: str, at: int, purpose: Purpose = Purpose.MODEL_TRAINING) -> ConsentRecord:
    return ConsentRecord(identity, purpose, Status.GRANTED if word == "yes" else Status.DENIED, hour(at))


# Event at 12; who was known then and is known now; what they answered; the outcome.
CASES = {
    "granted before": ([ANNA], [ANNA], [(ANNA, "yes", 9)], Reason.GRANTED),
    "granted at that very instant": ([ANNA], [ANNA], [(ANNA, "yes", 12)], Reason.GRANTED),
    "nobody known": ([], [], [], Reason.NO_IDENTITY),
    "never asked": ([ANNA], [ANNA], [], Reason.NEVER_ASKED),
    "somebody else granted": ([ANNA], [ANNA], [(PHONE, "yes", 9)], Reason.NEVER_ASKED),
    "granted afterwards": ([ANNA], [ANNA], [(ANNA, "yes", 13)], Reason.NOT_YET_GRANTED),
    "denied before": ([ANNA], [ANNA], [(ANNA, "no", 9)], Reason.DENIED),
    "denied afterwards, never granted": ([ANNA], [ANNA], [(ANNA, "no", 13)], Reason.DENIED),
    "denied then, granted now": ([ANNA], [ANNA], [(ANNA, "no", 9), (ANNA, "yes", 13)], Reason.NOT_YET_GRANTED),
    "withdrawn": ([ANNA], [ANNA], [(ANNA, "yes", 9), (ANNA, "no", 13)], Reason.WITHDRAWN),
    "withdrawn and granted again": (
        [ANNA],
        [ANNA],
        [(ANNA, "yes", 9), (ANNA, "no", 13), (ANNA, "yes", 14)],
        Reason.GRANTED,
    ),
    "yes and no at one instant": ([ANNA], [ANNA], [(ANNA, "no", 9), (ANNA, "yes", 9)], Reason.DENIED),
    "one grants, one was never asked": ([ANNA, PHONE], [ANNA, PHONE], [(PHONE, "yes", 9)], Reason.GRANTED),
    "one grants, one denies": ([ANNA, PHONE], [ANNA, PHONE], [(PHONE, "yes", 9), (ANNA, "no", 9)], Reason.DENIED),
    "one denied then and grants now": (
        [ANNA, PHONE],
        [ANNA, PHONE],
        [(PHONE, "yes", 9), (ANNA, "no", 9), (ANNA, "yes", 13)],
        Reason.DENIED,
    ),
    "a customer linked later denies": ([PHONE], [PHONE, ANNA], [(PHONE, "yes", 9), (ANNA, "no", 9)], Reason.WITHDRAWN),
    "a customer linked later granted all along": ([PHONE], [PHONE, ANNA], [(ANNA, "yes", 9)], Reason.NOT_YET_GRANTED),
}


@pytest.mark.parametrize("case", CASES)
def test_an_event_counts_if_consent_stood_then_and_stands_now(case: str) -> None:
    then, now, answers, reason = CASES[case]
    records = [record(identity, word, at) for identity, word, at in answers]
    decision = decide(hour(12), then, now, records, Purpose.MODEL_TRAINING)
    assert decision == Decision(reason is Reason.GRANTED, reason)


def test_an_answer_for_one_purpose_says_nothing_of_another() -> None:
    records = [record(ANNA, "yes", 9, Purpose.PERSONALISATION), record(ANNA, "yes", 9, Purpose.MEASUREMENT)]
    assert decide(hour(12), [ANNA], [ANNA], records, Purpose.MODEL_TRAINING).reason is Reason.NEVER_ASKED


def test_a_link_counts_at_an_event_from_its_instant_on() -> None:
    links = [IdentityLink("phone", "anna", hour(12)), IdentityLink("laptop", "bob", hour(1))]
    assert identities_of(None, "phone", links, at=hour(11)) == {PHONE}
    assert identities_of(None, "phone", links, at=hour(12)) == {PHONE, ANNA}
    assert identities_of(None, "phone", links) == {PHONE, ANNA}


def test_an_event_without_visitor_has_its_customer_alone() -> None:
    assert identities_of("anna", None, [IdentityLink("phone", "bob", hour(1))]) == {ANNA}
