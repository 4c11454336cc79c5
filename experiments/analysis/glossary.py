"""What metrics and units are called, the same in sentences, in tables and on the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from experiments.analysis.figures import NARROW_SPACE
from experiments.definition import Metric, Unit


@dataclass(frozen=True, slots=True)
class Words:
    """Of a metric; {unit} and {units} stand for the test's.

    Attributes:
        name: Heads its row.
        seen: Part of a sentence; {} stands for the value.
    """

    name: str
    seen: str


@dataclass(frozen=True, slots=True)
class GainWords:
    """Of a metric of which more is better.

    Attributes:
        gets: Such as "new gets more buyers", without the arm.
        deeds: What it is made of.
    """

    gets: str
    deeds: str


@dataclass(frozen=True, slots=True)
class HarmWords:
    """Of a metric of which less is better.

    Attributes:
        why: An arm that is worse in it must not be shipped.
        possible: What an interval leaves open; {} stands for the value.
        data: What it is made of.
    """

    why: str
    possible: str
    data: str


UNIT: Mapping[Unit, str] = MappingProxyType({**{unit: str(unit) for unit in Unit}, Unit.VISITOR: "browser"})
UNITS: Mapping[Unit, str] = MappingProxyType({unit: f"{one}s" for unit, one in UNIT.items()})

_NINETY = f"90{NARROW_SPACE}%"

WORDS: Mapping[Metric, Words] = MappingProxyType(
    {
        Metric.CLICK_RATE: Words("share of items clicked", "{} of the items shown were clicked"),
        Metric.CLICKERS: Words("share of {units} that clicked", "{} of {units} clicked"),
        Metric.CART_ADDERS: Words(
            "share of {units} that put an item shown into the cart", "{} of {units} put an item shown into the cart"
        ),
        Metric.BUYERS: Words("share of {units} that bought", "{} of {units} bought"),
        Metric.ORDERS: Words("orders per {unit}", "{} orders for every 100 {units}"),
        Metric.REVENUE: Words("revenue per {unit}", "{} spent for every 100 {units}"),
        Metric.ASSISTED_REVENUE: Words(
            "revenue per {unit} from items shown", "{} spent on items shown for every 100 {units}"
        ),
        Metric.DISMISSAL_RATE: Words("share of items dismissed", "{} of the items shown were dismissed"),
        Metric.MUTERS: Words("share of {units} that muted a topic", "{} of {units} muted a topic"),
        Metric.OPT_OUTS: Words("share of {units} that opted out", "{} of {units} opted out"),
        Metric.QUIET_SHARE: Words("share of empty answers", "{} of answers were empty"),
        Metric.LATENCY: Words(f"{_NINETY} answered within", f"{_NINETY} of answers took {{}} or less"),
    }
)

GAINS: Mapping[Metric, GainWords] = MappingProxyType(
    {
        Metric.CLICK_RATE: GainWords("gets more clicks", "clicks"),
        Metric.CLICKERS: GainWords("gets more clickers", "clicks"),
        Metric.CART_ADDERS: GainWords("fills more carts", "additions to the cart"),
        Metric.BUYERS: GainWords("gets more buyers", "purchases"),
        Metric.ORDERS: GainWords("gets more orders", "purchases"),
        Metric.REVENUE: GainWords("gets more revenue", "purchases"),
        Metric.ASSISTED_REVENUE: GainWords("gets more revenue from items shown", "purchases"),
    }
)
"""Of all that can decide a test."""

HARMS: Mapping[Metric, HarmWords] = MappingProxyType(
    {
        Metric.OPT_OUTS: HarmWords("it drives people to opt out", "{} opt-outs are", "opt-outs"),
        Metric.MUTERS: HarmWords("it drives people to mute topics", "{} who mute a topic are", "muted topics"),
        Metric.DISMISSAL_RATE: HarmWords(
            "more of its items are dismissed", "{} dismissed items are", "dismissed items"
        ),
        Metric.QUIET_SHARE: HarmWords("more of its answers are empty", "{} empty answers are", "empty answers"),
        Metric.LATENCY: HarmWords(
            "its answers are slower", f"{{}} for {_NINETY} of answers are", "how long answers take"
        ),
    }
)
"""Of all that can be a guardrail."""


def name_of(metric: Metric, unit: Unit) -> str:
    """Such as "revenue per shopper".

    Args:
        metric: Any.
        unit: Of the test.
    """
    return WORDS[metric].name.format(unit=UNIT[unit], units=UNITS[unit])
