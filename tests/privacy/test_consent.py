"""The consent rule, case by case. Times are hours of one day."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.consent import (
    Answer,
    ConsentRecord,
    Decision,
    Identity,
    IdentityLink,
    Purpose,
    Reason,
    ShopperKind,
    Status,
    Voice,
    decide,
    identities_of,
    replaces,
    standing_of,
    voice_of,
)
from privacy.regimes import PolicyVersion, Regime, Regimes

ANNA, BOB = (Identity(ShopperKind.CUSTOMER, name) for name in ("anna", "bob"))
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


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([(BOB, "yes", 9)], Reason.NEVER_ASKED),
        ([(BOB, "yes", 9), (PHONE, "yes", 9)], Reason.GRANTED),
        ([(BOB, "yes", 9), (ANNA, "yes", 9)], Reason.GRANTED),
        ([(BOB, "no", 9), (ANNA, "yes", 9)], Reason.DENIED),
        ([(BOB, "no", 8), (BOB, "yes", 9), (ANNA, "yes", 9)], Reason.GRANTED),
    ],
)
def test_who_shares_a_browser_can_say_no_for_another_one_and_not_yes(answers: list, reason: Reason) -> None:
    everybody, records = [ANNA, PHONE, BOB], [record(identity, word, at) for identity, word, at in answers]
    decision = decide(hour(12), everybody, everybody, records, Purpose.MODEL_TRAINING, named=[ANNA, PHONE])
    assert decision.reason is reason


def test_a_customer_who_has_the_browser_alone_says_yes_for_it() -> None:
    both, records = [ANNA, PHONE], [record(ANNA, "yes", 9)]
    assert decide(hour(12), both, both, records, Purpose.MODEL_TRAINING, named=[PHONE]).allowed


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


SILENCE_COUNTS = {"US": Regime.OPT_OUT}
# The policy of 10 o'clock makes older yeses lapse, that of 16 o'clock does not.
RULES = Regimes(
    SILENCE_COUNTS,
    (PolicyVersion("old", hour(0)), PolicyVersion("new", hour(10), older_lapse=True), PolicyVersion("newer", hour(16))),
)

# Status, jurisdiction, policy, moment; all given at 9.
VOICES = {
    "a grant": (Status.GRANTED, "DE", "old", 9, Voice.YES),
    "a grant, law unknown": (Status.GRANTED, "", "old", 9, Voice.YES),
    "a grant before it was given": (Status.GRANTED, "DE", "new", 8, Voice.SILENT),
    "a grant under the newer policy": (Status.GRANTED, "DE", "new", 23, Voice.YES),
    "a grant that lapsed": (Status.GRANTED, "DE", "old", 10, Voice.SILENT),
    "a grant under no known policy": (Status.GRANTED, "DE", "", 10, Voice.SILENT),
    "a notice where only a yes is a yes": (Status.NOTICED, "DE", "new", 12, Voice.SILENT),
    "a notice, law unknown": (Status.NOTICED, "", "new", 12, Voice.SILENT),
    "a notice where silence counts": (Status.NOTICED, "US", "new", 12, Voice.YES),
    "a notice in a part of such a country": (Status.NOTICED, "US-TX", "new", 12, Voice.YES),
    "a notice before it was given": (Status.NOTICED, "US", "new", 8, Voice.SILENT),
    "a notice that lapsed": (Status.NOTICED, "US", "old", 12, Voice.SILENT),
    "a denial": (Status.DENIED, "DE", "old", 9, Voice.NO),
    "a denial where silence counts": (Status.DENIED, "US", "old", 9, Voice.NO),
    "a denial under a policy long gone": (Status.DENIED, "US", "", 23, Voice.NO),
    "a denial dated ahead": (Status.DENIED, "DE", "old", 8, Voice.NO),
}


@pytest.mark.parametrize("case", VOICES)
def test_an_answer_weighs_by_law_policy_and_moment(case: str) -> None:
    status, jurisdiction, policy, at, voice = VOICES[case]
    assert voice_of(Answer(status, hour(9), jurisdiction, policy), RULES, hour(at)) is voice


def test_no_answer_is_silence() -> None:
    assert voice_of(None, RULES, hour(9)) is Voice.SILENT


GRANT, DENIAL, NOTICE = Status.GRANTED, Status.DENIED, Status.NOTICED


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        ([(GRANT, 9), (DENIAL, 10)], (DENIAL, 10)),
        ([(DENIAL, 9), (GRANT, 10)], (GRANT, 10)),
        ([(GRANT, 9), (DENIAL, 9)], (DENIAL, 9)),
        ([(DENIAL, 9), (NOTICE, 10)], (DENIAL, 9)),
        ([(GRANT, 9), (NOTICE, 10)], (GRANT, 9)),
        ([(NOTICE, 9), (GRANT, 9)], (GRANT, 9)),
        ([(NOTICE, 9), (NOTICE, 10)], (NOTICE, 10)),
        ([(NOTICE, 9), (DENIAL, 10), (NOTICE, 11)], (DENIAL, 10)),
    ],
)
def test_the_latest_word_stands_and_a_notice_is_none(
    said: Sequence[tuple[Status, int]], standing: tuple[Status, int]
) -> None:
    for order in permutations(Answer(status, hour(at)) for status, at in said):
        assert standing_of(order) == Answer(standing[0], hour(standing[1]))


statuses, hours = st.sampled_from(Status), st.integers(0, 23).map(hour)
jurisdictions, versions = st.sampled_from(["", "DE", "US", "US-CA"]), st.sampled_from(["", "old", "new", "newer"])
answers = st.builds(Answer, statuses, hours, jurisdictions, versions)


@given(st.lists(answers, min_size=1).flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_one_answer_at_a_time_leaves_the_same_one_standing_in_any_order(
    said: tuple[list[Answer], list[Answer]],
) -> None:
    standing: Answer | None = None
    for answer in said[1]:
        standing = answer if replaces(answer, standing) else standing
    assert standing == standing_of(said[0])


# What Anna answered (status, hour, jurisdiction, policy), for an event at 12 that is used at 20.
RULED = {
    "told where silence counts": ([(NOTICE, 11, "US", "new")], Reason.GRANTED),
    "told where it does not": ([(NOTICE, 11, "DE", "new")], Reason.NEVER_ASKED),
    "told after the event": ([(NOTICE, 13, "US", "new")], Reason.NOT_YET_GRANTED),
    "told, and said no": ([(NOTICE, 11, "US", "new"), (DENIAL, 13, "US", "new")], Reason.WITHDRAWN),
    "said no, and told again": ([(DENIAL, 9, "US", "new"), (NOTICE, 11, "US", "new")], Reason.DENIED),
    "lapsed before the event": ([(GRANT, 9, "DE", "old")], Reason.LAPSED),
    "lapsed, and told again where silence does not count": (
        [(GRANT, 9, "DE", "old"), (NOTICE, 11, "DE", "new")],
        Reason.LAPSED,
    ),
    "lapsed, and granted again before the event": (
        [(GRANT, 9, "DE", "old"), (GRANT, 11, "DE", "new")],
        Reason.GRANTED,
    ),
    "lapsed, and granted again after the event": (
        [(GRANT, 9, "DE", "old"), (GRANT, 13, "DE", "new")],
        Reason.NOT_YET_GRANTED,
    ),
    "lapsed, and then denied": ([(GRANT, 9, "DE", "old"), (DENIAL, 13, "DE", "new")], Reason.DENIED),
}


@pytest.mark.parametrize("case", RULED)
def test_law_and_policy_weigh_at_the_event_and_now(case: str) -> None:
    said, reason = RULED[case]
    records = [
        ConsentRecord(ANNA, Purpose.MODEL_TRAINING, status, hour(at), law, policy) for status, at, law, policy in said
    ]
    decision = decide(hour(12), [ANNA], [ANNA], records, Purpose.MODEL_TRAINING, regimes=RULES, now=hour(20))
    assert decision == Decision(reason is Reason.GRANTED, reason)


def test_consent_that_stood_at_the_event_and_lapsed_since_is_no_consent() -> None:
    records = [ConsentRecord(ANNA, Purpose.MODEL_TRAINING, GRANT, hour(8), "DE", "old")]
    at = {
        moment: decide(hour(9), [ANNA], [ANNA], records, Purpose.MODEL_TRAINING, regimes=RULES, now=hour(moment))
        for moment in (9, 10)
    }
    assert [at[9].reason, at[10].reason] == [Reason.GRANTED, Reason.LAPSED]


def test_who_consented_at_the_event_must_be_who_consents_now() -> None:
    records = [
        ConsentRecord(ANNA, Purpose.MODEL_TRAINING, GRANT, hour(8), "DE", "old"),
        ConsentRecord(PHONE, Purpose.MODEL_TRAINING, GRANT, hour(11), "DE", "new"),
    ]
    both = [ANNA, PHONE]
    decision = decide(hour(9), both, both, records, Purpose.MODEL_TRAINING, regimes=RULES, now=hour(20))
    assert decision.reason is Reason.LAPSED


def test_a_moment_not_given_is_after_every_policy() -> None:
    records = [ConsentRecord(ANNA, Purpose.MODEL_TRAINING, GRANT, hour(8), "DE", "old")]
    assert decide(hour(9), [ANNA], [ANNA], records, Purpose.MODEL_TRAINING, regimes=RULES).reason is Reason.LAPSED


records_of_both = st.builds(
    ConsentRecord,
    st.sampled_from([ANNA, PHONE]),
    st.just(Purpose.MODEL_TRAINING),
    statuses,
    hours,
    jurisdictions,
    versions,
)


@given(st.lists(records_of_both), st.sampled_from([ANNA, PHONE]), hours, jurisdictions, versions, hours, hours)
def test_a_further_no_never_makes_a_yes(
    records: list[ConsentRecord],
    who: Identity,
    at: datetime,
    jurisdiction: str,
    version: str,
    event_at: datetime,
    now: datetime,
) -> None:
    both, purpose = [ANNA, PHONE], Purpose.MODEL_TRAINING
    denial = ConsentRecord(who, purpose, DENIAL, at, jurisdiction, version)
    before = decide(event_at, both, both, records, purpose, regimes=RULES, now=now)
    after = decide(event_at, both, both, [*records, denial], purpose, regimes=RULES, now=now)
    assert before.allowed or not after.allowed


@given(answers, st.lists(hours, min_size=2, max_size=2).map(sorted))
def test_time_alone_revives_no_denial_and_no_lapsed_yes(answer: Answer, moments: list[datetime]) -> None:
    earlier, later = moments
    if answer.at <= earlier and voice_of(answer, RULES, earlier) is not Voice.YES:
        assert voice_of(answer, RULES, later) is not Voice.YES
