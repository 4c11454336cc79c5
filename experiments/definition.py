"""What a test of models is: arms, who is in it, what it is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

N_BUCKETS = 1_000
"""Parts of a layer's traffic: a test takes some of them in a row, so shares are in tenths of a percent."""


class Unit(StrEnum):
    """Whom an arm is drawn for, and who is counted once."""

    SHOPPER = "shopper"
    """The account where the request names one, else the browser."""
    VISITOR = "visitor"
    """The browser, signed in or not."""
    SESSION = "session"
    REQUEST = "request"


class Metric(StrEnum):
    """What a test can be judged by."""

    CLICK_RATE = "click_rate"
    """Clicks of what was shown, by items shown: a ratio of two sums."""
    CLICKERS = "clickers"
    """Units that clicked on something that was shown."""
    CART_ADDERS = "cart_adders"
    """Units that put something that was shown into the cart."""
    BUYERS = "buyers"
    """Units that bought anything."""
    ORDERS = "orders"
    """Orders of a unit."""
    REVENUE = "revenue"
    """What a unit spent, in minor units of the shop's currency."""
    ASSISTED_REVENUE = "assisted_revenue"
    """What a unit spent on items that it had been shown, by the token it came with."""
    DISMISSAL_RATE = "dismissal_rate"
    """Items waved away, by items shown."""
    MUTERS = "muters"
    """Units that muted a topic."""
    OPT_OUTS = "opt_outs"
    """Units that said no to something that they had allowed."""
    QUIET_SHARE = "quiet_share"
    """Answers that showed nothing, by answers: from what servers counted, of whoever asked."""
    LATENCY = "latency"
    """Milliseconds in which nine of ten answers were made: from what servers counted."""


GUARDRAILS = (Metric.OPT_OUTS, Metric.MUTERS, Metric.DISMISSAL_RATE, Metric.QUIET_SHARE, Metric.LATENCY)
"""Metrics of which less is better; each of them can stop a winner."""
NEEDS_ITEMS = frozenset({Metric.CLICK_RATE, Metric.CLICKERS, Metric.CART_ADDERS, Metric.ASSISTED_REVENUE})
"""Metrics of what is done with items that were shown: a holdout has none, and two interleaved lists differ in them."""
DECIDING = (
    Metric.CLICK_RATE,
    Metric.CLICKERS,
    Metric.CART_ADDERS,
    Metric.BUYERS,
    Metric.ORDERS,
    Metric.REVENUE,
    Metric.ASSISTED_REVENUE,
)
"""Metrics of which more is better; a test is decided by one of them."""
UNCOUNTED: Mapping[Unit, frozenset[Metric]] = MappingProxyType(
    {
        Unit.SHOPPER: frozenset(),
        Unit.VISITOR: frozenset(),
        # Who mutes or says no does so once, having met the arms of all their sessions.
        Unit.SESSION: frozenset({Metric.MUTERS, Metric.OPT_OUTS}),
        # Nor does what is bought follow one answer more than another, but for what that answer showed.
        Unit.REQUEST: frozenset({Metric.MUTERS, Metric.OPT_OUTS, Metric.BUYERS, Metric.ORDERS, Metric.REVENUE}),
    }
)
"""What cannot be put down to an arm where it is drawn for such a unit."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the things compared.

    Attributes:
        name: Of the arm.
        weight: Of the test's units it gets weight / sum of weights. 0 only of a shadow.
        reference: The model that answers: "alias:challenger" or "version:12"; empty where the page stays empty.
        is_shadow: Whether it is computed beside the other arms' pages and never shown.
    """

    name: str
    weight: int
    reference: str = ""
    is_shadow: bool = False

    @property
    def shows_nothing(self) -> bool:
        """Whether it is the holdout."""
        return not self.reference


@dataclass(frozen=True, slots=True)
class Guardrail:
    """What no winner may harm.

    Attributes:
        metric: One of GUARDRAILS.
        margin: How much worse than the control's is still no harm, in the metric's own unit, 0 or more.
    """

    metric: Metric
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class Experiment:
    """A test of models.

    Attributes:
        name: By which people speak of it.
        salt: Draws arms anew where it is another; of no other test, ever. Outcomes are counted by it.
        placements: Slots of pages that it is on.
        arms: Two or more, of which one or more is no shadow; the first is the control unless another is named so.
        control: Name of the arm that the others are compared with.
        unit: Whom an arm is drawn for.
        layer: Tests of one layer share its traffic.
        first_bucket: The first of the layer's N_BUCKETS that is the test's.
        end_bucket: The first one after it that is not.
        starts_at: From when on, UTC.
        ends_at: Until when, UTC, itself not included.
        primary: What decides.
        smallest_effect: The least difference of the primary metric worth finding, as a share of the control's.
        guardrails: What can stop a winner.
        window_days: For so long after it was first shown something, what a unit does counts.
        alpha: Probability of a false alarm that is put up with.
        power: Probability wanted of finding the smallest effect where it is there.
        interleaved: Names of two arms whose lists are drafted into one and shown together; none for a test of arms.
        description: What people say of it, which decides nothing.
    """

    name: str
    salt: str
    placements: tuple[str, ...]
    arms: tuple[Arm, ...]
    control: str
    unit: Unit
    layer: str
    first_bucket: int
    end_bucket: int
    starts_at: datetime
    ends_at: datetime
    primary: Metric
    smallest_effect: float
    guardrails: tuple[Guardrail, ...] = ()
    window_days: int = 14
    alpha: float = 0.05
    power: float = 0.8
    interleaved: tuple[str, ...] = ()
    description: str = ""

    @property
    def shown_arms(self) -> tuple[Arm, ...]:
        """The arms that units are given, in the order of the file."""
        return tuple(arm for arm in self.arms if not arm.is_shadow)

    @property
    def share(self) -> float:
        """Of the layer's traffic."""
        return (self.end_bucket - self.first_bucket) / N_BUCKETS

    def arm(self, name: str) -> Arm:
        """The arm of a name; KeyError where there is none."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise KeyError(name)

    def is_running(self, moment: datetime) -> bool:
        """Whether it is on at a moment, UTC."""
        return self.starts_at <= moment < self.ends_at


@dataclass(frozen=True, slots=True)
class Experiments:
    """All that a file says.

    Attributes:
        experiments: By name, in the order of the file.
    """

    experiments: Mapping[str, Experiment] = field(default_factory=lambda: MappingProxyType({}))


def variant_of(experiment: Experiment, arm: Arm, *, is_measured: bool) -> str:
    """How tokens, events and counts name what was given: "salt/arm", and "salt/arm~" where the arm was drawn for the
    request alone, as nobody allowed to measure the unit.

    Args:
        experiment: The test.
        arm: Of it.
        is_measured: Whether the unit's arm was drawn, and may be kept.
    """
    return f"{experiment.salt}/{arm.name}" if is_measured else f"{experiment.salt}/{arm.name}{UNMEASURED}"


UNMEASURED = "~"
"""Ends the variant of an answer whose arm was drawn for the request, as the unit may not be measured."""
