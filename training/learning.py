"""From histories to what a bundle holds: slices of time, evidence, ranker, probabilities, figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from models.bundle.contents import BundleContents, RankedPairs
from models.calibration import IDENTITY, fit_calibration
from models.category_pairs import category_pairs
from models.cold_items import cold_pairs, merged
from models.cold_model import fit_cold_model
from models.counting import column_sums
from models.evidence import Evidence
from models.examples import Examples
from models.features.feature import Feature
from models.generators.popularity import popularity
from models.histories import Histories
from models.ranker import Ranker
from models.ranking import Ranking
from models.refills import refill_interval_days
from models.titles import read_titles
from training.assessment import Assessment, assess
from training.bars import Bar, choose_bars, unmeasured_bars
from training.champion import ListsOfChampion
from training.evaluation import CHAMPION, NOISY, PUBLISHED, RANKER, Evaluation, evaluate
from training.holdout import Holdout
from training.importance import FeatureShare
from training.lab import Lab
from training.noisy import NoiseRecord, noisy_bundle, noisy_lists
from training.report.examples import renumbered
from training.settings import TrainingSettings
from training.split import Slice, split_in_time
from training.steps import Steps


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What a training knows in the end.

    Attributes:
        contents: What the bundle holds.
        counts: What is published and what was held back.
        ranker: The published ranker.
        importance: What it looks at, most important first.
        evaluation: Figures on the test slice; None where there are too few orders to split in time.
        assessment: How far to trust them; None where evaluation is.
        holdout: The lists that were scored; None where evaluation is.
        noise: What the bundle's noise cost; None where it is off.
    """

    contents: BundleContents
    counts: dict[str, int]
    ranker: Ranker
    importance: tuple[FeatureShare, ...]
    evaluation: Evaluation | None
    assessment: Assessment | None
    holdout: Holdout | None
    noise: NoiseRecord | None = None


def learn(
    histories: Histories,
    settings: TrainingSettings,
    *,
    n_threads: int,
    steps: Steps,
    champion: ListsOfChampion | None = None,
    uncapped: Histories | None = None,
) -> Learned:
    """Fit, calibrate and score on the past, then fit once more on all of it and rank what is published.

    The figures are those of a ranker fitted on slices before the calibration slice. The published one is fitted the
    same way on the same number of slices, the latest there are; its probabilities keep the calibration, as there is no
    slice left that it has not seen.

    Args:
        histories: What to learn from.
        settings: How.
        n_threads: Threads to use, 1 or more; they change no bit.
        steps: Told of each step.
        champion: Gives the champion's lists to score beside the others.
        uncapped: The histories before each shopper's contribution was capped; the same where not given.
    """
    split = split_in_time(
        histories,
        n_slices=settings.n_slices,
        validation_share=settings.validation_share,
        test_share=settings.test_share,
    )
    lab = Lab(histories, settings, n_threads, uncapped=uncapped)
    usable = [each for each in split.ranker if each.is_usable]
    examples: list[Examples] = []
    for number, each in enumerate(usable, start=1):
        with steps(f"counting what came before slice {number} of {len(usable)}"):
            past, evidence = lab.before(each)
            examples.append(lab.examples(each, past, evidence))
    with steps("fitting the ranker"):
        ranker = lab.fit(examples)
    bars = unmeasured_bars(settings.placements)
    if split.calibration.is_usable:
        with steps("calibrating its probabilities"):
            past, evidence = lab.before(split.calibration)
            examples.append(lab.examples(split.calibration, past, evidence))
            ranker = _calibrated(ranker, examples[-1], n_threads)
            cases, known = lab.cases(split.calibration, past)
            lists = lab.rank(past, evidence, ranker, np.unique(cases.anchor)).as_candidates()
            if not settings.noise.is_on:
                bars = choose_bars(cases, lists, known, settings.placements)
    scored = _Scored(None, None, None, None)
    if split.test.is_usable:
        with steps("scoring on later orders"):
            past, evidence = lab.before(split.test)
            scored = _score(lab, split.test, past, evidence, ranker, bars, champion)
            examples.append(lab.examples(split.test, past, evidence))
    if settings.noise.is_on:
        with steps("releasing noisy counts"):
            return _learned_under_noise(histories, settings, ranker, scored)
    with steps("fitting the ranker again, on the latest slices"):
        published = replace(lab.fit(examples[-len(usable) :] if usable else examples), calibration=ranker.calibration)
        if published.trees.keys() != ranker.trees.keys():  # a calibration is of one kind of score
            published = ranker
    with steps("ranking what is published"):
        evidence = lab.gather(histories)
        ranking = lab.rank(histories, evidence, published)
    with steps("finding what goes with new items"):
        pairs, n_cold = _with_cold_items(lab, ranking, split.test, scored.ranking)
        categories, goes_with_category = category_pairs(
            histories, min_shoppers=settings.min_shoppers, max_candidates=settings.max_candidates
        )
    contents = BundleContents(
        histories.items,
        histories.catalogue,
        pairs,
        categories,
        goes_with_category,
        provenance={"settings": _told(settings), "ranker": _described(published)},
        min_probability={name: bar.min_probability for name, bar in bars.items()},
        refill_interval_days=refill_interval_days(
            histories, refill_share=settings.relations.refill_share, min_shoppers=settings.min_shoppers
        ),
    )
    counts = {
        "items": histories.n_items,
        "items_with_pairs": int(np.count_nonzero(np.diff(pairs.indptr))),
        "pairs_proposed": ranking.n_proposed,
        "pairs_below_floor": ranking.n_below_floor,
        "pairs_alternative": ranking.n_alternatives,
        "pairs_by_chance": ranking.n_by_chance,
        "pairs_published": len(ranking.as_candidates().item),
        "pairs_of_new_items": n_cold,
        "category_pairs_published": len(goes_with_category.item),
    }
    importance = _importance(published, evidence.columns)
    return Learned(contents, counts, published, importance, scored.evaluation, scored.assessment, scored.holdout)


def _learned_under_noise(
    histories: Histories, settings: TrainingSettings, ranker: Ranker, scored: "_Scored"
) -> Learned:
    """What is published of a release alone, with the ranker and the figures that the exact lists were scored by."""
    made = noisy_bundle(histories, settings)
    assessment = scored.assessment
    if assessment is not None:
        assessment = replace(assessment, examples=renumbered(assessment.examples, histories.items, made.contents.items))
    of_run = scored.evaluation, assessment, scored.holdout
    return Learned(made.contents, made.counts, ranker, (), *of_run, noise=made.record)


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """What came of the test slice; all None without one."""

    ranking: Ranking | None
    evaluation: Evaluation | None
    assessment: Assessment | None
    holdout: Holdout | None


def _score(
    lab: Lab,
    test: Slice,
    past: Histories,
    evidence: Evidence,
    ranker: Ranker,
    bars: dict[str, Bar],
    champion: ListsOfChampion | None,
) -> _Scored:
    """Figures of lists that were counted before the test slice, on the orders of the test slice."""
    settings = lab.settings
    cases, known = lab.cases(test, past)
    ranking = lab.rank(past, evidence, ranker)
    if len(cases) == 0:
        return _Scored(ranking, None, None, None)
    n_orders_of_item = column_sums(past.orders_items).astype(np.int64)
    lists = {
        RANKER: ranking.as_open_candidates(),
        PUBLISHED: ranking.as_candidates(),
        "popularity": popularity(past, settings.k + 1),
        **{name: proposed for name, proposed in evidence.candidates.items() if len(proposed.item)},
    }
    bundled = lists
    if settings.noise.is_on:
        lists[NOISY] = noisy_lists(past, settings)
        bundled = {**lists, PUBLISHED: lists[NOISY]}  # what is told of a bundle is told of what is in it
    holdout = Holdout(past.items, bundled[PUBLISHED], test.start_s)
    if champion is not None and (theirs := champion(past.items, test.start_s)) is not None:
        lists[CHAMPION] = bundled[CHAMPION] = theirs
    evaluation = evaluate(
        cases, lists, n_orders_of_item, known, k=settings.k, n_bootstrap=settings.n_bootstrap, seed=settings.seed
    )
    assessment = assess(
        cases,
        bundled,
        n_orders_of_item,
        known,
        past.catalogue.categories,
        bars,
        k=settings.k,
        n_bootstrap=settings.n_bootstrap,
        seed=settings.seed,
    )
    return _Scored(ranking, evaluation, assessment, holdout)


def _calibrated(ranker: Ranker, later: Examples, n_threads: int) -> Ranker:
    """The ranker with its probabilities calibrated on a slice it has not seen; as it is where it has no trees."""
    if not ranker.trees:
        return replace(ranker, calibration=IDENTITY)
    row = np.repeat(np.arange(len(later.lengths)), later.lengths)
    score = ranker.score(later.table, row, weight=later.pages, n_threads=n_threads)
    return replace(ranker, calibration=fit_calibration(score, later.plain_outcome, later.pages))


def _with_cold_items(lab: Lab, ranking: Ranking, test: Slice, ranked_before: Ranking | None) -> tuple[RankedPairs, int]:
    """The published pairs with those of items that have too few orders for any, and how many those are."""
    histories, settings = lab.histories, lab.settings
    titles = read_titles(histories.catalogue.titles)
    nothing = replace(histories, orders_items=histories.orders_items[:0]).orders_items
    model = fit_cold_model(
        lab.past(test),
        ranking.pairs if ranked_before is None else ranked_before.pairs,
        nothing if ranked_before is None else histories.orders_items[test.first : test.end],
        titles,
        min_shoppers=settings.min_shoppers,
        seed=settings.seed,
        n_threads=lab.n_threads,
    )
    cold = cold_pairs(
        histories,
        ranking.pairs,
        model,
        titles,
        min_shoppers=settings.min_shoppers,
        min_lift=settings.min_lift,
        max_candidates=settings.max_candidates,
        rules=settings.relations,
        n_threads=lab.n_threads,
    )
    both = merged(ranking.pairs, cold, max_candidates=settings.max_candidates)
    return both, len(cold.item)


def _importance(ranker: Ranker, columns: Sequence[Feature]) -> tuple[FeatureShare, ...]:
    shares = [
        FeatureShare(column.name, float(gain), f"{column.description} ({column.unit})")
        for column, gain in zip(columns, ranker.gains(), strict=True)
        if gain > 0
    ]
    return tuple(sorted(shares, key=lambda share: (-share.gain_share, share.name)))


def _told(settings: TrainingSettings) -> dict[str, object]:
    """The settings as the bundle has them: where noise is off, nothing of it, as before there was any."""
    return {name: value for name, value in settings.as_dict().items() if name != "noise" or settings.noise.is_on}


def _described(ranker: Ranker) -> dict[str, object]:
    """What the bundle says of its ranker: enough to tell two apart."""
    return {
        "features": list(ranker.columns),
        "n_positives": round(ranker.n_positives),
        "trees_sha256": {name: sha256(text.encode()).hexdigest() for name, text in ranker.trees.items()},
        "calibration": {
            "scores": ranker.calibration.scores.tolist(),
            "probabilities": ranker.calibration.probabilities.tolist(),
        },
    }
