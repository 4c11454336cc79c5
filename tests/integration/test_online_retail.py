"""Relevance on real orders: the protocol of the evaluation script that lies beside the data, where both are there."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from models.bundle.reading import Bundle
from tests.house.conftest import ROOT
from training.ingest import Inputs
from training.pipeline import train
from training.settings import read_settings

BEST_SINGLE_NDCG = 0.2051
"""What the script's `baselines` prints for the best of its eleven methods."""


@pytest.fixture(scope="module")
def protocol() -> ModuleType:
    path = ROOT.parent / "shared" / "eval" / "accessories.py"
    if not path.is_file():
        pytest.skip(f"no evaluation script at {path}")
    spec = importlib.util.spec_from_file_location("accessories", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def split(protocol: ModuleType, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("online-retail")
    command = [sys.executable, str(protocol.__file__), "prepare", "online-retail"]
    subprocess.run([*command, str(shared_data / "online_retail_II.parquet"), str(out)], check=True, capture_output=True)
    return out


def ndcg_of_published(protocol: ModuleType, split: Path, out: Path, settings: dict[str, object]) -> float:
    inputs = Inputs(split / "train.parquet", None, None, None, assume_consent="public research data")
    result = train(inputs, read_settings(None, settings), out / "bundle", quarantine=out / "quarantine", n_threads=2)
    bundle = Bundle.open(result.bundle)
    cases, known = protocol.load(split)
    is_known = set(known)
    ranked = []
    for anchor, _ in cases:
        index = bundle.index_of(anchor)
        indptr = bundle.item_pairs.indptr
        items = bundle.item_pairs.item[indptr[index] : indptr[index + 1]] if index is not None else []
        ids = [bundle.item_id(int(item)) for item in items]
        ranked.append([item_id for item_id in ids if item_id in is_known])
    return float(protocol.metrics(cases, ranked)["NDCG@10"])


@pytest.mark.parametrize(
    "settings",
    [{}, {"generators": ["pair_counts"]}],
    ids=["the ranker", "the best generator alone"],
)
def test_what_is_published_is_at_least_level_with_the_best_known_single_method(
    protocol: ModuleType, split: Path, tmp_path: Path, settings: dict[str, object]
) -> None:
    assert ndcg_of_published(protocol, split, tmp_path, settings) >= BEST_SINGLE_NDCG
