"""Searches the ranker's settings on slices before the test slice, and says whether what it found is any better."""

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Protocol

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from models.ranker import RankerSettings
from training.bootstrap import CONFIDENCE, percentile_interval, resampled_ratios
from training.evaluation import Figure
from training.search_space import nearest, suggested
from training.settings import TrainingSettings


class ScoresSettings(Protocol):
    """What settings are tried on: training.folds.Fold."""

    def score(
        self, ranker: RankerSettings, *, k: int, n_best: int, n_threads: int, seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sum of NDCG@k over the pages of each order, and how many pages those are, each of shape (n_orders,)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a search ends; the settings it begins with are always tried.

    Attributes:
        time_budget_s: Seconds; no trial begins that would not end within them if it took as long as the others did on
            average. None for no limit.
        n_trials: Trials, 1 or more, the one with the settings it begins with among them; None for no limit.
    """

    time_budget_s: float | None = None
    n_trials: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings that were tried.

    Attributes:
        number: From 0, which is the trial of the settings that the search began with.
        ranker: The settings.
        ndcg: Mean of NDCG@k over the folds, with its interval.
        of_folds: NDCG@k of each fold.
        seconds: How long it took.
    """

    number: int
    ranker: RankerSettings
    ndcg: Figure
    of_folds: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a search found.

    Attributes:
        trials: In the order they were tried, one or more.
        best: The trial with the highest NDCG, the earliest of those.
        gain: Its NDCG minus that of trial 0, paired by order.
        needed: How large the gain must be to stand out from what the best of so many trials gains by chance.
        importance: Setting to its share of the variance between trials, weightiest first; empty for too few trials.
        interrupted: Whether somebody ended it.
    """

    trials: tuple[Trial, ...]
    best: Trial
    gain: Figure
    needed: float
    importance: Mapping[str, float]
    interrupted: bool

    @property
    def is_better(self) -> bool:
        """Whether the best settings beat those it began with by more than chance."""
        return self.gain.value > self.needed

    @property
    def chosen(self) -> Trial:
        """The best trial if it is better, else the one that the search began with."""
        return self.best if self.is_better else self.trials[0]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "trials": [asdict(trial) for trial in self.trials],
            "best": self.best.number,
            "chosen": self.chosen.number,
            "gain": asdict(self.gain),
            "needed": self.needed,
            "is_better": self.is_better,
            "importance": dict(self.importance),
            "interrupted": self.interrupted,
        }


def tune(
    folds: Sequence[ScoresSettings],
    settings: TrainingSettings,
    limits: Limits,
    *,
    n_threads: int,
    told: Callable[[Trial], None] = lambda _: None,
    clock: Callable[[], float] = time.perf_counter,
) -> Tuned:
    """Try settings of the ranker until a limit is reached, or somebody interrupts it after the first trial.

    The first trial has the given settings, the others those of a tree-structured Parzen estimator (Bergstra et al.,
    2011, Algorithms for Hyper-Parameter Optimization). The same folds, seed and number of trials give the same search.

    Args:
        folds: What to score on, one or more.
        settings: What to begin with; k, seed, resamples and the length of lists are its own throughout.
        limits: When to end; one of the two at least.
        n_threads: Threads to use; they change no trial.
        told: Called after each trial.
        clock: Seconds since any moment.

    Raises:
        ValueError: There are no folds, or no limits.
        KeyboardInterrupt: It was interrupted before the first trial ended.
    """
    if not folds or limits == Limits():
        raise ValueError("a search wants folds to score on and a limit to end at")
    start = clock()
    study = _study(settings)
    trials: list[Trial] = []
    scored: list[_Scored] = []
    interrupted = False
    try:
        while _may_begin(limits, len(trials), clock() - start):
            begun = clock()
            asked = study.ask()
            suggestion = suggested(asked)
            # What it begins with may lie outside the space; the sampler is then told of the nearest point in it.
            ranker = suggestion if trials else settings.ranker
            scored.append(_score(folds, replace(settings, ranker=ranker), n_threads))
            value = scored[-1].value
            interval = percentile_interval(scored[-1].drawn)
            study.tell(asked, value)
            trials.append(Trial(len(trials), ranker, Figure(value, *interval), scored[-1].of_folds, clock() - begun))
            told(trials[-1])
    except KeyboardInterrupt:
        if not trials:
            raise
        interrupted = True
    return _tuned(trials, scored[: len(trials)], _importance(study, settings.seed), interrupted=interrupted)


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Mean of NDCG over the folds, the same of each fold, and the mean over again on each resample of the orders."""

    value: float
    of_folds: tuple[float, ...]
    drawn: NDArray[np.float64]


def _score(folds: Sequence[ScoresSettings], settings: TrainingSettings, n_threads: int) -> _Scored:
    of_folds, drawn = [], []
    for number, fold in enumerate(folds):
        above, below = fold.score(
            settings.ranker, k=settings.k, n_best=settings.max_candidates, n_threads=n_threads, seed=settings.seed
        )
        of_folds.append(float(above.sum() / below.sum()))
        # Every trial draws the same orders, so that differences of trials are paired; each fold draws its own.
        seed = settings.seed + number
        resampled = resampled_ratios(above[:, None], below[:, None], n_bootstrap=settings.n_bootstrap, seed=seed)
        drawn.append(resampled[:, 0])
    return _Scored(float(np.mean(of_folds)), tuple(of_folds), np.mean(drawn, axis=0))


def _tuned(
    trials: Sequence[Trial], scored: Sequence[_Scored], importance: Mapping[str, float], *, interrupted: bool
) -> Tuned:
    """The best of many trials is lucky too: the gain it needs is what the luckiest of as many equals would gain.

    White (2000), A Reality Check for Data Snooping.
    """
    value = np.array([one.value for one in scored])
    best = int(np.argmax(value))
    gains = np.array([one.value - scored[0].value for one in scored])
    drawn = np.array([one.drawn - scored[0].drawn for one in scored])
    luckiest = (drawn - gains[:, None]).max(axis=0)
    return Tuned(
        trials=tuple(trials),
        best=trials[best],
        gain=Figure(float(gains[best]), *percentile_interval(drawn[best])),
        needed=float(np.quantile(luckiest, (1 + CONFIDENCE) / 2)),
        importance=importance,
        interrupted=interrupted,
    )


def _may_begin(limits: Limits, n_trials: int, elapsed_s: float) -> bool:
    if limits.n_trials is not None and n_trials >= limits.n_trials:
        return False
    if limits.time_budget_s is None or n_trials == 0:
        return True
    return elapsed_s * (n_trials + 1) / n_trials <= limits.time_budget_s


def _study(settings: TrainingSettings) -> optuna.Study:
    with _quiet():
        sampler = optuna.samplers.TPESampler(seed=settings.seed, multivariate=True)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        study.enqueue_trial(nearest(settings.ranker))
    return study


def _importance(study: optuna.Study, seed: int) -> dict[str, float]:
    """Hutter, Hoos and Leyton-Brown (2014), An Efficient Approach for Assessing Hyperparameter Importance."""
    with _quiet():
        try:
            shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed))
        except (RuntimeError, ValueError):  # too few trials, or none that differ
            return {}
    return {name: float(share) for name, share in shares.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna neither logs what is told elsewhere nor warns that the sampler's form is new in its older versions."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
