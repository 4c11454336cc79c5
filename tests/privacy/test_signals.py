"""What is allowed for one request, by what stands on record and by what came with it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.consent import Answer, Decision, Purpose, Reason, Status, Voice
from privacy.regimes import PolicyVersion, Regime, Regimes
from privacy.rules import Rules, TcfRules
from privacy.signals import Signals, decide_each, decide_now, tcf_voice
from tests.privacy.consent_strings import MADE, NOW, US, Core

REGIMES = Regimes(
    {"US": Regime.OPT_OUT},
    (PolicyVersion("old", datetime(2025, 1, 1, tzinfo=UTC)), PolicyVersion("new", MADE, older_lapse=True)),
)
RULES = Rules(REGIMES, tcf=TcfRules(enabled=True, vendor_id=US))
UNUSED = Rules(REGIMES, tcf=TcfRules(enabled=False, vendor_id=US))
NOBODY = Rules(REGIMES)

SHOW = Purpose.PERSONALISATION
BEFORE = NOW - timedelta(days=1)
YES = Answer(Status.GRANTED, BEFORE, "DE", "new")
NO = Answer(Status.DENIED, BEFORE, "DE", "new")
TOLD = Answer(Status.NOTICED, BEFORE, "US", "new")
TOLD_IN_VAIN = Answer(Status.NOTICED, BEFORE, "DE", "new")
LAPSED = Answer(Status.GRANTED, BEFORE, "DE", "old")

QUIET = Signals()
GPC = Signals(global_privacy_control=True)
TCF_YES = Signals(tcf_string=Core(purposes=(1, 5, 6)).text())
TCF_NO = Signals(tcf_string=Core(purposes=(1, 5)).text())
TCF_JUNK = Signals(tcf_string="junk")

CASES: dict[str, tuple[Sequence[Answer | None], Signals, Purpose, Rules, Reason]] = {
    "a yes": ([YES], QUIET, SHOW, RULES, Reason.GRANTED),
    "a no": ([NO], QUIET, SHOW, RULES, Reason.DENIED),
    "nobody": ([], QUIET, SHOW, RULES, Reason.NO_IDENTITY),
    "nothing said": ([None], QUIET, SHOW, RULES, Reason.NEVER_ASKED),
    "one of two said nothing": ([None, YES], QUIET, SHOW, RULES, Reason.GRANTED),
    "one of two said no": ([YES, NO], QUIET, SHOW, RULES, Reason.DENIED),
    "told where silence counts": ([TOLD], QUIET, SHOW, RULES, Reason.GRANTED),
    "told where it does not": ([TOLD_IN_VAIN], QUIET, SHOW, RULES, Reason.NEVER_ASKED),
    "a yes that lapsed": ([LAPSED], QUIET, SHOW, RULES, Reason.LAPSED),
    "a yes that lapsed, and another": ([LAPSED, YES], QUIET, SHOW, RULES, Reason.GRANTED),
    "a notice elsewhere does not make it one here": (
        [TOLD_IN_VAIN],
        Signals("US"),
        SHOW,
        RULES,
        Reason.NEVER_ASKED,
    ),
    "objected, after a yes": ([YES], GPC, SHOW, RULES, Reason.GLOBAL_PRIVACY_CONTROL),
    "objected, where silence counts": ([TOLD], GPC, SHOW, RULES, Reason.GLOBAL_PRIVACY_CONTROL),
    "objected to training": ([YES], GPC, Purpose.MODEL_TRAINING, RULES, Reason.GLOBAL_PRIVACY_CONTROL),
    "objected to measurement": ([YES], GPC, Purpose.MEASUREMENT, RULES, Reason.GLOBAL_PRIVACY_CONTROL),
    "not objected to being written to": ([YES], GPC, Purpose.CONTACT, RULES, Reason.GRANTED),
    "objected, with a string that allows": (
        [],
        Signals("", True, TCF_YES.tcf_string),
        SHOW,
        RULES,
        Reason.GLOBAL_PRIVACY_CONTROL,
    ),
    "a string that allows": ([None], TCF_YES, SHOW, RULES, Reason.GRANTED),
    "a string that allows, of nobody known": ([], TCF_YES, SHOW, RULES, Reason.GRANTED),
    "a string that allows, after a no": ([NO], TCF_YES, SHOW, RULES, Reason.DENIED),
    "a string that allows, where strings are no yes": ([None], TCF_YES, SHOW, UNUSED, Reason.NEVER_ASKED),
    "a string that allows, with a yes, where strings are no yes": ([YES], TCF_YES, SHOW, UNUSED, Reason.GRANTED),
    "a string that does not allow, after a yes": ([YES], TCF_NO, SHOW, RULES, Reason.TCF_REFUSED),
    "a string that does not allow, where strings are no yes": ([YES], TCF_NO, SHOW, UNUSED, Reason.TCF_REFUSED),
    "a string that allows something else": ([YES], TCF_YES, Purpose.MEASUREMENT, RULES, Reason.TCF_REFUSED),
    "a string, and the shop is no vendor": ([YES], TCF_YES, SHOW, NOBODY, Reason.TCF_REFUSED),
    "junk for a string": ([YES], TCF_JUNK, SHOW, RULES, Reason.TCF_REFUSED),
    "junk for a string says nothing of contact": ([YES], TCF_JUNK, Purpose.CONTACT, RULES, Reason.GRANTED),
    "a string never allows contact": ([None], TCF_YES, Purpose.CONTACT, RULES, Reason.NEVER_ASKED),
}


@pytest.mark.parametrize("case", CASES)
def test_somebody_says_yes_and_nobody_no(case: str) -> None:
    answers, signals, purpose, rules, reason = CASES[case]
    assert decide_now(answers, signals, purpose, rules, NOW) == Decision(reason is Reason.GRANTED, reason)


def test_no_string_is_silence() -> None:
    assert tcf_voice(None, SHOW, RULES.tcf) is Voice.SILENT


def test_each_purpose_is_decided_by_itself() -> None:
    answers: dict[Purpose, list[Answer | None]] = {SHOW: [YES], Purpose.MEASUREMENT: [NO], Purpose.CONTACT: [None]}
    assert {purpose: one.reason for purpose, one in decide_each(answers, GPC, RULES, NOW).items()} == {
        SHOW: Reason.GLOBAL_PRIVACY_CONTROL,
        Purpose.MEASUREMENT: Reason.DENIED,
        Purpose.CONTACT: Reason.NEVER_ASKED,
    }


answers = st.builds(
    Answer,
    st.sampled_from(Status),
    st.sampled_from([BEFORE, NOW, NOW + timedelta(days=1)]),
    st.sampled_from(["", "DE", "US"]),
    st.sampled_from(["", "old", "new"]),
)
said = st.lists(st.none() | answers, max_size=3)
signals = st.builds(
    Signals,
    global_privacy_control=st.booleans(),
    tcf_string=st.sampled_from(["", "junk", TCF_YES.tcf_string, TCF_NO.tcf_string]),
)
purposes, rules = st.sampled_from(Purpose), st.sampled_from([RULES, UNUSED, NOBODY])


@given(said, answers, signals, purposes, rules)
def test_a_denial_of_anybody_is_a_no(
    standing: list[Answer | None], one: Answer, request: Signals, purpose: Purpose, by: Rules
) -> None:
    denial = Answer(Status.DENIED, one.at, one.jurisdiction, one.policy_version)
    assert decide_now([*standing, denial], request, purpose, by, NOW) == Decision(False, Reason.DENIED)


@given(said, signals, purposes, rules)
def test_an_objection_never_makes_a_yes(
    standing: list[Answer | None], request: Signals, purpose: Purpose, by: Rules
) -> None:
    objecting = Signals(request.jurisdiction, True, request.tcf_string)
    before = decide_now(standing, request, purpose, by, NOW)
    assert before.allowed or not decide_now(standing, objecting, purpose, by, NOW).allowed


@given(said, purposes, st.sampled_from(["junk", TCF_NO.tcf_string]), rules)
def test_a_string_that_is_no_consent_never_makes_a_yes(
    standing: list[Answer | None], purpose: Purpose, text: str, by: Rules
) -> None:
    before = decide_now(standing, QUIET, purpose, by, NOW)
    assert before.allowed or not decide_now(standing, Signals(tcf_string=text), purpose, by, NOW).allowed


@given(said, signals, purposes, rules, st.timedeltas(timedelta(0), timedelta(days=3650)))
def test_time_revives_no_denial(
    standing: list[Answer | None], request: Signals, purpose: Purpose, by: Rules, later: timedelta
) -> None:
    if decide_now(standing, request, purpose, by, NOW).reason is Reason.DENIED:
        assert decide_now(standing, request, purpose, by, NOW + later).reason is Reason.DENIED


@given(said, signals, purposes)
def test_who_is_allowed_said_so_or_was_told_where_that_is_enough(
    standing: list[Answer | None], request: Signals, purpose: Purpose
) -> None:
    if decide_now(standing, request, purpose, UNUSED, NOW).allowed:
        assert any(
            answer is not None
            and (answer.status is Status.GRANTED or (answer.status is Status.NOTICED and answer.jurisdiction == "US"))
            for answer in standing
        )
