"""Under noise a bundle is made of one private release and of the catalogue, and of nothing else that people did."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient
from rich.console import Console

import training.noisy
from cli.training_output import print_result
from models.bundle.contents import RELATIONS
from models.bundle.reading import Bundle
from models.histories import Histories
from models.noise import NoiseError, NoiseSettings, Release, Spent
from tests.training.lamps import shop_world
from tests.training.trained import inputs_in
from tests.training.worlds import Row, World, answer, event
from training.champion import NO_CHAMPION
from training.evaluation import NOISY, PUBLISHED
from training.gate import GateLimits, Standing, floor_of, judge
from training.pipeline import train
from training.publish import publish
from training.record import headline_of, metrics_of
from training.report.writing import render_report
from training.result import TrainingResult
from training.settings import TrainingSettings

SETTINGS = replace(
    TrainingSettings(),
    n_bootstrap=100,
    noise=NoiseSettings(epsilon=10, delta=1e-6, max_pairs_per_shopper=3, max_items_per_shopper=4),
)
CATALOGUE: list[Row] = [
    {"item_id": "bulb", "title": "Bulb", "category": "home/light", "price": 5.0, "available": True},
    {"item_id": "lamp", "title": "Lamp", "category": "home/light", "price": 100.0, "available": True},
    {"item_id": "peg", "title": None, "category": None, "price": None, "available": True},
    {"item_id": "tent", "title": "Tent", "category": "camp", "price": 99.0, "available": False},
    {"item_id": "stove", "title": "Stove", "category": "camp", "price": 20.0, "available": True},
]
"""All but the candle, which sells without being listed; and a stove that nobody bought."""


def trained(folder: Path, world: World, settings: TrainingSettings = SETTINGS) -> TrainingResult:
    inputs = world.write(folder / "shop")
    return train(inputs, settings, folder / "bundle", quarantine=folder / "quarantine", n_threads=1)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    """Of the lamp shop with a catalogue."""
    return trained(tmp_path_factory.mktemp("listed"), replace(shop_world(), catalogue=CATALOGUE))


@pytest.fixture(scope="module")
def unlisted(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    """Of the lamp shop without a catalogue, and with a thing that one shopper bought."""
    world = shop_world()
    once = event("once", 5, "secret", "purchase", customer_id="customer-0", order_id="once", quantity=1)
    return trained(tmp_path_factory.mktemp("unlisted"), replace(world, events=[*world.events, once]))


def list_of(bundle: Bundle, item_id: str) -> dict[str, tuple[float, str, int]]:
    """What goes with an item: probability, relation and shoppers."""
    index = bundle.index_of(item_id)
    assert index is not None
    pairs = bundle.item_pairs
    return {
        bundle.item_id(int(pairs.item[place])): (
            float(pairs.probability[place]),
            RELATIONS[pairs.relation[place]],
            int(pairs.n_shoppers[place]),
        )
        for place in range(pairs.indptr[index], pairs.indptr[index + 1])
    }


def ids_of(bundle: Bundle) -> list[str]:
    return [bundle.item_id(index) for index in range(bundle.n_items)]


def test_what_thirty_shoppers_bought_together_is_published(result: TrainingResult) -> None:
    bundle = Bundle.open(result.bundle, expected_fingerprint=result.fingerprint)
    (probability, relation, n_shoppers) = list_of(bundle, "lamp")["bulb"]
    assert probability > 0.5
    assert relation == "accessory"
    assert abs(n_shoppers - 30) < 20
    assert list_of(bundle, "bulb")["lamp"][1] == "unspecified"
    assert list_of(bundle, "tent")["peg"][1] == "complement"  # the peg has no listed price


def test_items_are_those_of_the_catalogue(result: TrainingResult) -> None:
    assert ids_of(Bundle.open(result.bundle)) == ["bulb", "lamp", "peg", "stove", "tent"]


def test_without_a_catalogue_items_are_those_that_many_bought(unlisted: TrainingResult) -> None:
    ids = ids_of(Bundle.open(unlisted.bundle))
    assert {"bulb", "lamp", "peg", "tent"} <= set(ids)
    assert "secret" not in ids
    assert b"secret" not in b"".join(path.read_bytes() for path in unlisted.bundle.iterdir())


def test_prices_that_sales_alone_tell_are_left_out(result: TrainingResult, unlisted: TrainingResult) -> None:
    assert Bundle.open(result.bundle).prices_minor.tolist() == [500, 10000, -1, 2000, 9900]
    assert set(Bundle.open(unlisted.bundle).prices_minor.tolist()) == {-1}


def fixed_release(histories: Histories, noise: NoiseSettings, *, seed: int, listed: object) -> Release:
    """As if the noise had been drawn already."""
    assert listed is not None
    place = [histories.items.index_of(item_id) for item_id in ("bulb", "lamp", "peg", "tent")]
    bulb, lamp, peg, tent = (index for index in place if index is not None)
    counts = np.zeros(histories.n_items, np.int64)
    counts[[bulb, lamp, peg, tent]] = 31, 40, -2, 25
    spent = Spent(10.0, 1e-6, 1.0, 17, 1.0, None)
    left, right = np.array([bulb, peg]), np.array([lamp, tent])
    is_released = np.array(listed, np.bool_)
    return Release(is_released, counts, left, right, np.array([30, 18]), spent)


def test_the_same_release_gives_the_same_bytes_whatever_people_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.noisy, "release", fixed_release)
    shop = replace(shop_world(), catalogue=CATALOGUE)
    # Other orders, other people, a longer time, other prices paid, views, and a thing that no list has.
    other = shop_world(n_orders=900, seed=7)
    events = [{**row, "unit_price": 1.0, "occurred_at": row["occurred_at"].replace(year=2025)} for row in other.events]
    events += [event(f"v{n}", 7_000 + n, "lamp", customer_id=f"customer-{n}") for n in range(50)]
    events += [event("odd", 9_000, "aardvark", "purchase", customer_id="customer-3", order_id="odd", quantity=1)]
    events += [
        event(f"n{n}", 9_100 + n, "stove", "purchase", customer_id="new", order_id=f"n{n}", quantity=1)
        for n in range(20)
    ]
    changed = World(events, [*(other.consent or ()), answer("customer", "new", "granted")], catalogue=CATALOGUE)
    first, second = trained(tmp_path / "first", shop), trained(tmp_path / "second", changed)
    assert first.ingest.used_fingerprint != second.ingest.used_fingerprint
    assert first.fingerprint == second.fingerprint


def test_the_probability_is_the_released_pair_over_the_released_item(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.noisy, "release", fixed_release)
    bundle = Bundle.open(trained(tmp_path, replace(shop_world(), catalogue=CATALOGUE)).bundle)
    assert list_of(bundle, "lamp")["bulb"] == (pytest.approx(30 / 40), "accessory", 30)
    assert list_of(bundle, "bulb")["lamp"][0] == pytest.approx(30 / 31)
    assert list_of(bundle, "peg")["tent"][0] == 1  # fewer bought pegs, by the noise, than pegs and tents


def test_a_released_pair_under_the_floor_is_held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.noisy, "release", fixed_release)
    made = trained(tmp_path, replace(shop_world(), catalogue=CATALOGUE), replace(SETTINGS, min_shoppers=20))
    bundle = Bundle.open(made.bundle)
    assert (list_of(bundle, "tent"), list(list_of(bundle, "lamp"))) == ({}, ["bulb"])
    assert (made.counts["pairs_released"], made.counts["pairs_below_floor"]) == (4, 2)


def test_every_released_pair_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_lamp(histories: Histories, noise: NoiseSettings, *, seed: int, listed: object) -> Release:
        told = fixed_release(histories, noise, seed=seed, listed=listed)
        told.is_released[histories.items.ids.index("lamp")] = False
        return told

    monkeypatch.setattr(training.noisy, "release", without_lamp)
    made = trained(tmp_path, replace(shop_world(), catalogue=CATALOGUE))
    names = ("pairs_released", "pairs_below_floor", "pairs_of_items_not_released", "pairs_published")
    assert [made.counts[name] for name in names] == [4, 0, 2, 2]


def test_the_manifest_tells_the_settings_and_nothing_of_what_was_read(result: TrainingResult) -> None:
    manifest = json.loads((result.bundle / "manifest.json").read_text())
    assert manifest["training"] == {"settings": json.loads(json.dumps(SETTINGS.as_dict()))}
    assert manifest["min_probability"] == {"cart": 0.25, "order_confirmation": 0.2, "product_page": 0.2}


def test_the_run_scores_the_noisy_lists_beside_the_exact_ones(result: TrainingResult) -> None:
    assert result.evaluation is not None
    assert {NOISY, PUBLISHED} <= result.evaluation.figures.keys()
    metrics = metrics_of(result)
    of_each = metrics["published/NDCG_at_10"], metrics["noisy/NDCG_at_10"]
    assert metrics["noise/cost_NDCG_at_10"] == pytest.approx(of_each[0] - of_each[1])
    low, high = metrics["noise/cost_NDCG_at_10_low"], metrics["noise/cost_NDCG_at_10_high"]
    assert low <= metrics["noise/cost_NDCG_at_10"] <= high


def test_what_was_spent_is_logged(result: TrainingResult) -> None:
    metrics = metrics_of(result)
    assert 9.99 < metrics["noise/epsilon"] <= 10
    assert 0 < metrics["noise/delta"] <= 1e-6
    assert metrics["noise/threshold"] > 1
    assert metrics["noise/pairs_released"] == result.counts["pairs_released"] / 2


def test_the_version_is_tagged_with_what_it_may_tell(tracking_uri: str, tmp_path: Path, result: TrainingResult) -> None:
    published = publish(result, inputs_in(tmp_path), model="shop", alias=None, tracking_uri=tracking_uri)
    assert result.noise is not None
    said = f"epsilon={result.noise.spent.epsilon:.6g}, delta={result.noise.spent.delta:.6g}"
    client = MlflowClient(tracking_uri, tracking_uri)
    assert client.get_model_version("shop", str(published.version)).tags["noise"] == said
    assert client.get_run(published.run_id).data.tags["noise"] == said
    assert "noise/epsilon" in client.get_run(published.run_id).data.metrics


def test_the_version_is_headed_by_the_figures_of_what_its_bundle_holds(result: TrainingResult) -> None:
    assert result.evaluation is not None
    noisy = result.evaluation.figures[NOISY]["NDCG"].value
    assert headline_of(result.evaluation)["NDCG_at_10"] == f"{noisy:.4f}"


def test_the_gate_judges_the_noisy_lists(result: TrainingResult) -> None:
    metrics = metrics_of(result) | {"noisy_minus/popularity/NDCG_at_10_high": -0.5, "noisy/coverage_at_10": 0.123}
    standing = Standing(10, metrics, 5, floor_of(Bundle.map(result.bundle)), NO_CHAMPION)
    rules = {rule.name: rule for rule in judge(standing, None, GateLimits()).rules}
    assert (rules["relevance"].figure, rules["relevance"].holds) == (-0.5, False)
    assert rules["coverage"].figure == 0.123


def test_the_holdout_lists_are_noisy_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.noisy, "release", fixed_release)
    holdout = trained(tmp_path, replace(shop_world(), catalogue=CATALOGUE)).holdout
    assert holdout is not None
    assert sorted(holdout.lists.score.tolist()) == pytest.approx([18 / 25, 30 / 40, 30 / 31, 1])


def test_the_report_tells_of_the_noise_and_shows_pages_of_the_bundle(result: TrainingResult) -> None:
    page = render_report(result)
    assert "what any one shopper did" in page
    assert "The relevance that noise costs" in page
    assert "not chosen on pages, as noise is on: the wanted precision itself" in page
    assert "<h4>Lamp</h4>" in page


def test_the_terminal_tells_of_the_noise(result: TrainingResult) -> None:
    console = Console(record=True, width=200)
    print_result(console, result)
    told = console.export_text()
    assert "epsilon 10, delta" in told
    assert "Noise costs NDCG" in told
    assert "These figures are not private" in told


def test_where_nothing_is_released_the_error_says_what_would_help(tmp_path: Path) -> None:
    settings = replace(SETTINGS, noise=replace(SETTINGS.noise, epsilon=0.01))
    with pytest.raises(NoiseError, match="give --catalogue"):
        trained(tmp_path, shop_world(), settings)


def test_with_a_catalogue_nothing_released_is_a_bundle_without_pairs(tmp_path: Path) -> None:
    settings = replace(SETTINGS, noise=replace(SETTINGS.noise, epsilon=0.01))
    made = trained(tmp_path, replace(shop_world(), catalogue=CATALOGUE), settings)
    assert len(Bundle.open(made.bundle).item_pairs.item) == 0
    assert made.evaluation is not None
    assert made.evaluation.figures[NOISY]["NDCG"].value == 0
    assert render_report(made)


def test_a_missing_library_is_told_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = replace(shop_world().write(tmp_path / "shop"), events=tmp_path / "none.parquet")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(NoiseError, match="pip install"):
        train(inputs, SETTINGS, tmp_path / "bundle", quarantine=tmp_path / "quarantine", n_threads=1)
