"""The whole training: from a shop's files to a bundle on disk, with figures on orders it has not seen."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from models.blend import Blend, fit_blend
from models.bundle.contents import BundleContents
from models.bundle.writing import write_bundle
from models.candidates import Candidates
from models.category_pairs import category_pairs
from models.counting import column_sums
from models.generators.popularity import popularity
from models.histories import Histories
from models.ranking import Ranking, blended, rank
from models.refills import refill_interval_days
from training.cases import sample_cases
from training.champion import ListsOfChampion
from training.contribution import cap_contributions
from training.evaluation import BLEND, CHAMPION, PUBLISHED, Evaluation, evaluate
from training.holdout import Holdout
from training.ingest import Inputs, ingest
from training.result import TrainingResult
from training.settings import TrainingSettings
from training.split import Split, split_in_time

MIN_ORDERS_KNOWN = 5
"""Fewest training orders that hold an item for it to be scored, as in common evaluation protocols."""


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
    """Read, count, blend, score and write.

    The blend is fitted on the orders of the validation slice with candidates counted before it. The figures come from
    candidates counted before the test slice. The bundle's candidates are counted on everything.

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
    """
    steps = Steps(progress)
    with steps("reading events and consent"):
        histories, report = ingest(inputs, quarantine=quarantine, threads=n_threads, progress=progress)
        histories, capped = cap_contributions(histories, settings.max_items_per_shopper)
        report = replace(report, n_capped=capped.as_dict())
    held: list[Holdout] = []
    contents, counts, evaluation = learn(
        histories, settings, n_threads=n_threads, steps=steps, champion=champion, keep=held.append
    )
    with steps("writing the bundle"):
        provenance = contents.provenance | {
            "used_fingerprint": report.used_fingerprint,
            "first_event": report.first_event,
            "last_event": report.last_event,
        }
        fingerprint = write_bundle(replace(contents, provenance=provenance), out)
    holdout = held[0] if held else None
    return TrainingResult(out, fingerprint, settings, report, evaluation, counts, steps.seconds, holdout)


def learn(
    histories: Histories,
    settings: TrainingSettings,
    *,
    n_threads: int,
    steps: "Steps",
    champion: ListsOfChampion | None = None,
    keep: Callable[[Holdout], None] = lambda _: None,
) -> tuple[BundleContents, dict[str, int], Evaluation | None]:
    """What a bundle holds, what was held back, and the figures (None where there are too few orders to split).

    Args:
        histories: What to learn from.
        settings: How.
        n_threads: Threads to use, 1 or more.
        steps: Told of each step.
        champion: Gives the champion's lists to score beside the others.
        keep: Given the published lists that were scored.
    """
    split = split_in_time(histories, validation_share=settings.validation_share, test_share=settings.test_share)
    names = tuple(sorted(generator.name for generator in settings.generators))
    with steps("learning what the generators' words are worth"):
        before = histories.before(split.validation_s)
        later = histories.orders_items[split.first_validation : split.first_test]
        blend = fit_blend(_propose(before, settings, n_threads), names, later, n_threads=n_threads)
    evaluation = None
    with steps("scoring on later orders"):
        if split.first_validation > 0:
            evaluation = _score(histories, split, blend, settings, n_threads, champion, keep)
    with steps("ranking what is published"):
        ranking = _rank(histories, _propose(histories, settings, n_threads), blend, settings, n_threads)
        categories, goes_with_category = category_pairs(
            histories, min_shoppers=settings.min_shoppers, max_candidates=settings.max_candidates
        )
    contents = BundleContents(
        histories.items,
        histories.catalogue,
        ranking.pairs,
        categories,
        goes_with_category,
        provenance={
            "settings": settings.as_dict(),
            "blend": {
                "names": list(blend.names),
                "coefficients": blend.coefficients.tolist(),
                "intercept": blend.intercept,
                "n_positives": blend.n_positives,
            },
        },
        refill_interval_days=refill_interval_days(
            histories, refill_share=settings.relations.refill_share, min_shoppers=settings.min_shoppers
        ),
    )
    counts = {
        "items": histories.n_items,
        "items_with_pairs": int(np.count_nonzero(np.diff(ranking.pairs.indptr))),
        "pairs_proposed": ranking.n_proposed,
        "pairs_below_floor": ranking.n_below_floor,
        "pairs_alternative": ranking.n_alternatives,
        "pairs_by_chance": ranking.n_by_chance,
        "pairs_published": len(ranking.as_candidates().item),
        "category_pairs_published": len(goes_with_category.item),
    }
    return contents, counts, evaluation


class Steps:
    """Tells of each step as it begins and remembers how long it took.

    Args:
        progress: Told the step's name.
    """

    def __init__(self, progress: Callable[[str], None] = lambda _: None) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time the block as a step."""
        self._progress(name)
        start = perf_counter()
        yield
        self.seconds[name] = perf_counter() - start


def _propose(histories: Histories, settings: TrainingSettings, n_threads: int) -> dict[str, Candidates]:
    return {
        generator.name: generator.generate(histories, settings.n_candidates, n_threads=n_threads, seed=settings.seed)
        for generator in settings.generators
    }


def _rank(
    histories: Histories,
    candidates: Mapping[str, Candidates],
    blend: Blend,
    settings: TrainingSettings,
    n_threads: int,
) -> Ranking:
    return rank(
        histories,
        candidates,
        blend,
        min_shoppers=settings.min_shoppers,
        min_lift=settings.min_lift,
        max_candidates=settings.max_candidates,
        rules=settings.relations,
        n_threads=n_threads,
    )


def _score(
    histories: Histories,
    split: Split,
    blend: Blend,
    settings: TrainingSettings,
    n_threads: int,
    champion: ListsOfChampion | None,
    keep: Callable[[Holdout], None],
) -> Evaluation | None:
    """Figures of lists that were counted before the test slice, on the orders of the test slice."""
    before = histories.before(split.test_s)
    n_orders_of_item = column_sums(before.orders_items).astype(np.int64)
    known = n_orders_of_item >= MIN_ORDERS_KNOWN
    cases = sample_cases(histories, split.first_test, known, max_cases=settings.max_cases, seed=settings.seed)
    if len(cases) == 0:
        return None
    candidates = _propose(before, settings, n_threads)
    lists = {
        BLEND: blended(candidates, blend, settings.n_candidates),
        PUBLISHED: _rank(before, candidates, blend, settings, n_threads).as_candidates(),
        "popularity": popularity(before, settings.k + 1),
        **{name: proposed for name, proposed in candidates.items() if len(proposed.item)},
    }
    keep(Holdout(histories.items, lists[PUBLISHED], split.test_s))
    if champion is not None and (theirs := champion(histories.items, split.test_s)) is not None:
        lists[CHAMPION] = theirs
    return evaluate(
        cases, lists, n_orders_of_item, known, k=settings.k, n_bootstrap=settings.n_bootstrap, seed=settings.seed
    )
