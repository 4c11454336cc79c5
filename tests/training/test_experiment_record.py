"""What a test found is kept with its arms' versions and in a run, and read back from there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.training.definitions import DEFINITION
from training.experiment_record import Outcome, outcomes_in, record
from training.experiment_result import CONTROL, TREATMENT, ArmResult, ExperimentResult
from training.tracking import RegistryError, connect

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ARMS = (
    ArmResult("now", 1, CONTROL, "", 100),
    ArmResult("new", 2, TREATMENT, "+0.5 % (+0.1 % to +0.9 %)", 101, 0.005, 0.001, 0.009, True, "opt_outs +2 pp"),
    ArmResult("none", None, TREATMENT, "-1.0 % (-1.2 % to -0.8 %)", 99, -0.01, -0.012, float("inf")),
)
RESULT = ExperimentResult(DEFINITION, "stop for harm", ARMS, '{"verdict": "stop for harm"}', "<h1>Stop</h1>")


@pytest.fixture
def client(tracking_uri: str) -> MlflowClient:
    """A registry with shop 1 and 2."""
    client = connect(tracking_uri)
    client.create_registered_model("shop")
    for _ in range(2):
        client.create_model_version("shop", "file:///nowhere")
    return client


@pytest.fixture
def recorded(client: MlflowClient, tracking_uri: str) -> Callable[..., str]:
    """Records a result; the id of its run."""

    def record_it(result: ExperimentResult = RESULT, now: datetime = NOW) -> str:
        assert client is not None
        return record(result, model="shop", tracking_uri=tracking_uri, clock=lambda: now).run_id

    return record_it


def outcomes(client: MlflowClient, version: int) -> list[Outcome]:
    return outcomes_in(client.get_model_version("shop", str(version)))


def test_each_version_says_what_it_was_and_what_was_found(client: MlflowClient, recorded: Callable[..., str]) -> None:
    run_id = recorded()
    (of_new,) = outcomes(client, 2)
    assert of_new == Outcome(
        "ranker-2",
        "ranker-2.may",
        2,
        TREATMENT,
        "stop for harm",
        harms=True,
        difference="+0.5 % (+0.1 % to +0.9 %)",
        reported_at="2026-07-01T12:00:00+00:00",
        run_id=run_id,
        decided_by="click_rate",
        harm="opt_outs +2 pp",
        harmed_at="2026-07-01T12:00:00+00:00",
    )
    assert client.get_model_version("shop", "2").tags["shopkeeper.experiment.ranker-2.may.verdict"] == "stop for harm"
    (of_control,) = outcomes(client, 1)
    assert (of_control.role, of_control.verdict, of_control.harms) == (CONTROL, "stop for harm", False)


def test_the_run_has_the_definition_the_figures_and_the_report(
    client: MlflowClient, recorded: Callable[..., str], tmp_path: Path
) -> None:
    run_id = recorded()
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert client.get_experiment(run.info.experiment_id).name == "shop experiments"
    assert run.data.params["arm/new"] == "version:2, weight 1"
    assert (run.data.params["share"], run.data.params["guardrails"]) == ("0.5", "opt_outs +0.001")
    assert run.data.metrics == {
        "now/units": 100,
        "new/units": 101,
        "new/difference": 0.005,
        "new/difference_low": 0.001,
        "new/difference_high": 0.009,
        "none/units": 99,
        "none/difference": -0.01,
        "none/difference_low": -0.012,
    }
    for name, text in {"report.json": RESULT.report_json, "report.html": RESULT.report_html}.items():
        assert Path(client.download_artifacts(run_id, name, str(tmp_path))).read_text(encoding="utf-8") == text


def test_a_later_report_takes_the_earlier_ones_place_and_both_runs_stay(
    client: MlflowClient, recorded: Callable[..., str]
) -> None:
    fine = replace(RESULT, verdict="ship", arms=tuple(replace(arm, harms=False, harm="") for arm in ARMS))
    first = recorded(replace(fine, verdict="keep running"))
    second = recorded(fine, datetime(2026, 7, 2, tzinfo=UTC))
    (outcome,) = outcomes(client, 2)
    assert (outcome.verdict, outcome.harms, outcome.run_id) == ("ship", False, second)
    assert [client.get_run(run_id).info.status for run_id in (first, second)] == ["FINISHED", "FINISHED"]


def test_tests_are_told_apart_by_salt_and_the_latest_is_first(
    client: MlflowClient, recorded: Callable[..., str]
) -> None:
    recorded()
    again = replace(RESULT, definition=replace(DEFINITION, salt="ranker-2.june"))
    recorded(again, datetime(2026, 8, 1, tzinfo=UTC))
    assert [outcome.salt for outcome in outcomes(client, 2)] == ["ranker-2.june", "ranker-2.may"]


def test_a_version_that_was_compared_with_itself_does_no_harm(
    client: MlflowClient, recorded: Callable[..., str]
) -> None:
    recorded(replace(RESULT, arms=(ARMS[0], replace(ARMS[1], version=1))))
    (outcome,) = outcomes(client, 1)
    assert (outcome.role, outcome.harms) == ("control, treatment", False)


def test_an_alias_that_moved_in_the_test_takes_no_harm_off_the_version_it_moved_to(
    client: MlflowClient, recorded: Callable[..., str]
) -> None:
    recorded(replace(RESULT, arms=(*ARMS, replace(ARMS[0], version=2))))
    (outcome,) = outcomes(client, 2)
    assert (outcome.role, outcome.harms) == ("treatment, control", True)


def test_a_version_that_was_deleted_is_named_in_the_run_and_the_others_are_marked(
    client: MlflowClient, recorded: Callable[..., str]
) -> None:
    client.delete_model_version("shop", "1")
    run_id = recorded()
    assert client.get_run(run_id).data.tags["shopkeeper.experiment.absent_versions"] == "1"
    assert len(outcomes(client, 2)) == 1


@pytest.mark.usefixtures("client")
def test_a_model_that_is_not_there_is_told_and_leaves_no_run(tracking_uri: str) -> None:
    with pytest.raises(RegistryError, match="no model shoop; it holds: shop"):
        record(RESULT, model="shoop", tracking_uri=tracking_uri)
    assert connect(tracking_uri).get_experiment_by_name("shoop experiments") is None


def test_a_recording_that_breaks_off_is_a_failed_run(
    client: MlflowClient, recorded: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(MlflowClient, "log_text", broken)
    with pytest.raises(OSError, match="disk full"):
        recorded()
    experiment = client.get_experiment_by_name("shop experiments")
    assert experiment is not None
    assert [run.info.status for run in client.search_runs([experiment.experiment_id])] == ["FAILED"]
    assert outcomes(client, 2) == []
