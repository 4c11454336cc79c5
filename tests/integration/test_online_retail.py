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
from training.result import TrainingResult
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


@pytest.fixture(scope="module")
def result(split: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    """A training with the floor at one shopper, as the single methods have none."""
    out = tmp_path_factory.mktemp("trained")
    inputs = Inputs(split / "train.parquet", None, None, None, assume_consent="public research data")
    settings = read_settings(None, {"min_shoppers": 1})
    return train(inputs, settings, out / "bundle", quarantine=out / "quarantine", n_threads=2)


def test_what_is_published_is_well_ahead_of_the_best_known_single_method(
    protocol: ModuleType, split: Path, result: TrainingResult
) -> None:
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
    figures = protocol.metrics(cases, ranked)
    assert figures["NDCG@10"] >= 1.07 * BEST_SINGLE_NDCG
    assert figures["HR@10"] >= 0.69


def test_its_probabilities_can_be_trusted(result: TrainingResult) -> None:
    assert result.assessment is not None
    assert result.assessment.reliability.error.value <= 0.02
    assert result.assessment.risk_coverage.item_gain_at_half.value >= 1.3
