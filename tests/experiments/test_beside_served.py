"""A file is no authority on what was counted under a salt: what servers ran is."""

from dataclasses import replace
from datetime import timedelta

from experiments.beside_served import faults_beside, warnings_beside
from experiments.definition import Guardrail, Metric
from tests.experiments.definitions import a_test

SERVED = a_test(guardrails=(Guardrail(Metric.OPT_OUTS, 0.001), Guardrail(Metric.LATENCY, 10.0)), end_bucket=500)
LAX = replace(SERVED, guardrails=(Guardrail(Metric.LATENCY, 12.0),))
STRICT = replace(SERVED, guardrails=(*SERVED.guardrails, Guardrail(Metric.MUTERS, 0.001)))


def test_everything_that_must_stay_is_told_at_once() -> None:
    test = replace(SERVED, alpha=0.2, control="new")
    told = [f"{fault.field} {fault.description}" for fault in faults_beside(SERVED, test, decides=False)]
    assert told == [
        "ranker-2.control is new where servers run control",
        "ranker-2.alpha is 0.2 where servers run 0.05",
    ]


def test_what_may_change_is_no_fault_and_is_told() -> None:
    test = replace(LAX, end_bucket=600, ends_at=SERVED.ends_at + timedelta(days=1))
    assert faults_beside(SERVED, test, decides=False) == []
    assert warnings_beside(SERVED, test) == [
        "The file has traffic [0, 60] where servers run [0, 50].",
        "The file has ends 2026-12-23 where servers run 2026-12-22.",
        "The file has guardrails.opt_outs false where servers run 0.001.",
        "The file has guardrails.latency 12 where servers run 10.",
    ]


def test_nothing_is_decided_by_weaker_guardrails_than_those_that_ran() -> None:
    faults = faults_beside(SERVED, LAX, decides=True)
    assert [fault.field for fault in faults] == ["ranker-2.guardrails.opt_outs", "ranker-2.guardrails.latency"]
    assert faults_beside(SERVED, STRICT, decides=True) == []


def test_of_the_same_test_there_is_nothing_to_tell() -> None:
    assert (faults_beside(SERVED, SERVED, decides=True), warnings_beside(SERVED, SERVED)) == ([], [])
