"""Bars of the placements: how probable an item must be to be shown, from how often it should be right."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates
from training.bootstrap import percentile_interval, resampled_ratios
from training.cases import Cases
from training.evaluation import Figure
from training.shown import Shown, shown_lists

MIN_SHOWN = 200
"""Fewest shown items a bar may rest on: the standard error of a precision of 0.2 is then 0.028."""

LEAST_BAR = 0.02
"""Lowest bar that is trained: one in fifty, where a server's bar is without a trained one. Below it stand pairs that
hardly ever come true, which a small shop has no pages to tell from others by."""


@dataclass(frozen=True, slots=True)
class PlacementRules:
    """What a placement may show, and how often it should be right.

    Attributes:
        max_results: Items shown at most, 1 or more; as the service's placement of that name.
        wanted_precision: Share of the shown items that should be bought with the page's item; 0 to 1.
    """

    max_results: int
    wanted_precision: float


@dataclass(frozen=True, slots=True)
class Placements:
    """The placements whose bars are chosen.

    The wanted precisions hold on two very different shops: UCI Online Retail II, whose wholesalers buy much at once,
    and a simulated shop of two-item orders; see docs/decisions/0009-report.md for the figures.

    Attributes:
        product_page: Beside the item that is looked at.
        cart: On the way to the till, where an interruption costs more.
        order_confirmation: After the purchase.
    """

    product_page: PlacementRules = field(default_factory=lambda: PlacementRules(4, 0.2))
    cart: PlacementRules = field(default_factory=lambda: PlacementRules(3, 0.25))
    order_confirmation: PlacementRules = field(default_factory=lambda: PlacementRules(3, 0.2))

    def by_name(self) -> dict[str, PlacementRules]:
        """The rules of each placement."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class Bar:
    """How probable an item must be to be shown in a placement.

    Attributes:
        rules: What the bar was chosen for.
        min_probability: The bar: an item of this probability is shown, one below is not.
        precision: Share bought of what it showed on the pages it was chosen on; 0 where they were too few to tell.
        n_shown: Items it showed there.
        raised_from: What was chosen, where that is below LEAST_BAR, which is then the bar; else None.
    """

    rules: PlacementRules
    min_probability: float
    precision: float
    n_shown: int
    raised_from: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the wanted precision is reached; if not, this is the bar of the best one, or the least bar."""
        return self.n_shown > 0 and self.precision >= self.rules.wanted_precision


@dataclass(frozen=True, slots=True)
class BarFigures:
    """What a bar does on pages it was not chosen on.

    Attributes:
        bar: The bar.
        precision: Share of the shown items that were bought.
        hit_rate: Share of the pages that show something on which any of it was bought.
        quiet: Share of the pages that show nothing.
        n_shown: Items shown in all.
    """

    bar: Bar
    precision: Figure
    hit_rate: Figure
    quiet: Figure
    n_shown: int

    def as_dict(self) -> Mapping[str, object]:
        """Plain values for JSON."""
        return asdict(self) | {"is_reached": self.bar.is_reached}


def choose_bar(shown: Shown, rules: PlacementRules, *, min_shown: int = MIN_SHOWN) -> Bar:
    """The lowest bar at which what is shown has the wanted precision, or the one of the best; LEAST_BAR or higher.

    Where fewer than min_shown items are shown in all, there is nothing to choose on: the bar is the wanted precision
    itself, or LEAST_BAR above it, which is right as far as the probabilities are.

    Args:
        shown: Published lists on the calibration slice, as long as rules.max_results, scores calibrated there.
        rules: The placement's.
        min_shown: Fewest shown items a bar may rest on, 1 or more.
    """
    present = shown.item >= 0
    score, hit = shown.score[present], shown.hit[present]
    order = np.argsort(-score, kind="stable")
    score, hit = score[order], hit[order]
    n_shown = np.arange(1, len(score) + 1)
    precision = np.cumsum(hit) / n_shown
    # A bar shows all items of one probability or none of them.
    last = np.append(score[1:] != score[:-1], True)[: len(score)]
    bars = np.flatnonzero(last & (n_shown >= min_shown))
    if len(bars) == 0:
        return _unmeasured(rules)
    reached = bars[precision[bars] >= rules.wanted_precision]
    # Of equally good bars the lowest: it speaks more often.
    chosen = reached[-1] if len(reached) else bars[np.flatnonzero(precision[bars] == precision[bars].max())[-1]]
    if score[chosen] < LEAST_BAR:
        n_clearing = int(np.count_nonzero(score >= LEAST_BAR))
        share = float(precision[n_clearing - 1]) if n_clearing else 0.0
        return Bar(rules, LEAST_BAR, share, n_clearing, raised_from=float(score[chosen]))
    return Bar(rules, float(score[chosen]), float(precision[chosen]), int(n_shown[chosen]))


def unmeasured_bars(placements: Placements) -> dict[str, Bar]:
    """The bars by name where there are no pages to choose them on: the wanted precisions, LEAST_BAR or higher."""
    return {name: _unmeasured(rules) for name, rules in placements.by_name().items()}


def choose_bars(
    cases: Cases, lists: Candidates, known: NDArray[np.bool_], placements: Placements | None = None
) -> dict[str, Bar]:
    """The bar of each placement by name.

    Args:
        cases: Pages of the calibration slice, in none of which a list was counted.
        lists: Published lists; their scores are calibrated probabilities.
        known: Items a list may hold, shape (n_items,).
        placements: What is wanted; the defaults if None.
    """
    wanted = (placements or Placements()).by_name()
    return {
        name: choose_bar(shown_lists(cases, lists, known, rules.max_results), rules) for name, rules in wanted.items()
    }


def measure_bars(
    cases: Cases, lists: Candidates, known: NDArray[np.bool_], bars: Mapping[str, Bar], *, n_bootstrap: int, seed: int
) -> dict[str, BarFigures]:
    """What each bar shows on pages it was not chosen on, by placement.

    Args:
        cases: Pages of the test slice, one or more.
        lists: Published lists; their scores are calibrated probabilities.
        known: Items a list may hold, shape (n_items,).
        bars: By placement.
        n_bootstrap: Resamples of orders behind each interval.
        seed: Seed of the resampling.
    """
    return {
        name: _measured(shown_lists(cases, lists, known, bar.rules.max_results), bar, n_bootstrap, seed)
        for name, bar in bars.items()
    }


def _unmeasured(rules: PlacementRules) -> Bar:
    wanted = rules.wanted_precision
    return Bar(rules, max(wanted, LEAST_BAR), 0.0, 0, raised_from=wanted if wanted < LEAST_BAR else None)


def _measured(shown: Shown, bar: Bar, n_bootstrap: int, seed: int) -> BarFigures:
    clears = (shown.item >= 0) & (shown.score >= bar.min_probability)
    hits = shown.hit & clears
    speaks, every = clears.max(axis=1), np.ones(len(clears))
    above = shown.by_order(hits.sum(axis=1), hits.max(axis=1), ~speaks)
    below = shown.by_order(clears.sum(axis=1), speaks, every)
    totals = below.sum(axis=0)
    value = np.divide(above.sum(axis=0), totals, out=np.zeros(3), where=totals > 0)
    drawn = resampled_ratios(above, below, n_bootstrap=n_bootstrap, seed=seed)
    precision, hit_rate, quiet = (Figure(float(value[i]), *percentile_interval(drawn[:, i])) for i in range(3))
    return BarFigures(bar, precision, hit_rate, quiet, int(totals[0]))
