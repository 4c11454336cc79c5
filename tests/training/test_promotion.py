"""Promotion through the gate, in a real registry: what is refused, what is forced, and what is written down."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from models.bundle.manifest import FINGERPRINT_TAG
from tests.training.trained import write_pairs
from training.promotion import Promotion, promote_through_gate
from training.tracking import connect

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)

GOOD = {
    "published/NDCG_at_10": 0.32,
    "published/NDCG_at_10_low": 0.31,
    "published/NDCG_at_10_high": 0.33,
    "published/coverage_at_10": 0.5,
    "published_minus/popularity/NDCG_at_10": 0.2,
    "published_minus/popularity/NDCG_at_10_high": 0.22,
    "calibration/ece": 0.01,
}
"""Figures of a run that was compared with popularity alone."""


class Registry:
    """A store with runs and versions written by hand, so that no model has to be logged."""

    def __init__(self, tracking_uri: str, directory: Path) -> None:
        self.client: MlflowClient = connect(tracking_uri)
        self._uri, self._directory = tracking_uri, directory
        self.client.create_registered_model("shop")
        self._experiment = self.client.create_experiment("shop", artifact_location=(directory / "runs").as_uri())

    def register(self, metrics: Mapping[str, float], *, min_shoppers: int = 5, **tags: str) -> int:
        run = self.client.create_run(self._experiment)
        self.client.log_batch(
            run.info.run_id,
            metrics=[Metric(name, value, 0, 0) for name, value in metrics.items()],
            params=[Param("k", "10"), Param("min_shoppers", str(min_shoppers))],
        )
        bundle = self._directory / run.info.run_id / "bundle"
        fingerprint = write_pairs(bundle)
        self.client.log_artifacts(run.info.run_id, str(bundle), "model/artifacts/bundle")
        source = f"{run.info.artifact_uri}/model"
        described = {FINGERPRINT_TAG: fingerprint, **tags}
        return int(self.client.create_model_version("shop", source, run.info.run_id, tags=described).version)

    def promote(self, version: int, *, alias: str = "champion", forced: str | None = None) -> Promotion:
        return promote_through_gate(
            "shop", str(version), alias=alias, tracking_uri=self._uri, forced=forced, clock=lambda: NOW
        )

    @property
    def champion(self) -> int | None:
        number = self.client.get_registered_model("shop").aliases.get("champion")
        return None if number is None else int(number)

    def tags(self, version: int) -> dict[str, str]:
        """Those of the version, which the run must have too."""
        found = self.client.get_model_version("shop", str(version))
        of_run = self.client.get_run(found.run_id).data.tags
        tags = {name: value for name, value in found.tags.items() if name.startswith("promot")}
        assert tags.items() <= of_run.items()
        return tags


@pytest.fixture
def registry(tracking_uri: str, tmp_path: Path) -> Registry:
    return Registry(tracking_uri, tmp_path)


def test_a_version_that_passes_becomes_champion_and_that_is_written_down(registry: Registry) -> None:
    version = registry.register(GOOD)
    promotion = registry.promote(version)
    assert promotion.verdict is not None
    assert promotion.verdict.passed, promotion.verdict
    assert registry.champion == version
    assert registry.tags(version) == {
        "promoted_to": "champion",
        "promoted_over": "none",
        "promoted_at": "2026-07-01T12:00:00+00:00",
        "promotion_gate": "passed",
    }


def test_a_worse_version_is_refused_and_the_champion_stays(registry: Registry) -> None:
    first = registry.register(GOOD)
    registry.promote(first)
    worse = {
        "published_minus/champion/NDCG_at_10": -0.02,
        "published_minus/champion/NDCG_at_10_high": -0.01,
        "champion/coverage_at_10": 0.5,
    }
    second = registry.register(GOOD | worse, compared_with=str(first), comparison="Fair.", comparison_is_fair="true")
    promotion = registry.promote(second)
    assert promotion.moved is None
    assert promotion.verdict is not None
    assert promotion.verdict.failed == ("relevance",)
    assert registry.champion == first
    assert registry.tags(second) == {}


def test_a_missing_figure_refuses(registry: Registry) -> None:
    version = registry.register({name: value for name, value in GOOD.items() if name != "calibration/ece"})
    promotion = registry.promote(version)
    assert promotion.verdict is not None
    assert promotion.verdict.failed == ("calibration",)
    assert registry.champion is None


def test_force_promotes_and_writes_down_why_and_what_failed(registry: Registry) -> None:
    registry.promote(registry.register(GOOD))
    version = registry.register(GOOD | {"calibration/ece": 0.3}, min_shoppers=2)
    promotion = registry.promote(version, forced="the old one shows what is sold out")
    assert (registry.champion, promotion.forced) == (version, "the old one shows what is sold out")
    assert registry.tags(version) == {
        "promoted_to": "champion",
        "promoted_over": "1",
        "promoted_at": "2026-07-01T12:00:00+00:00",
        "promotion_gate": "forced",
        "promotion_forced": "the old one shows what is sold out",
        "promotion_failed_rules": "calibration,floors",
    }


def test_nothing_is_forced_where_the_gate_passes(registry: Registry) -> None:
    version = registry.register(GOOD)
    assert registry.promote(version, forced="to be sure").forced is None
    assert "promotion_forced" not in registry.tags(version)


def test_the_champion_of_now_is_what_counts_not_that_of_the_training(registry: Registry) -> None:
    registry.promote(registry.register(GOOD))
    better = {name: value + 0.2 for name, value in GOOD.items() if name.startswith("published/")}
    registry.promote(registry.register(GOOD | better))
    assert registry.champion == 2
    promotion = registry.promote(registry.register(GOOD))  # trained when there was none
    assert promotion.verdict is not None
    assert promotion.verdict.failed == ("relevance", "coverage")
    assert "not compared with version 2" in promotion.verdict.rules[0].says


def test_a_bundle_that_was_changed_fails_the_floors(registry: Registry) -> None:
    version = registry.register(GOOD)
    registry.client.set_model_version_tag("shop", str(version), FINGERPRINT_TAG, "0" * 64)
    promotion = registry.promote(version)
    assert promotion.verdict is not None
    assert promotion.verdict.failed == ("floors",)


def test_a_version_without_a_run_fails_every_rule_but_what_its_bundle_says(registry: Registry) -> None:
    registry.client.create_model_version("shop", "file:///nowhere")
    promotion = registry.promote(1)
    assert promotion.verdict is not None
    assert promotion.verdict.failed == ("relevance", "calibration", "floors", "coverage")


def test_other_aliases_pass_by_the_gate_and_are_written_down(registry: Registry) -> None:
    version = registry.register({})
    promotion = registry.promote(version, alias="shadow")
    assert promotion.verdict is None
    assert registry.tags(version)["promoted_to"] == "shadow"
    assert registry.champion is None


def test_the_champion_is_not_judged_again(registry: Registry) -> None:
    version = registry.register(GOOD)
    registry.promote(version)
    again = registry.promote(version)
    assert again.verdict is None
    assert again.moved is not None
    assert again.moved.before == version
    assert registry.tags(version)["promoted_over"] == "none"


HARM = "shopkeeper.experiment.may.harms"


def test_a_version_that_a_test_found_harm_in_is_refused_whatever_the_gate_says(registry: Registry) -> None:
    version = registry.register(GOOD, **{HARM: "true", "shopkeeper.experiment.may.name": "ranker-2"})
    promotion = registry.promote(version)
    assert promotion.verdict is not None
    assert promotion.verdict.passed
    assert (promotion.moved, [outcome.test for outcome in promotion.harmful]) == (None, ["ranker-2"])
    assert registry.champion is None


def test_harm_that_another_test_did_not_find_is_harm_all_the_same(registry: Registry) -> None:
    reports = {"may": ("true", "2026-06-01"), "june": ("false", "2026-07-01")}
    tags: dict[str, str] = {}
    for salt, (harms, at) in reports.items():
        tags |= {f"shopkeeper.experiment.{salt}.harms": harms, f"shopkeeper.experiment.{salt}.reported_at": at}
    promotion = registry.promote(registry.register(GOOD, **tags))
    assert [outcome.salt for outcome in promotion.outcomes] == ["june", "may"]
    assert [outcome.salt for outcome in promotion.harmful] == ["may"]
    assert promotion.moved is None


def test_harm_is_passed_by_force_alone_and_that_is_written_down(registry: Registry) -> None:
    version = registry.register(GOOD, **{HARM: "true"})
    assert registry.promote(version, forced="the test was of another season").forced is not None
    assert registry.champion == version
    tags = registry.tags(version)
    assert (tags["promotion_gate"], tags["promotion_failed_rules"]) == ("forced", "none")
    assert tags["promotion_objections"] == "the test may found that version 1 does harm"


def test_the_same_bundle_under_another_number_does_the_same_harm(registry: Registry) -> None:
    registry.register(GOOD, **{HARM: "true"})
    again = registry.promote(registry.register(GOOD))
    assert again.moved is None
    assert [outcome.version for outcome in again.harmful] == [1]


def test_tests_that_found_no_harm_are_told_and_hinder_nothing(registry: Registry) -> None:
    promotion = registry.promote(registry.register(GOOD, **{HARM: "false"}))
    assert (len(promotion.outcomes), promotion.harmful) == (1, ())
    assert registry.champion == 1


def test_a_harmful_version_may_have_another_alias(registry: Registry) -> None:
    promotion = registry.promote(registry.register(GOOD, **{HARM: "true"}), alias="shadow")
    assert promotion.moved is not None
    assert len(promotion.outcomes) == 1
