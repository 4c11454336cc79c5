"""Numbers and findings in words that need no statistics."""

from collections.abc import Iterator

from training.assessment import PAGE, POPULARITY, Assessment
from training.evaluation import CHAMPION, METRICS, NOISY, PUBLISHED, RANKER, Evaluation, Figure
from training.result import TrainingResult

NARROW_SPACE = "\u202f"
MINUS = "\u2212"

LEADING = METRICS[0]


def count(number: int) -> str:
    """A count with its thousands apart."""
    return f"{number:,}".replace(",", NARROW_SPACE)


def percent(share: float, decimals: int = 1) -> str:
    """A share as a percentage."""
    return f"{100 * share:.{decimals}f}{NARROW_SPACE}%"


def decimal(value: float, metric: str = LEADING) -> str:
    """A figure as precise as it is read: novelty in bits to a tenth, the others to a thousandth."""
    return f"{value:.{1 if metric == 'novelty' else 3}f}".replace("-", MINUS)


def signed(value: float) -> str:
    """A difference with its sign."""
    return f"{value:+.4f}".replace("-", MINUS)


def percents(figure: Figure) -> str:
    """A share with its interval."""
    return f"{percent(figure.value)} ({100 * figure.low:.1f} to {percent(figure.high)})"


def verdict(difference: Figure) -> str:
    """Whether the one is better than the other, worse, or not told apart."""
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "not told apart"


def name_of(method: str) -> str:
    """A method as it is read."""
    return method.replace("_", " ")


def findings(result: TrainingResult) -> list[str]:
    """What the figures say, one sentence or two each, the most important first."""
    if result.evaluation is None:
        return ["There are too few orders to hold some back in time: this model was not measured."]
    told = [*_of_lists(result.evaluation), *_of_noise(result)]
    if result.assessment is not None:
        told += _of_trust(result.assessment)
    return told


def _of_lists(evaluation: Evaluation) -> Iterator[str]:
    own = evaluation.figures[evaluation.bundled]
    yield (
        f"On {percents(own['HR'])} of {count(evaluation.n_cases)} pages of later orders, the first {evaluation.k} "
        f"items published held something that was bought with the page's item."
    )
    popular = evaluation.figures.get(POPULARITY)
    if popular is not None and popular[LEADING].value > 0:
        times = own[LEADING].value / popular[LEADING].value
        yield (
            f"{LEADING}@{evaluation.k}, which counts hits near the top for more, is {decimal(own[LEADING].value)}: "
            f"{times:.1f} times that of the best-sold items."
        )
    single = {
        name: figures[LEADING]
        for name, figures in evaluation.figures.items()
        if name not in (RANKER, PUBLISHED, NOISY, CHAMPION, POPULARITY)
    }
    if single and evaluation.differences:
        best = max(sorted(single), key=lambda name: single[name].value)
        difference = evaluation.differences[best][LEADING]
        yield _compared("With nothing held back, the ranking", difference, f"the best method alone, {name_of(best)}")
    bundled = evaluation.noisy_differences or evaluation.published_differences
    if CHAMPION in bundled:
        difference = bundled[CHAMPION][LEADING]
        yield _compared("As published, it", difference, "the champion, the model that serves now")
    if PUBLISHED in evaluation.differences:
        cost = evaluation.differences[PUBLISHED][LEADING].value
        does = "costs" if cost >= 0 else "gains"
        yield f"Holding back what rests on too few shoppers or says nothing {does} {abs(cost):.4f} of {LEADING}."


def _of_noise(result: TrainingResult) -> Iterator[str]:
    if result.noise is None:
        return
    spent = result.noise.spent
    yield (
        f"The bundle holds noisy counts alone: what any one shopper did changes no outcome's probability by more than "
        f"a factor of e to the {spent.epsilon:.4g}, but for a chance of {spent.delta:.2g}. "
        f"{count(result.noise.n_pairs)} pairs came out, each with a noisy count of {count(spent.pair_threshold)} "
        f"shoppers or more. The figures on this page are not private."
    )
    cost = result.evaluation.noise_cost.get(LEADING) if result.evaluation is not None else None
    if cost is not None:
        yield (
            f"Noise costs {signed(cost.value)} of {LEADING}, from {signed(cost.low)} to {signed(cost.high)}, against "
            f"the exact lists."
        )


def _compared(what: str, difference: Figure, other: str) -> str:
    between = f"{signed(difference.value)}, from {signed(difference.low)} to {signed(difference.high)}"
    told = {"better": "is better than", "worse": "is worse than", "not told apart": "cannot be told apart from"}
    return f"{what} {told[verdict(difference)]} {other}: {LEADING} {between}."


def _of_trust(assessment: Assessment) -> Iterator[str]:
    error = assessment.reliability.error
    yield (
        f"Its probabilities are {100 * error.value:.1f} percentage points off on average ({100 * error.low:.1f} to "
        f"{100 * error.high:.1f}); perfect ones would seem {100 * assessment.reliability.error_by_chance:.1f} off by "
        f"chance."
    )
    gain = assessment.risk_coverage.gain_at_half
    yield (
        f"Where it is sure it is right more often: the surer half of the pages is hit {gain.value:.2f} times as often "
        f"as all pages ({gain.low:.2f} to {gain.high:.2f})."
        if gain.low > 1
        else f"How sure it is does not tell where it is right: {gain.value:.2f} ({gain.low:.2f} to {gain.high:.2f}) "
        f"times the hits on the surer half of the pages."
    )
    page = assessment.bars.get(PAGE)
    if page is not None:
        yield (
            f"On a product page it shows what is at least {percent(page.bar.min_probability)} probable: of that, "
            f"{percent(page.precision.value)} is bought, and {percent(page.quiet.value)} of the pages stay quiet."
        )
