"""The search for the ranker's settings: what it looks at, when it ends, and when it says that it found something."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from models.evidence import gather_evidence
from models.generators.registry import GENERATORS
from models.histories import Histories
from models.ranker import RankerSettings
from tests.models.worlds import build
from training.folds import Fold, folds_before_test
from training.lab import Lab
from training.search_space import REAL, WHOLE, nearest
from training.settings import TrainingSettings
from training.split import split_in_time
from training.steps import Steps
from training.tuning import Limits, Trial, Tuned, tune

SETTINGS = replace(
    TrainingSettings(),
    n_bootstrap=100,
    n_slices=2,
    max_candidates=10,
    n_candidates=10,
    generators=tuple(GENERATORS[name]() for name in ("log_likelihood", "pair_counts")),
    ranker=RankerSettings(n_rounds=10),
)


def shop(*, late: int = 1, calibration: int = 1, n_orders: int = 2_000) -> Histories:
    """Each of 12 items goes with its neighbour; the seeds are those of the last tenth and of the one before it."""
    parts = ((0.8, 1), (0.1, calibration), (0.1, late))
    orders = []
    for share, seed in parts:
        rng = np.random.default_rng(seed)
        for _ in range(round(share * n_orders)):
            first = int(rng.integers(12))
            items = {first, (first + 1) % 12 if rng.random() < 0.6 else int(rng.integers(12)), int(rng.integers(12))}
            orders.append(sorted(items))
    return build(orders, n_items=12, shoppers=[number % 300 for number in range(n_orders)])


def folds_of(histories: Histories) -> tuple[Fold, ...]:
    return folds_before_test(histories, SETTINGS, n_threads=1, steps=Steps())


@pytest.fixture(scope="module")
def folds() -> tuple[Fold, ...]:
    return folds_of(shop())


@pytest.fixture(scope="module")
def tuned(folds: tuple[Fold, ...]) -> Tuned:
    return tune(folds, SETTINGS, Limits(n_trials=3), n_threads=1)


def timeless(tuned: Tuned) -> list[Trial]:
    return [replace(trial, seconds=0.0) for trial in tuned.trials]


def test_the_first_trial_has_the_settings_it_begins_with(tuned: Tuned) -> None:
    assert tuned.trials[0].ranker == SETTINGS.ranker
    assert [trial.number for trial in tuned.trials] == [0, 1, 2]
    assert len({trial.ranker for trial in tuned.trials}) == 3


def test_what_it_begins_with_may_lie_outside_the_space(folds: tuple[Fold, ...]) -> None:
    outside = RankerSettings(n_rounds=3, lambda_l2=0.0)
    assert not WHOLE["n_rounds"][0] <= outside.n_rounds
    tuned = tune(folds, replace(SETTINGS, ranker=outside), Limits(n_trials=1), n_threads=1)
    assert tuned.trials[0].ranker == outside
    assert nearest(outside)["lambda_l2"] == REAL["lambda_l2"][0]


def test_the_same_seed_gives_the_same_search(folds: tuple[Fold, ...], tuned: Tuned) -> None:
    again = tune(folds, SETTINGS, Limits(n_trials=3), n_threads=2)
    assert timeless(again) == timeless(tuned)
    assert (again.gain, again.needed, again.importance) == (tuned.gain, tuned.needed, tuned.importance)


def test_another_seed_gives_another_search(folds: tuple[Fold, ...], tuned: Tuned) -> None:
    other = tune(folds, replace(SETTINGS, seed=1), Limits(n_trials=3), n_threads=1)
    assert other.trials[2].ranker != tuned.trials[2].ranker


def test_no_order_of_the_test_slice_changes_a_trial(tuned: Tuned) -> None:
    other = tune(folds_of(shop(late=2)), SETTINGS, Limits(n_trials=3), n_threads=1)
    assert timeless(other) == timeless(tuned)


def test_the_last_fold_is_the_calibration_slice(tuned: Tuned) -> None:
    other = tune(folds_of(shop(calibration=2)), SETTINGS, Limits(n_trials=3), n_threads=1)
    assert other.trials[0].of_folds[0] == tuned.trials[0].of_folds[0]
    assert other.trials[0].of_folds[1] != tuned.trials[0].of_folds[1]


def test_folds_are_those_of_the_two_latest_slices(folds: tuple[Fold, ...]) -> None:
    split = split_in_time(shop(), n_slices=2, validation_share=0.1, test_share=0.1)
    orders = [(fold.cases.order.min(), fold.cases.order.max()) for fold in folds]
    for (first, last), each in zip(orders, (split.ranker[-1], split.calibration), strict=True):
        assert each.first <= first < last < each.end
    assert [len(fold.examples) for fold in folds] == [1, 2]


def test_a_fold_scores_the_lists_that_a_training_would_rank(folds: tuple[Fold, ...]) -> None:
    from training.evaluation import evaluate

    histories = shop()
    split = split_in_time(histories, n_slices=2, validation_share=0.1, test_share=0.1)
    lab = Lab(histories, SETTINGS, 1)
    examples = [lab.examples(each, *lab.before(each)) for each in split.ranker]
    past = histories.before(split.calibration.start_s)
    evidence = gather_evidence(past, SETTINGS.generators, SETTINGS.n_candidates)
    cases, known = lab.cases(split.calibration, past)
    lists = lab.rank(past, evidence, lab.fit(examples)).as_open_candidates()
    popularity = np.asarray(past.orders_items.sum(axis=0)).astype(np.int64)
    wanted = evaluate(cases, {"ranker": lists}, popularity, known, k=10, n_bootstrap=100, seed=0)
    above, below = folds[-1].score(SETTINGS.ranker, k=10, n_best=10, n_threads=1, seed=0)
    assert above.sum() / below.sum() == pytest.approx(wanted.figures["ranker"]["NDCG"].value, abs=1e-12)


def test_the_figure_is_the_mean_of_the_folds_within_its_interval(tuned: Tuned) -> None:
    for trial in tuned.trials:
        assert trial.ndcg.value == pytest.approx(np.mean(trial.of_folds))
        assert trial.ndcg.low < trial.ndcg.value < trial.ndcg.high


def test_too_few_orders_give_no_folds() -> None:
    assert folds_of(build([], n_items=3)) == ()
    assert folds_of(build([[0, 1]] * 30, n_items=2)) == ()


Values = NDArray[np.float64]


class Planned:
    """A fold whose NDCG in each order is planned, trial by trial; None interrupts. Each takes two seconds."""

    def __init__(self, *ndcg: Values | None) -> None:
        self._rest = iter(ndcg)
        self.elapsed_s = 0.0

    def score(self, *_: object, **__: object) -> tuple[Values, Values]:
        """Of one page in each order."""
        value = next(self._rest)
        if value is None:
            raise KeyboardInterrupt
        self.elapsed_s += 2.0
        return value, np.ones(len(value))


def noise(n_trials: int, scale: float = 0.1) -> Iterator[Values]:
    rng = np.random.default_rng(5)
    return (0.3 + scale * rng.standard_normal(400) for _ in range(n_trials))


def test_a_gain_in_every_order_is_kept() -> None:
    base = next(noise(1))
    tuned = tune([Planned(base, base + 0.02, base + 0.01)], SETTINGS, Limits(n_trials=3), n_threads=1)
    assert tuned.gain.value == pytest.approx(0.02)
    assert tuned.is_better
    assert tuned.chosen.number == tuned.best.number == 1


def test_the_luckiest_of_many_equals_is_not_kept() -> None:
    tuned = tune([Planned(*noise(40))], SETTINGS, Limits(n_trials=40), n_threads=1)
    assert tuned.gain.low > 0, "taken alone it would look better"
    assert not tuned.is_better
    assert tuned.chosen.number == 0


def test_nothing_better_leaves_what_it_began_with() -> None:
    base = next(noise(1))
    tuned = tune([Planned(base, base - 0.1)], SETTINGS, Limits(n_trials=2), n_threads=1)
    assert (tuned.best.number, tuned.is_better, tuned.gain.value) == (0, False, 0.0)


def test_an_interruption_keeps_the_trials_that_ended() -> None:
    base = next(noise(1))
    tuned = tune([Planned(base, base + 0.02, None)], SETTINGS, Limits(n_trials=9), n_threads=1)
    assert tuned.interrupted
    assert [trial.number for trial in tuned.trials] == [0, 1]
    assert tuned.chosen.number == 1


def test_an_interruption_before_the_first_trial_ended_is_one() -> None:
    with pytest.raises(KeyboardInterrupt):
        tune([Planned(None)], SETTINGS, Limits(n_trials=9), n_threads=1)


@pytest.mark.parametrize(("budget_s", "n_trials"), [(0.0, 1), (7.9, 3), (8.0, 4), (100.0, 6)])
def test_no_trial_begins_that_would_not_end_within_the_budget(budget_s: float, n_trials: int) -> None:
    fold = Planned(*noise(6))
    limits = Limits(time_budget_s=budget_s, n_trials=6)
    tuned = tune([fold], SETTINGS, limits, n_threads=1, clock=lambda: fold.elapsed_s)
    assert len(tuned.trials) == n_trials
    assert {trial.seconds for trial in tuned.trials} == {2.0}
