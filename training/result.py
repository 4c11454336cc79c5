"""What a training hands to whoever registers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from training.assessment import Assessment
from training.evaluation import Evaluation
from training.holdout import Holdout
from training.importance import FeatureShare
from training.ingest import IngestReport
from training.noisy import NoiseRecord
from training.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A trained bundle and all that is known about how it came to be.

    Attributes:
        bundle: Directory of the written bundle.
        fingerprint: The bundle's fingerprint, hexadecimal SHA-256.
        settings: How it was trained.
        ingest: What was read, left out and quarantined.
        evaluation: Figures on the latest orders; None when there were too few orders to split in time.
        counts: What was published and what was held back, for instance `pairs_published`, `pairs_below_floor`.
        seconds: How long each step took.
        holdout: The published lists as counted before the test slice; None where evaluation is.
        assessment: How far to trust the published lists, and where they are good; None where not assessed.
        importance: What the ranker looks at; empty where it cannot say.
        trees: The ranker's forests in LightGBM's text form by what they were grown for; empty where there was too
            little to learn from.
        noise: What the bundle's noise cost; None where it is off.
    """

    bundle: Path
    fingerprint: str
    settings: TrainingSettings
    ingest: IngestReport
    evaluation: Evaluation | None
    counts: dict[str, int]
    seconds: dict[str, float]
    holdout: Holdout | None = None
    assessment: Assessment | None = None
    importance: tuple[FeatureShare, ...] = ()
    trees: Mapping[str, str] = field(default_factory=dict)
    noise: NoiseRecord | None = None
