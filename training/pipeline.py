"""The whole training: from a shop's files to a bundle on disk, with figures on orders it has not seen."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from models.bundle.writing import write_bundle
from models.noise import require_library
from training.champion import ListsOfChampion
from training.contribution import cap_contributions
from training.ingest import Inputs, ingest
from training.learning import learn
from training.result import TrainingResult
from training.settings import TrainingSettings
from training.steps import Steps


def train(
    inputs: Inputs,
    settings: TrainingSettings,
    out: Path,
    *,
    quarantine: Path,
    n_threads: int,
    progress: Callable[[str], None] = lambda _: None,
    champion: ListsOfChampion | None = None,
) -> TrainingResult:
    """Read, count, rank, score and write.

    Args:
        inputs: Where the data is.
        settings: How to train.
        out: A new or empty directory for the bundle.
        quarantine: Directory for bad rows.
        n_threads: Threads to use, 1 or more; the bundle is the same at any number.
        progress: Told what begins, a short line at a time.
        champion: Gives the champion's lists to score beside the others; the bundle is the same without.

    Raises:
        InvalidInputError: The input cannot be used; names every fault.
        FileExistsError: The bundle's directory holds something already.
        NoiseError: Noise is on and cannot be made.
    """
    if settings.noise.is_on:
        require_library()
    steps = Steps(progress)
    with steps("reading events and consent"):
        uncapped, report = ingest(inputs, quarantine=quarantine, threads=n_threads, progress=progress)
        histories, capped = cap_contributions(uncapped, settings.max_items_per_shopper)
        report = replace(report, n_capped=capped.as_dict())
    learned = learn(histories, settings, n_threads=n_threads, steps=steps, champion=champion, uncapped=uncapped)
    with steps("writing the bundle"):
        # Under noise nothing that was read may be told of: a fingerprint would show a guess of all of it to be right.
        of_what_was_read = {
            "used_fingerprint": report.used_fingerprint,
            "first_event": report.first_event,
            "last_event": report.last_event,
        }
        provenance = learned.contents.provenance | ({} if settings.noise.is_on else of_what_was_read)
        fingerprint = write_bundle(replace(learned.contents, provenance=provenance), out)
    return TrainingResult(
        out,
        fingerprint,
        settings,
        report,
        learned.evaluation,
        learned.counts,
        steps.seconds,
        learned.holdout,
        learned.assessment,
        learned.importance,
        learned.ranker.trees,
        learned.noise,
    )
