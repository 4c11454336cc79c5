"""A training's result made by hand: a small bundle, figures and a report."""

from pathlib import Path

import numpy as np

from models.bundle.contents import BASES, BundleContents, RankedPairs
from models.bundle.writing import write_bundle
from models.items import Catalogue, ItemIndex
from training.evaluation import METRICS, RANKER, Evaluation, Figure
from training.ingest import IngestReport, Inputs
from training.result import TrainingResult
from training.settings import TrainingSettings

ITEMS = ItemIndex(["bag", "bulb", "camera", "card", "lamp"])

PAIRS = {
    "camera": [("card", 0.4, 1, 30), ("bag", 0.25, 1, 12), ("bulb", 0.01, 2, 5), ("lamp", 0.005, 4, 8)],
    "lamp": [("camera", 0.6, 4, 7), ("bulb", 0.5, 3, 40)],
    "card": [("bag", 0.125, 2, 9)],
}
"""Anchor to item, probability, relation and shoppers; bag and bulb have no list, and camera
and lamp are alternatives of each other, which nobody shows."""

RESTS_ON = {("camera", "bulb"): "category", ("camera", "lamp"): "views", ("lamp", "camera"): "views"}
"""What a pair rests on where that is not purchases."""

REPORT = IngestReport(
    n_events_read=100,
    n_quarantined={"quantity is not a whole number above 0": 7},
    n_quarantined_elsewhere={"consent: status is none of: granted, denied": 2},
    n_excluded={"denied": 20, "never_asked": 3},
    n_events_used={"purchase": 30, "view": 40},
    n_shoppers=12,
    n_orders=15,
    n_sessions=18,
    n_items=5,
    events_fingerprint="e" * 64,
    consent_fingerprint="c" * 64,
    used_fingerprint="f" * 64,
    first_event="2026-01-01",
    last_event="2026-06-30",
    assumed_consent="",
    n_capped={"order_lines": 6, "session_items": 0, "shoppers": 1},
)


def write_pairs(directory: Path) -> str:
    """Write PAIRS as a bundle; its fingerprint."""
    lists = [PAIRS.get(item_id, []) for item_id in ITEMS.ids]
    flat = [pair for pairs in lists for pair in pairs]
    bases = [
        RESTS_ON.get((anchor, pair[0]), "purchases")
        for anchor, pairs in zip(ITEMS.ids, lists, strict=True)
        for pair in pairs
    ]
    pairs = RankedPairs(
        np.cumsum([0, *map(len, lists)]),
        ITEMS.indices_of(item_id for item_id, *_ in flat),
        np.array([probability for _, probability, _, _ in flat], np.float32),
        np.array([relation for _, _, relation, _ in flat], np.uint8),
        np.array([n_shoppers for *_, n_shoppers in flat], np.uint32),
        np.array([BASES.index(basis) for basis in bases], np.uint8),
    )
    none = RankedPairs(
        np.zeros(1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.float32),
        np.zeros(0, np.uint8),
        np.zeros(0, np.uint32),
    )
    contents = BundleContents(ITEMS, Catalogue.unknown(len(ITEMS)), pairs, (), none, {"seed": 0})
    return write_bundle(contents, directory)


def evaluation(**ndcg: float) -> Evaluation:
    """Figures of the ranker and others, every metric like the NDCG given, intervals 0.01 to each side."""

    def figures(value: float) -> dict[str, Figure]:
        return {metric: Figure(value, value - 0.01, value + 0.01) for metric in METRICS}

    ranker = ndcg[RANKER]
    return Evaluation(
        k=10,
        n_cases=400,
        n_orders=150,
        n_known=5,
        figures={method: figures(value) for method, value in ndcg.items()},
        differences={method: figures(ranker - value) for method, value in ndcg.items() if method != RANKER},
    )


def result_in(directory: Path, *, name: str = "bundle", scored: bool = True) -> TrainingResult:
    """A result with its bundle in a new folder of the directory."""
    bundle = directory / name
    return TrainingResult(
        bundle=bundle,
        fingerprint=write_pairs(bundle),
        settings=TrainingSettings(seed=3, min_shoppers=4),
        ingest=REPORT,
        evaluation=evaluation(ranker=0.3, popularity=0.1, pair_counts=0.25) if scored else None,
        counts={"pairs_published": 5, "pairs_below_floor": 2},
        seconds={"reading": 1.5},
    )


def inputs_in(directory: Path, *, assume_consent: str | None = None) -> Inputs:
    """Inputs whose files are there, and empty."""
    events, consent = directory / "events.parquet", directory / "consent.parquet"
    events.touch()
    if assume_consent is not None:
        return Inputs(events, None, None, None, source="online-retail", assume_consent=assume_consent)
    consent.touch()
    return Inputs(events, consent, None, None)
