"""Harm that a report of a test found stays with the version, whatever a later one finds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from mlflow import MlflowClient

from tests.training.definitions import DEFINITION
from training.experiment_record import Outcome, Recorded, outcomes_in, record
from training.experiment_result import CONTROL, TREATMENT, ArmResult, ExperimentResult
from training.tracking import connect

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HARMED = ArmResult("new", 2, TREATMENT, "+5 %", 100, harms=True, harm="opt_outs +1.9 pp")
HARM = ExperimentResult(DEFINITION, "stop for harm", (ArmResult("now", 1, CONTROL, "", 100), HARMED), "{}", "")
FINE = replace(HARM, verdict="ship", arms=(HARM.arms[0], replace(HARMED, harms=False, harm="")))
PREFIX = "shopkeeper.experiment.ranker-2.may"


@pytest.fixture
def client(tracking_uri: str) -> MlflowClient:
    """A registry with shop 1 and 2."""
    client = connect(tracking_uri)
    client.create_registered_model("shop")
    for _ in range(2):
        client.create_model_version("shop", "file:///nowhere")
    return client


def recorded(client: MlflowClient, result: ExperimentResult, days: int) -> Recorded:
    at = NOW + timedelta(days=days)
    return record(result, model="shop", tracking_uri=client.tracking_uri, clock=lambda: at)


def outcome_of(client: MlflowClient, version: int) -> Outcome:
    (outcome,) = outcomes_in(client.get_model_version("shop", str(version)))
    return outcome


def test_a_better_verdict_takes_no_harm_off_a_version_and_says_so(client: MlflowClient) -> None:
    assert recorded(client, HARM, 0).still_harmful == ()
    assert recorded(client, FINE, 1).still_harmful == (2,)
    outcome = outcome_of(client, 2)
    assert (outcome.verdict, outcome.harms, outcome.harm, outcome.is_taken_back) == (
        "ship",
        True,
        "opt_outs +1.9 pp",
        True,
    )
    assert outcome.says_harm == (
        "the test ranker-2 found that version 2 does harm: opt_outs +1.9 pp, by its report of 2026-07-01 though not by "
        "its latest"
    )
    assert outcome_of(client, 1).harms is False


def test_it_stays_for_good_and_under_another_salt_there_is_none(client: MlflowClient) -> None:
    recorded(client, HARM, 0)
    recorded(client, FINE, 1)
    assert recorded(client, FINE, 2).still_harmful == (2,)
    assert outcome_of(client, 2).harmed_at == "2026-07-01T12:00:00+00:00"
    anew = replace(FINE, definition=replace(DEFINITION, salt="ranker-2.june"))
    assert recorded(client, anew, 3).still_harmful == ()
    found = outcomes_in(client.get_model_version("shop", "2"))
    assert [(outcome.salt, outcome.harms) for outcome in found] == [("ranker-2.june", False), ("ranker-2.may", True)]


def test_harm_that_is_found_again_is_as_the_latest_report_has_it(client: MlflowClient) -> None:
    recorded(client, HARM, 0)
    recorded(client, FINE, 1)
    worse = replace(HARM, arms=(HARM.arms[0], replace(HARMED, harm="opt_outs +2.5 pp")))
    assert recorded(client, worse, 2).still_harmful == ()
    outcome = outcome_of(client, 2)
    assert (outcome.harm, outcome.is_taken_back) == ("opt_outs +2.5 pp", False)
    assert outcome.says_harm == "the test ranker-2 found that version 2 does harm: opt_outs +2.5 pp"


def test_harm_that_was_recorded_without_its_day_is_of_the_report_that_found_it(client: MlflowClient) -> None:
    for field, value in {
        "harms": "true",
        "verdict": "stop for harm",
        "reported_at": "2026-06-01T00:00:00+00:00",
    }.items():
        client.set_model_version_tag("shop", "2", f"{PREFIX}.{field}", value)
    assert recorded(client, FINE, 0).still_harmful == (2,)
    outcome = outcome_of(client, 2)
    assert (outcome.harms, outcome.harmed_at, outcome.is_taken_back) == (True, "2026-06-01T00:00:00+00:00", True)
