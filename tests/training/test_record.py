"""The record of a run: all that decides a model, what was left out, and nobody."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.training.assessed import IMPORTANCE, assessed_result_in
from tests.training.trained import REPORT, evaluation, inputs_in, result_in
from training.gate import CALIBRATION_ERROR
from training.ingest import Inputs
from training.record import headline_of, metrics_of, params_of, write_files
from training.settings import read_settings


def test_settings_inputs_and_fingerprints_are_parameters(tmp_path: Path) -> None:
    result = result_in(tmp_path)
    params = params_of(result, inputs_in(tmp_path))
    expected = {
        "seed": "3",
        "min_shoppers": "4",
        "input.source": "native",
        "input.events": str(tmp_path / "events.parquet"),
        "fingerprint_events": REPORT.events_fingerprint,
        "fingerprint_consent": REPORT.consent_fingerprint,
        "fingerprint_used": REPORT.used_fingerprint,
        "fingerprint_bundle": result.fingerprint,
    }
    assert expected.items() <= params.items()


def test_each_generator_and_its_settings_are_parameters(tmp_path: Path) -> None:
    result = result_in(tmp_path)
    params = params_of(result, inputs_in(tmp_path))
    assert params["generators"].split(",") == [generator.name for generator in result.settings.generators]
    nested = result.settings.as_dict()["relations"]
    assert {f"relations.{name}" for name in nested} <= params.keys()


def test_a_path_that_was_not_given_is_no_parameter(tmp_path: Path) -> None:
    assert "input.identities" not in params_of(result_in(tmp_path), inputs_in(tmp_path))


def test_a_relative_path_is_recorded_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    params = params_of(result_in(tmp_path), Inputs(Path("events.parquet"), None, None, None))
    assert params["input.events"] == str(tmp_path / "events.parquet")


def test_the_ledger_is_recorded_without_a_password(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path, None, None, None, ledger="postgresql://shop:secret@host/state", keys=tmp_path / "keys")
    params = params_of(result_in(tmp_path), inputs)
    assert (params["input.ledger"], params["input.keys"]) == ("postgresql://shop@host/state", str(tmp_path / "keys"))
    assert "secret" not in str(params)


def test_rules_and_their_moment_are_recorded(tmp_path: Path) -> None:
    result = result_in(tmp_path)
    assert not {"as_of", "fingerprint_rules"} & params_of(result, inputs_in(tmp_path)).keys()
    ruled = replace(result.ingest, as_of="2026-03-01", rules_fingerprint="r" * 64)
    params = params_of(replace(result, ingest=ruled), replace(inputs_in(tmp_path), privacy_rules=tmp_path / "p.yaml"))
    assert (params["as_of"], params["fingerprint_rules"]) == ("2026-03-01", "r" * 64)
    assert params["input.privacy_rules"] == str(tmp_path / "p.yaml")


def test_figures_come_with_the_ends_of_their_intervals(tmp_path: Path) -> None:
    metrics = metrics_of(result_in(tmp_path))
    assert metrics["ranker/NDCG_at_10"] == pytest.approx(0.3)
    assert metrics["ranker/NDCG_at_10_low"] == pytest.approx(0.29)
    assert metrics["ranker/NDCG_at_10_high"] == pytest.approx(0.31)
    assert metrics["ranker_minus/popularity/HR_at_10"] == pytest.approx(0.2)


def test_left_out_and_quarantined_are_counted_by_reason(tmp_path: Path) -> None:
    metrics = metrics_of(result_in(tmp_path))
    assert metrics["events_read"] == 100
    assert metrics["events_used/purchase"] == 30
    assert metrics["excluded/denied"] == 20
    assert metrics["quarantined/quantity is not a whole number above 0"] == 7
    assert metrics["published/pairs_below_floor"] == 2


def test_a_training_without_figures_still_has_counts(tmp_path: Path) -> None:
    metrics = metrics_of(result_in(tmp_path, scored=False))
    assert metrics["excluded/never_asked"] == 3
    assert not any(name.startswith("ranker") for name in metrics)


def test_the_headline_is_what_is_shown() -> None:
    assert headline_of(evaluation(ranker=0.3, published=0.28, popularity=0.1))["NDCG_at_10"] == "0.2800"


def test_the_settings_file_reads_back_as_the_same_settings(tmp_path: Path) -> None:
    result = result_in(tmp_path)
    write_files(result, tmp_path)
    assert read_settings(tmp_path / "training.yaml") == result.settings
    assert yaml.safe_load((tmp_path / "training.yaml").read_text())["seed"] == 3


def test_the_report_and_the_figures_are_files(tmp_path: Path) -> None:
    result = result_in(tmp_path)
    write_files(result, tmp_path)
    assert json.loads((tmp_path / "ingest.json").read_text())["n_excluded"] == {"denied": 20, "never_asked": 3}
    assert json.loads((tmp_path / "evaluation.json").read_text())["n_orders"] == 150


def test_how_far_to_trust_the_probabilities_is_a_metric(tmp_path: Path) -> None:
    result = assessed_result_in(tmp_path)
    assert result.assessment is not None
    metrics = metrics_of(result)
    assert metrics[CALIBRATION_ERROR] == result.assessment.reliability.error.value > 0
    assert metrics["risk_coverage/gain_at_half"] == result.assessment.risk_coverage.gain_at_half.value
    assert metrics["placement/cart/min_probability"] == 0.45
    assert CALIBRATION_ERROR not in metrics_of(replace(result, assessment=None))


def test_the_assessment_is_a_file(tmp_path: Path) -> None:
    result = assessed_result_in(tmp_path)
    write_files(result, tmp_path)
    assert result.assessment is not None
    assert json.loads((tmp_path / "assessment.json").read_text()) == json.loads(json.dumps(result.assessment.as_dict()))


def test_the_ranker_and_what_it_looks_at_are_files(tmp_path: Path) -> None:
    write_files(replace(assessed_result_in(tmp_path), trees={"lambdarank": "tree\nversion=v4\n"}), tmp_path)
    assert (tmp_path / "ranker-lambdarank.txt").read_text() == "tree\nversion=v4\n"
    importance = json.loads((tmp_path / "importance.json").read_text())
    assert [(one["name"], one["gain_share"]) for one in importance] == [
        (one.name, one.gain_share) for one in IMPORTANCE
    ]


def test_what_a_training_lacks_has_no_file(tmp_path: Path) -> None:
    write_files(result_in(tmp_path, scored=False), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"bundle", "training.yaml", "ingest.json"}
