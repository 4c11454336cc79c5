"""Training after training for the champion's place, in a real registry: which gets it, and what is written down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

import training.publish
from models.candidates import Candidates
from tests.training.trained import ITEMS, evaluation, inputs_in, result_in
from training.champion import Champion, champion_lists
from training.fetching import fetch_champion
from training.holdout import Holdout
from training.publish import Published, publish
from training.result import TrainingResult
from training.settings import TrainingSettings
from training.tracking import connect

TEST_S = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())


def trained(directory: Path, name: str, **ndcg: float) -> TrainingResult:
    """A result with the given NDCG of the published lists, and with holdout lists of lamp on camera's page."""
    lists = Candidates(np.array([0, 0, 0, 1, 1, 1]), ITEMS.indices_of(["lamp"]), np.array([0.5], np.float32))
    figures = evaluation(ranker=0.3, **ndcg)
    ours = {
        method: {metric: replace(figure, value=0.0) for metric, figure in table.items()}
        for method, table in figures.differences.items()
    }
    for method, table in ours.items():
        lead = ndcg["published"] - ndcg.get(method, 0.3)
        ours[method] = {
            metric: replace(figure, value=lead, low=lead - 0.01, high=lead + 0.01) for metric, figure in table.items()
        }
    return replace(
        result_in(directory, name=name),
        settings=TrainingSettings(min_shoppers=5),
        evaluation=replace(figures, published_differences=ours),
        holdout=Holdout(ITEMS, lists, TEST_S),
    )


@dataclass(frozen=True, slots=True)
class Story:
    """Trainings one after the other, made once because each publishing takes seconds.

    Attributes:
        client: Of the store they went to.
        found_by_first: The champion that the first found.
        found_by_next: The champion that all after it found.
        first: Published with nothing there yet, worse than popularity.
        worse: Published worse than the champion.
        unaware: Published good, and compared with nothing.
        champion_before_force: The champion's version then.
        forced: Published worse than the champion by force.
    """

    client: MlflowClient
    found_by_first: Champion | None
    found_by_next: Champion
    first: Published
    worse: Published
    unaware: Published
    champion_before_force: int
    forced: Published


@pytest.fixture(scope="module", autouse=True)
def _calibrated() -> Iterator[None]:
    """Every run has a small calibration error."""
    metrics_of = training.publish.metrics_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.publish, "metrics_of", lambda result: metrics_of(result) | {"calibration/ece": 0.01})
        yield


def champion_of(client: MlflowClient) -> int:
    return int(client.get_registered_model("shop").aliases["champion"])


@pytest.fixture(scope="module")
def story(
    _calibrated: None, make_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    directory = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)  # what MLflow writes to the working directory must not land in the checkout
        uri = make_store(directory)

        def published(name: str, champion: Champion | None, forced: str | None = None, /, **ndcg: float) -> Published:
            return publish(
                trained(directory, name, **ndcg),
                inputs_in(directory),
                model="shop",
                alias="champion",
                tracking_uri=uri,
                champion=champion,
                forced=forced,
            )

        client = connect(uri)
        none = fetch_champion("shop", directory / "none", tracking_uri=uri)
        first = published("first", none, published=0.1, popularity=0.2)
        champion = fetch_champion("shop", directory / "champion", tracking_uri=uri)
        assert champion is not None
        yield Story(
            client,
            none,
            champion,
            first,
            worse=published("worse", champion, published=0.1, champion=0.2, popularity=0.05),
            unaware=published("unaware", None, published=0.3, popularity=0.05),
            champion_before_force=champion_of(client),
            forced=published("forced", champion, "a trial", published=0.1, champion=0.2, popularity=0.05),
        )


def test_the_first_gets_it_whatever_the_gate_says_as_nothing_else_would_be_served(story: Story) -> None:
    assert story.found_by_first is None
    assert (story.first.alias, story.first.withheld) == ("champion", None)
    assert story.first.verdict is not None
    assert story.first.verdict.failed == ("relevance",)


def test_what_the_gate_said_of_the_first_is_written_down(story: Story) -> None:
    tags = story.client.get_model_version("shop", "1").tags
    assert (tags["gate"], tags["gate_failed"], tags["compared_with"]) == ("failed", "relevance", "none")
    assert tags["promotion_gate"] == "failed, first champion"


def test_the_next_training_finds_the_champions_bundle_and_its_holdout_lists(story: Story) -> None:
    champion = story.found_by_next
    assert (champion.version, champion.unread) == (1, ())
    assert champion.bundle is not None
    lists = champion_lists(champion, ITEMS, TEST_S)
    assert lists is not None
    assert lists.item.tolist() == [ITEMS.index_of("lamp")]


def test_a_worse_one_is_registered_and_the_champion_stays(story: Story) -> None:
    worse = story.worse
    assert (worse.version, worse.alias, worse.withheld, worse.replaced) == (2, None, 1, None)
    assert story.champion_before_force == 1
    assert {"gate.json", "holdout"} <= {file.path for file in story.client.list_artifacts(worse.run_id)}


def test_one_that_was_compared_with_nothing_does_not_get_it_good_as_it_may_look(story: Story) -> None:
    assert story.unaware.verdict is not None
    assert story.unaware.verdict.passed
    assert (story.unaware.alias, story.unaware.withheld) == (None, 1)
    assert story.champion_before_force == 1


def test_a_worse_one_gets_it_by_force_and_that_is_written_down(story: Story) -> None:
    forced = story.forced
    assert (forced.alias, forced.withheld, forced.replaced, forced.forced) == ("champion", None, 1, "a trial")
    assert champion_of(story.client) == forced.version == 4
    tags = story.client.get_model_version("shop", "4").tags
    assert (tags["promotion_forced"], tags["promotion_failed_rules"]) == ("a trial", "relevance,coverage")


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"shopkeeper.experiment.may.harms": "true"}, "the test may found that version 1 does harm"),
        (
            {"rolled_back_at": "2026-07-01", "rolled_back_from": "champion"},
            "version 1, which is the same bundle, was rolled back",
        ),
    ],
)
def test_no_training_brings_back_the_bundle_of_a_version_that_was_taken_off(
    tracking_uri: str,
    tmp_path: Path,
    tags: Mapping[str, str],
    told: str,
) -> None:
    client = connect(tracking_uri)

    def published(name: str, alias: str, forced: str | None = None) -> Published:
        result = trained(tmp_path, name, published=0.3, popularity=0.05)
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
