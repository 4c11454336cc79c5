"""The whole job on the full simulated shop: relevance against its truth, and consent that holds."""

import json
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from models.bundle.contents import BASES, RELATIONS
from models.bundle.reading import Bundle
from simulation.settings import Settings
from simulation.shop import open_shop
from simulation.simulate import simulate
from training.ingest import Inputs
from training.pipeline import train
from training.result import TrainingResult
from training.settings import TrainingSettings

SHOP = Settings(20_000, 600, 365, 0)
FIRST = 8
MIN_ORDERS = 20


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    simulate(SHOP, folder)
    return folder


def trained(shop: Path, out: Path) -> TrainingResult:
    inputs = Inputs(*(shop / f"{name}.parquet" for name in ("events", "consent", "identities", "catalogue")))
    return train(inputs, TrainingSettings(), out / "bundle", quarantine=out / "quarantine", n_threads=2)


@pytest.fixture(scope="module")
def result(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    return trained(shop, tmp_path_factory.mktemp("trained"))


def related(bundle: Bundle, item_id: str) -> dict[str, str]:
    """What the bundle calls each item of the anchor's list, best first, alternatives too."""
    index = bundle.index_of(item_id)
    assert index is not None
    part = slice(bundle.item_pairs.indptr[index], bundle.item_pairs.indptr[index + 1])
    pairs = zip(bundle.item_pairs.item[part], bundle.item_pairs.relation[part], strict=True)
    return {bundle.item_id(int(item)): RELATIONS[relation] for item, relation in pairs}


def listed(bundle: Bundle, item_id: str) -> list[str]:
    """The first items that may be shown."""
    return [item for item, relation in related(bundle, item_id).items() if relation != "alternative"][:FIRST]


@pytest.fixture(scope="module")
def truth(shop: Path) -> dict[str, dict[str, str]]:
    """Anchor to item to relation."""
    found: dict[str, dict[str, str]] = {}
    for row in pq.read_table(shop / "truth.parquet").to_pylist():
        found.setdefault(row["anchor_item_id"], {})[row["item_id"]] = row["relation"]
    return found


def test_most_true_accessories_and_complements_are_in_the_first_eight(
    shop: Path, result: TrainingResult, truth: dict[str, dict[str, str]]
) -> None:
    bundle = Bundle.open(result.bundle)
    sold = duckdb.sql(f"""
        select item_id from '{shop / "events.parquet"}' where event_type = 'purchase'
        group by item_id having count(distinct order_id) >= {MIN_ORDERS} order by item_id
    """).fetchall()
    recalls = []
    for (item_id,) in sold:
        wanted = {item for item, kind in truth.get(item_id, {}).items() if kind in ("accessory", "complement")}
        if wanted:
            recalls.append(len(wanted & set(listed(bundle, item_id))) / len(wanted))
    assert len(recalls) > 200
    assert np.mean(recalls) >= 0.9


def test_the_bundle_says_which_trees_ranked_it(result: TrainingResult) -> None:
    training = json.loads((result.bundle / "manifest.json").read_text())["training"]
    assert training["ranker"]["trees_sha256"] == {
        name: sha256(text.encode()).hexdigest() for name, text in result.trees.items()
    }
    assert {share.name for share in result.importance} <= set(training["ranker"]["features"])
    assert sum(share.gain_share for share in result.importance) == pytest.approx(1)


def test_its_probabilities_can_be_trusted(result: TrainingResult) -> None:
    assert result.assessment is not None
    assert result.assessment.reliability.error.value <= 0.02
    assert result.assessment.risk_coverage.gain_at_half.value >= 1.3


def test_hardly_any_alternative_is_listed(result: TrainingResult, truth: dict[str, dict[str, str]]) -> None:
    bundle = Bundle.open(result.bundle)
    kinds = [
        truth.get(bundle.item_id(index), {}).get(item, "")
        for index in range(bundle.n_items)
        for item in listed(bundle, bundle.item_id(index))
    ]
    assert len(kinds) > 2_000
    assert kinds.count("alternative") / len(kinds) < 0.01


def test_accessories_go_in_one_direction(result: TrainingResult, truth: dict[str, dict[str, str]]) -> None:
    bundle = Bundle.open(result.bundle)
    relations = {anchor: related(bundle, anchor) for anchor in map(bundle.item_id, range(bundle.n_items))}
    first = {anchor: listed(bundle, anchor) for anchor in relations}
    pairs = [
        (anchor, item)
        for anchor, items in truth.items()
        for item, relation in items.items()
        if relation == "accessory" and (item in first[anchor] or anchor in first[item])
    ]
    right = [
        relations[anchor].get(item) == "accessory" and relations[item].get(anchor) in ("unspecified", None)
        for anchor, item in pairs
    ]
    assert len(pairs) > 400
    assert np.mean(right) >= 0.95


def test_a_refill_comes_back_when_it_is_used_up(result: TrainingResult) -> None:
    bundle = Bundle.open(result.bundle)
    shop = open_shop(SHOP)
    anchor, place = np.nonzero(shop.truth.refills >= 0)
    refills = [shop.catalogue.item_ids[item] for item in shop.truth.refills[anchor, place]]
    lasts = shop.truth.refill_days[anchor, place]
    learned = np.array([bundle.refill_interval_days[bundle.index_of(item_id)] for item_id in refills])
    known = learned > 0
    assert np.mean(known) > 0.9
    assert np.mean(np.abs(learned[known] - lasts[known]) <= 0.25 * lasts[known]) == 1
    others = np.ones(bundle.n_items, np.bool_)
    others[[bundle.index_of(item_id) for item_id in refills]] = False
    assert np.mean(bundle.refill_interval_days[others] > 0) < 0.01


def test_what_goes_with_new_items_is_found_without_an_order_of_theirs(
    shop: Path, result: TrainingResult, truth: dict[str, dict[str, str]]
) -> None:
    bundle = Bundle.open(result.bundle)
    sold = {item for (item,) in duckdb.sql(f"select distinct item_id from '{shop / 'events.parquet'}'").fetchall()}
    new = [anchor for anchor in truth if anchor not in sold]
    right = []
    for anchor in new:
        wanted = {item for item, kind in truth[anchor].items() if kind != "alternative"}
        index = bundle.index_of(anchor)
        assert index is not None
        part = slice(bundle.item_pairs.indptr[index], bundle.item_pairs.indptr[index + 1])
        assert bundle.item_pairs.n_shoppers[part].min() >= 5
        assert {BASES[basis] for basis in bundle.item_pairs.basis[part]} <= {"category", "title"}
        right += [item in wanted for item in (*listed(bundle, anchor)[:4], "", "", "", "")[:4]]
    assert len(new) == 30
    assert np.mean(right) >= 0.5


def test_half_as_many_events_again_of_people_without_consent_change_no_byte(
    shop: Path, result: TrainingResult, tmp_path: Path
) -> None:
    crowded = tmp_path / "crowded"
    crowded.mkdir()
    for name in ("identities", "catalogue"):
        (crowded / f"{name}.parquet").symlink_to(shop / f"{name}.parquet")
    database = duckdb.connect()
    database.execute("set timezone = 'UTC'")
    # Every second event once more, by people who denied, withdrew or were never asked: a third of them each.
    database.execute(f"""
        create table stranger as
        select * replace (
            'again-' || event_id as event_id,
            'stranger-' || coalesce(customer_id, visitor_id) as customer_id,
            null::varchar as visitor_id,
            order_id || '-again' as order_id,
            session_id || '-again' as session_id
        )
        from '{shop / "events.parquet"}' where hash(event_id) % 2 = 0
    """)
    database.execute(f"""
        copy (select * from '{shop / "events.parquet"}' union all by name select * from stranger)
        to '{crowded / "events.parquet"}' (format parquet)
    """)
    database.execute(f"""
        copy (
            with words as (select distinct customer_id, hash(customer_id) % 3 as word from stranger)
            select * from '{shop / "consent.parquet"}'
            union all by name
            select 'customer' shopper_kind, customer_id shopper_id, 'model_training' purpose, 'denied' status,
                case word when 0 then timestamptz '2020-01-01' else timestamptz '2026-10-31' end occurred_at,
                'DE' jurisdiction
            from words where word < 2
            union all by name
            select 'customer' shopper_kind, customer_id shopper_id, 'model_training' purpose, 'granted' status,
                timestamptz '2020-01-01' occurred_at, 'DE' jurisdiction
            from words where word = 1
        ) to '{crowded / "consent.parquet"}' (format parquet)
    """)
    again = trained(crowded, tmp_path)
    assert again.ingest.n_events_read > 1.49 * result.ingest.n_events_read
    assert again.ingest.n_events_used == result.ingest.n_events_used
    assert again.ingest.n_excluded["withdrawn"] > result.ingest.n_excluded["withdrawn"]
    assert again.fingerprint == result.fingerprint
