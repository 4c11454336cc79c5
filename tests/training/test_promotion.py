"""Promotion through the gate, in a real registry: what is refused, what is forced, and what is written down."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param

import training.publish
from models.bundle.manifest import FINGERPRINT_TAG
from models.candidates import Candidates
from tests.training.trained import ITEMS, evaluation, inputs_in, result_in, write_pairs
from training.champion import Champion, champion_lists
from training.fetching import fetch_champion
from training.holdout import Holdout
from training.promotion import Promotion, promote_through_gate
from training.publish import Published, publish
from training.result import TrainingResult
from training.settings import TrainingSettings
from training.tracking import connect

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TEST_S = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())

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


@pytest.fixture
def trained(tmp_path: Path) -> Callable[..., TrainingResult]:
    """Makes a result with the given NDCG of the published lists, and with holdout lists of lamp on camera's page."""

    def make(name: str, **ndcg: float) -> TrainingResult:
        lists = Candidates(np.array([0, 0, 0, 1, 1, 1]), ITEMS.indices_of(["lamp"]), np.array([0.5], np.float32))
        figures = evaluation(ranker=0.3, **ndcg)
        ours = {
            method: {metric: replace(figure, value=0.0) for metric, figure in table.items()}
            for method, table in figures.differences.items()
        }
        for method, table in ours.items():
            lead = ndcg["published"] - ndcg.get(method, 0.3)
            ours[method] = {
                metric: replace(figure, value=lead, low=lead - 0.01, high=lead + 0.01)
                for metric, figure in table.items()
            }
        return replace(
            result_in(tmp_path, name=name),
            settings=TrainingSettings(min_shoppers=5),
            evaluation=replace(figures, published_differences=ours),
            holdout=Holdout(ITEMS, lists, TEST_S),
        )

    return make


@pytest.fixture
def calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run has a small calibration error."""
    metrics_of = training.publish.metrics_of
    monkeypatch.setattr(training.publish, "metrics_of", lambda result: metrics_of(result) | {"calibration/ece": 0.01})


@pytest.mark.usefixtures("calibrated")
def test_training_after_training_for_the_champions_place(
    tracking_uri: str, tmp_path: Path, trained: Callable[..., TrainingResult]
) -> None:
    """One story, because each publishing takes seconds."""
    client = connect(tracking_uri)

    def published(result: TrainingResult, champion: Champion | None, forced: str | None = None) -> Published:
        return publish(
            result,
            inputs_in(tmp_path),
            model="shop",
            alias="champion",
            tracking_uri=tracking_uri,
            champion=champion,
            forced=forced,
        )

    assert fetch_champion("shop", tmp_path / "none", tracking_uri=tracking_uri) is None

    # The first serves, whatever the gate says, as there is nothing else to serve; and what it says is written down.
    first = published(trained("first", published=0.1, popularity=0.2), None)
    assert (first.alias, first.withheld) == ("champion", None)
    assert first.verdict is not None
    assert first.verdict.failed == ("relevance",)
    tags = client.get_model_version("shop", "1").tags
    assert (tags["gate"], tags["gate_failed"], tags["compared_with"]) == ("failed", "relevance", "none")
    assert tags["promotion_gate"] == "failed, first champion"

    # The next training finds its bundle and its holdout lists.
    champion = fetch_champion("shop", tmp_path / "champion", tracking_uri=tracking_uri)
    assert champion is not None
    assert (champion.version, champion.unread) == (1, ())
    assert champion.bundle is not None
    lists = champion_lists(champion, ITEMS, TEST_S)
    assert lists is not None
    assert lists.item.tolist() == [ITEMS.index_of("lamp")]

    # A worse one is registered, and the champion stays.
    worse = published(trained("worse", published=0.1, champion=0.2, popularity=0.05), champion)
    assert (worse.version, worse.alias, worse.withheld, worse.replaced) == (2, None, 1, None)
    assert int(client.get_registered_model("shop").aliases["champion"]) == 1
    files = {file.path for file in client.list_artifacts(worse.run_id)}
    assert {"gate.json", "holdout"} <= files

    # So it does where the training was compared with nothing, good as it may look.
    unaware = published(trained("unaware", published=0.3, popularity=0.05), None)
    assert unaware.verdict is not None
    assert unaware.verdict.passed
    assert (unaware.alias, unaware.withheld) == (None, 1)

    # Unless it is forced.
    forced = published(trained("forced", published=0.1, champion=0.2, popularity=0.05), champion, "a trial")
    assert (forced.alias, forced.withheld, forced.replaced, forced.forced) == ("champion", None, 1, "a trial")
    tags = client.get_model_version("shop", "4").tags
    assert (tags["promotion_forced"], tags["promotion_failed_rules"]) == ("a trial", "relevance,coverage")
    assert int(client.get_registered_model("shop").aliases["champion"]) == 4


@pytest.mark.usefixtures("calibrated")
@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({HARM: "true"}, "the test may found that version 1 does harm"),
        (
            {"rolled_back_at": "2026-07-01", "rolled_back_from": "champion"},
            "version 1, which is the same bundle, was rolled back",
        ),
    ],
)
def test_no_training_brings_back_the_bundle_of_a_version_that_was_taken_off(
    tracking_uri: str,
    tmp_path: Path,
    trained: Callable[..., TrainingResult],
    tags: Mapping[str, str],
    told: str,
) -> None:
    client = connect(tracking_uri)

    def published(name: str, alias: str, forced: str | None = None) -> Published:
        result = trained(name, published=0.3, popularity=0.05)
        return publish(result, inputs_in(tmp_path), model="shop", alias=alias, tracking_uri=tracking_uri, forced=forced)

    published("first", "challenger")
    for name, value in tags.items():
        client.set_model_version_tag("shop", "1", name, value)
    again = published("again", "champion")
    assert again.verdict is not None
    assert again.verdict.passed
    assert (again.alias, again.objections) == (None, (told,))
    assert "champion" not in client.get_registered_model("shop").aliases

    forced = published("forced", "champion", "a trial")
    assert (forced.alias, forced.forced) == ("champion", "a trial")
    assert client.get_model_version("shop", "3").tags["promotion_objections"] == told
