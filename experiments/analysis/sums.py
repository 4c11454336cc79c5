"""What was counted of an arm, small enough to keep: sums over units from which every figure follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import add, sub

from experiments.definition import Metric


@dataclass(frozen=True, slots=True)
class MetricSums:
    """Sums of one metric over the units of one arm. With numerator x, denominator y (1 of a plain metric) and what the
    same unit did before the test c.

    Attributes:
        n: Units.
        x: Sum of numerators.
        y: Sum of denominators.
        xx: Sum of x times x.
        yy: Sum of y times y.
        xy: Sum of x times y.
        c: Sum of the covariate; 0 throughout where there is none.
        cc: Sum of c times c.
        xc: Sum of x times c.
        yc: Sum of y times c.
    """

    n: int
    x: float
    y: float
    xx: float
    yy: float
    xy: float
    c: float = 0.0
    cc: float = 0.0
    xc: float = 0.0
    yc: float = 0.0

    def __add__(self, other: "MetricSums") -> "MetricSums":
        """Of the units of both."""
        return MetricSums(
            self.n + other.n,
            self.x + other.x,
            self.y + other.y,
            self.xx + other.xx,
            self.yy + other.yy,
            self.xy + other.xy,
            self.c + other.c,
            self.cc + other.cc,
            self.xc + other.xc,
            self.yc + other.yc,
        )


@dataclass(frozen=True, slots=True)
class Served:
    """What servers counted of an arm's answers, of nobody in particular.

    Attributes:
        n_answers: Answers.
        n_quiet: Of them those that showed nothing.
        latency_buckets: Answers by time taken, one number for each of the bounds and one above the last.
        latency_sum_s: Seconds of all of them.
        latency_bounds_ms: Upper bounds of the buckets, themselves included, rising.
        n_either: Of a shadow's answers, items that it or the arm that was shown had.
        n_both: Items that both had.
        answers_by_group: Of people who may be measured, answers by groups that chance made of them; none of groups with
            too few people to tell.
        reports_by_group: Of those the answers that a page said were seen, by the same groups.
    """

    n_answers: int = 0
    n_quiet: int = 0
    latency_buckets: tuple[int, ...] = ()
    latency_sum_s: float = 0.0
    latency_bounds_ms: tuple[float, ...] = ()
    n_either: int = 0
    n_both: int = 0
    answers_by_group: tuple[int, ...] = ()
    reports_by_group: tuple[int, ...] = ()

    def __add__(self, other: "Served") -> "Served":
        """Of the answers of both, whose bounds are the same; what counted none may have no buckets."""
        return Served(
            self.n_answers + other.n_answers,
            self.n_quiet + other.n_quiet,
            _each(add, self.latency_buckets, other.latency_buckets),
            self.latency_sum_s + other.latency_sum_s,
            self.latency_bounds_ms or other.latency_bounds_ms,
            self.n_either + other.n_either,
            self.n_both + other.n_both,
            _each(add, self.answers_by_group, other.answers_by_group),
            _each(add, self.reports_by_group, other.reports_by_group),
        )

    def since(self, earlier: "Served") -> "Served":
        """Of the answers that came after an earlier count of the same."""
        return Served(
            self.n_answers - earlier.n_answers,
            self.n_quiet - earlier.n_quiet,
            _each(sub, self.latency_buckets, earlier.latency_buckets),
            self.latency_sum_s - earlier.latency_sum_s,
            self.latency_bounds_ms,
            self.n_either - earlier.n_either,
            self.n_both - earlier.n_both,
            _each(sub, self.answers_by_group, earlier.answers_by_group),
            _each(sub, self.reports_by_group, earlier.reports_by_group),
        )


def _each(done: Callable[[int, int], int], one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Place by place; of what was not counted there are none."""
    none = (0,) * max(len(one), len(other))
    return tuple(done(left, right) for left, right in zip(one or none, other or none, strict=True))


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """All that was counted of one arm.

    Attributes:
        arm: Its name.
        n_units: Units in the analysis.
        n_units_by_tier: The same by what was allowed: with a history, or without.
        n_exposures: Answers that a page said were seen, quiet ones too; equal ones of an hour once.
        n_left: Units that took their yes back or were erased since: what they did is not known any more.
        n_opted_out: Units that said no to something, those that left too.
        n_muted: Units that muted a topic, those that left too.
        is_tallied: Whether these three are known, as they are where servers' own tallies were read.
        model_versions: That answered.
        metrics: Sums of each metric of units that was counted.
        metrics_by_day: The same, by the day of each unit's first exposure; they sum up to `metrics`.
        measured: What servers counted of units that may be measured.
        unmeasured: What they counted of all others, for whom an arm was drawn with each request.
    """

    arm: str
    n_units: int
    n_exposures: int
    metrics: Mapping[Metric, MetricSums]
    metrics_by_day: Mapping[date, Mapping[Metric, MetricSums]] = field(default_factory=dict)
    n_units_by_tier: Mapping[str, int] = field(default_factory=dict)
    n_left: int = 0
    n_opted_out: int = 0
    n_muted: int = 0
    is_tallied: bool = True
    model_versions: tuple[str, ...] = ()
    measured: Served = Served()
    unmeasured: Served = Served()


@dataclass(frozen=True, slots=True)
class Counts:
    """All that was counted of a test.

    Attributes:
        arms: By name, in the order of the definition, shadows left out.
        n_crossed: Units that met more than one arm, and are in none: they signed in, or an id was shared.
        first_day: Of an exposure; None where there is none.
        last_day: Of one.
        currency: Of all money; empty where nothing that was bought named one.
        n_foreign: Purchases of units in another currency, of which the money is left out.
        n_unpriced: Purchases of units whose price is not known, which count as no money.
        shadows: What servers counted of arms that nobody was shown, by name.
    """

    arms: Mapping[str, ArmCounts]
    n_crossed: int = 0
    first_day: date | None = None
    last_day: date | None = None
    currency: str = ""
    n_foreign: int = 0
    n_unpriced: int = 0
    shadows: Mapping[str, Served] = field(default_factory=dict)
