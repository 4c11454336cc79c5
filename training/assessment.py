"""What is known of a model beyond its average figures: how far to trust it, where it is good, when it is quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates
from training.bars import Bar, BarFigures, measure_bars
from training.cases import Cases
from training.evaluation import CHAMPION, PUBLISHED, Evaluation
from training.reliability import Reliability, reliability
from training.report.examples import Example, examples_of
from training.risk_coverage import RiskCoverage, risk_coverage
from training.segments import Segments, by_category, by_popularity, evaluate_segments
from training.shown import shown_lists

POPULARITY = "popularity"

PAGE = "product_page"
"""The placement whose length risk-coverage is read at: what is shown decides, not what lies further down the list."""


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """Figures of the published lists on the test slice.

    Attributes:
        reliability: Probabilities against outcomes, of lists of the evaluation's length.
        risk_coverage: Whether surer pages are righter, of lists as long as the product page shows.
        bars: What each placement's bar does, by the placement's name.
        bands: Figures of head, torso and tail pages.
        categories: Figures of each top-level category's pages; empty where no item has a category.
        examples: Pages to read.
    """

    reliability: Reliability
    risk_coverage: RiskCoverage
    bars: Mapping[str, BarFigures]
    bands: Mapping[str, Evaluation]
    categories: Mapping[str, Evaluation]
    examples: tuple[Example, ...]

    def metrics(self) -> dict[str, float]:
        """Named numbers for a run's record."""
        error, gain, area = self.reliability.error, self.risk_coverage.gain_at_half, self.risk_coverage.area
        named = {
            "calibration/ece": error.value,
            "calibration/ece_low": error.low,
            "calibration/ece_high": error.high,
            "calibration/ece_by_chance": self.reliability.error_by_chance,
            "risk_coverage/gain_at_half": gain.value,
            "risk_coverage/gain_at_half_low": gain.low,
            "risk_coverage/gain_at_half_high": gain.high,
            "risk_coverage/item_gain_at_half": self.risk_coverage.item_gain_at_half.value,
            "risk_coverage/item_gain_at_half_low": self.risk_coverage.item_gain_at_half.low,
            "risk_coverage/item_gain_at_half_high": self.risk_coverage.item_gain_at_half.high,
            "risk_coverage/area": area.value,
            "risk_coverage/hit_rate": self.risk_coverage.overall.value,
            "risk_coverage/hit_rate_at_half": self.risk_coverage.at_half.value,
        }
        for name, figures in self.bars.items():
            named |= {
                f"placement/{name}/min_probability": figures.bar.min_probability,
                f"placement/{name}/precision": figures.precision.value,
                f"placement/{name}/hit_rate": figures.hit_rate.value,
                f"placement/{name}/quiet": figures.quiet.value,
            }
        for band, evaluation in self.bands.items():
            own = evaluation.figures[PUBLISHED]
            named |= {f"{band}/{metric}_at_{evaluation.k}": figure.value for metric, figure in own.items()}
        return named

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "reliability": self.reliability.as_dict(),
            "risk_coverage": self.risk_coverage.as_dict(),
            "bars": {name: figures.as_dict() for name, figures in self.bars.items()},
            "bands": {label: one.as_dict() for label, one in self.bands.items()},
            "categories": {label: one.as_dict() for label, one in self.categories.items()},
        }


def assess(
    cases: Cases,
    lists: Mapping[str, Candidates],
    popularity: NDArray[np.int64],
    known: NDArray[np.bool_],
    categories: Sequence[str],
    bars: Mapping[str, Bar],
    *,
    k: int,
    n_bootstrap: int,
    seed: int,
) -> Assessment:
    """Assess the published lists on the cases they were evaluated on.

    Args:
        cases: One or more.
        lists: As for training.evaluation.evaluate; PUBLISHED is among them, its scores probabilities.
        popularity: As there.
        known: As there.
        categories: Path of each item such as "photo/cameras"; empty where unknown.
        bars: By placement, PAGE among them; chosen on other pages.
        k: As for evaluate.
        n_bootstrap: As there.
        seed: As there.
    """
    published = lists[PUBLISHED]
    told = {name: lists[name] for name in (PUBLISHED, POPULARITY, CHAMPION) if name in lists}
    bands, parts = by_popularity(popularity), by_category(categories, popularity)

    def of_each(segments: Segments | None) -> dict[str, Evaluation]:
        if segments is None:
            return {}
        return evaluate_segments(cases, told, popularity, known, segments, k=k, n_bootstrap=n_bootstrap, seed=seed)

    on_page = shown_lists(cases, published, known, bars[PAGE].rules.max_results)
    return Assessment(
        reliability=reliability(shown_lists(cases, published, known, k), n_bootstrap=n_bootstrap, seed=seed),
        risk_coverage=risk_coverage(on_page, n_bootstrap=n_bootstrap, seed=seed),
        bars=measure_bars(cases, published, known, bars, n_bootstrap=n_bootstrap, seed=seed),
        bands=of_each(bands),
        categories=of_each(parts),
        examples=examples_of(bands, popularity),
    )
