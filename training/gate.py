"""The gate: what a version must be to take the champion's place, rule by rule, and what to do where it is not."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import hypot, isnan, nan

from models.bundle.reading import Bundle
from training.calibration_advice import calibration_advice
from training.champion import Comparison
from training.evaluation import CHAMPION, NOISY, PUBLISHED

CALIBRATION_ERROR = "calibration/ece"
"""The run's metric: expected calibration error of the published lists on the test slice."""

POPULARITY = "popularity"
"""What a first champion must not be worse than."""


@dataclass(frozen=True, slots=True)
class GateLimits:
    """Where the gate draws its lines.

    Attributes:
        max_calibration_error: Largest expected calibration error, 0 to 1. At 0.02 a bar of 10 % lets through what
            joins 8 to 12 of 100 orders.
        min_shoppers: Lowest floor of distinct shoppers under a published pair, 1 or more. That the champion has a
            lower one is no excuse: a floor that was lowered once would never come back.
        min_coverage_ratio: Least share of the known items on lists, as a ratio to the champion's, 0 or more.
    """

    max_calibration_error: float = 0.02
    min_shoppers: int = 5
    min_coverage_ratio: float = 0.9


@dataclass(frozen=True, slots=True)
class Floor:
    """What published pairs rest on, as their bundle says.

    Attributes:
        n_pairs: Published pairs of items and of categories.
        fewest_shoppers: Fewest distinct shoppers behind any of them; 0 where there are none.
    """

    n_pairs: int
    fewest_shoppers: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a version that wants to be champion.

    Attributes:
        k: Length of the lists that were scored.
        metrics: Its run's figures by name.
        min_shoppers: The floor it was trained with; None where that was not recorded.
        floor: What its pairs rest on; None where the bundle cannot be read.
        comparison: How its training was compared with the champion of then.
    """

    k: int
    metrics: Mapping[str, float]
    min_shoppers: int | None
    floor: Floor | None
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Incumbent:
    """The champion of now.

    Attributes:
        version: Its number.
        metrics: Its run's figures by name.
    """

    version: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's verdict.

    Attributes:
        name: A word.
        holds: Whether the version may pass; a figure that is missing is no pass.
        figure: What was measured; None where it is missing or there is nothing to measure.
        limit: What the figure is held to; None where there is no such limit yet.
        says: What was found, and what to do where the rule fails.
    """

    name: str
    holds: bool
    figure: float | None
    limit: float | None
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a version.

    Attributes:
        champion: The champion of then; None if there was none.
        rules: Every rule, in a fixed order.
    """

    champion: int | None
    rules: tuple[Rule, ...]

    @property
    def passed(self) -> bool:
        """Whether every rule holds."""
        return all(rule.holds for rule in self.rules)

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the rules that do not hold."""
        return tuple(rule.name for rule in self.rules if not rule.holds)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"passed": self.passed, "failed": list(self.failed), **asdict(self)}


def floor_of(bundle: Bundle) -> Floor:
    """What the bundle's pairs rest on, alternatives and pairs of categories among them."""
    held = [pairs.n_shoppers for pairs in (bundle.item_pairs, bundle.category_pairs) if len(pairs.n_shoppers)]
    return Floor(sum(map(len, held)), min((int(shoppers.min()) for shoppers in held), default=0))


def judge(standing: Standing, incumbent: Incumbent | None, limits: GateLimits) -> Verdict:
    """The verdict of every rule.

    Where the incumbent is the champion that the training was compared with, the paired figures of that comparison
    count; where it is another, the figures that each one's run logged do, and the rule says so.

    Args:
        standing: The version at the gate.
        incumbent: The champion of now; None if there is none.
        limits: Where the lines are.
    """
    rules = (
        _relevance(standing, incumbent),
        _calibration(standing, limits),
        _floors(standing, limits),
        _coverage(standing, incumbent, limits),
    )
    return Verdict(None if incumbent is None else incumbent.version, rules)


def _relevance(standing: Standing, incumbent: Incumbent | None) -> Rule:
    ndcg = f"NDCG_at_{standing.k}"
    if incumbent is None:
        return _paired(standing, POPULARITY, ndcg, "There is no champion; popularity stands in.")
    if standing.comparison.version == incumbent.version:
        if not standing.comparison.is_fair:
            todo = "Train again when the test slice is later than what the champion has seen, or force it."
            return Rule("relevance", False, None, 0.0, f"{standing.comparison.says} {todo}")
        return _paired(standing, CHAMPION, ndcg, standing.comparison.says)
    found = []
    for whose, metrics in (("the run", standing.metrics), ("the champion's run", incumbent.metrics)):
        own = f"{_bundled(metrics)}/{ndcg}"
        names = [own, f"{own}_low", f"{own}_high"]
        if missing := _missing("relevance", names, metrics, whose):
            return missing
        found.append([metrics[name] for name in names])
    (value, _, high), (theirs, low, _) = found
    # Two figures of different pages: errors are independent, and add up as squares.
    upper = value - theirs + hypot(high - value, theirs - low)
    says = f"{_not_compared(incumbent)} {value:.4f} here, {theirs:.4f} there."
    return _ends_above_zero(upper, says, ndcg)


def _bundled(metrics: Mapping[str, float]) -> str:
    """The method whose lists the run's bundle holds: the noisy ones where it made any."""
    return NOISY if any(name.startswith(f"{NOISY}/") for name in metrics) else PUBLISHED


def _paired(standing: Standing, other: str, metric: str, found: str) -> Rule:
    name = f"{_bundled(standing.metrics)}_minus/{other}/{metric}"
    if missing := _missing("relevance", [name, f"{name}_high"], standing.metrics, "the run"):
        return missing
    value, upper = standing.metrics[name], standing.metrics[f"{name}_high"]
    return _ends_above_zero(upper, f"{found} {value:+.4f} against {other}, paired.", metric)


def _ends_above_zero(upper: float, found: str, metric: str) -> Rule:
    measured = f"{metric.replace('_at_', '@')}, upper end of the difference's interval."
    todo = "" if upper >= 0 else " It is worse beyond chance: look at its report before anybody is shown it."
    return Rule("relevance", upper >= 0, upper, 0.0, f"{measured} {found}{todo}")


def _calibration(standing: Standing, limits: GateLimits) -> Rule:
    limit = limits.max_calibration_error
    if missing := _missing("calibration", [CALIBRATION_ERROR], standing.metrics, "the run", limit):
        return missing
    error = standing.metrics[CALIBRATION_ERROR]
    todo = "" if error <= limit else f" {calibration_advice(error, limit, standing.metrics)}"
    says = f"How far probabilities are from what happened, on average (expected calibration error).{todo}"
    return Rule("calibration", error <= limit, error, limit, says)


def _floors(standing: Standing, limits: GateLimits) -> Rule:
    limit, floor, trained = limits.min_shoppers, standing.floor, standing.min_shoppers
    if trained is None or floor is None:
        what = "its bundle cannot be read" if floor is None else "its run does not say which floor it was trained with"
        return Rule("floors", False, None, limit, f"Not known: {what}. Train it again.")
    fewest = floor.fewest_shoppers if floor.n_pairs else None
    if trained < limit:
        says = f"It was trained with a floor of {trained} shoppers: train with min_shoppers {limit} or more."
        return Rule("floors", False, trained if fewest is None else min(fewest, trained), limit, says)
    if fewest is None:
        return Rule("floors", True, None, limit, "It publishes no pair.")
    wanted = max(limit, trained)
    todo = "" if fewest >= wanted else " A pair is published that should not be: do not serve this bundle."
    says = f"Fewest shoppers behind any of {floor.n_pairs:,} pairs.{todo}"
    return Rule("floors", fewest >= wanted, fewest, wanted, says)


def _coverage(standing: Standing, incumbent: Incumbent | None, limits: GateLimits) -> Rule:
    coverage = f"coverage_at_{standing.k}"
    own = f"{_bundled(standing.metrics)}/{coverage}"
    if missing := _missing("coverage", [own], standing.metrics, "the run"):
        return missing
    value = standing.metrics[own]
    if incumbent is None:
        return Rule("coverage", True, value, None, "Share of the known items on lists; there is no champion to match.")
    is_paired = standing.comparison.version == incumbent.version and standing.comparison.is_fair
    theirs = f"{CHAMPION if is_paired else _bundled(incumbent.metrics)}/{coverage}"
    metrics, whose = (standing.metrics, "the run") if is_paired else (incumbent.metrics, "the champion's run")
    if missing := _missing("coverage", [theirs], metrics, whose):
        return missing
    limit = limits.min_coverage_ratio * metrics[theirs]
    says = f"Share of the known items on lists; the limit is {limits.min_coverage_ratio:g} times the champion's."
    if not is_paired:
        says += f" {_not_compared(incumbent)}"
    todo = (
        "" if value >= limit else " Items have lost their lists: see what was held back, and whether data is missing."
    )
    return Rule("coverage", value >= limit, value, limit, says + todo)


def _not_compared(incumbent: Incumbent) -> str:
    return (
        f"This training was not compared with version {incumbent.version}, the champion now: by the figures that each "
        "run logged, of other pages."
    )


def _missing(
    rule: str, names: list[str], metrics: Mapping[str, float], whose: str, limit: float | None = None
) -> Rule | None:
    """The failed rule, if a figure is not there or is no number."""
    absent = [name for name in names if isnan(metrics.get(name, nan))]
    if not absent:
        return None
    says = f"Not known: {whose} has no {', '.join(absent)}. Train it again, on enough orders to set some aside."
    return Rule(rule, False, None, limit, says)
