"""Metrics and their values in words."""

from collections.abc import Mapping
from types import MappingProxyType

from experiments.analysis.effects import Effect
from experiments.analysis.estimates import Interval
from experiments.analysis.figures import MINUS, NARROW_SPACE, Kind, kind_of, percent
from experiments.definition import Metric, Unit

UNITS: Mapping[Unit, str] = MappingProxyType(
    {Unit.SHOPPER: "shoppers", Unit.VISITOR: "browsers", Unit.SESSION: "sessions", Unit.REQUEST: "requests"}
)

SAFE = "safe to look at daily"

_PHRASES: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.CLICK_RATE: "{} of the items shown were clicked",
        Metric.CLICKERS: "{} of {units} clicked",
        Metric.CART_ADDERS: "{} of {units} put something into the cart that they were shown",
        Metric.BUYERS: "{} of {units} bought",
        Metric.ORDERS: "{} orders for every 100 {units}",
        Metric.REVENUE: "{} spent for every 100 {units}",
        Metric.ASSISTED_REVENUE: "{} spent on what was shown for every 100 {units}",
        Metric.DISMISSAL_RATE: "{} of the items shown were waved away",
        Metric.MUTERS: "{} of {units} muted a topic",
        Metric.OPT_OUTS: "{} of {units} opted out",
        Metric.QUIET_SHARE: "{} of answers were quiet",
        Metric.LATENCY: "nine of ten answers took {} or less",
    }
)


def value_text(metric: Metric, value: float, currency: str = "") -> str:
    """Such as "12.1 %", "340 ms", "464 EUR"; money and orders of a hundred units.

    Args:
        metric: Whose.
        value: In the metric's own unit.
        currency: Of money.
    """
    match kind_of(metric):
        case Kind.TIME:
            return f"{value:,.3g}{NARROW_SPACE}ms"
        case Kind.NUMBER:
            return _amount(100 * value)
        case Kind.MONEY:
            # As many minor units of one unit are as many major ones of a hundred.
            return f"{_amount(value)}{NARROW_SPACE}{currency}" if currency else _amount(value)
    return percent(value)


def phrase(metric: Metric, value: float, unit: Unit, currency: str = "") -> str:
    """Such as "12.1 % of shoppers bought".

    Args:
        metric: Whose.
        value: In the metric's own unit.
        unit: Of the test.
        currency: Of money.
    """
    return _PHRASES[metric].format(value_text(metric, value, currency), units=UNITS[unit])


def change_text(effect: Effect, interval: Interval | None, relative: Interval | None) -> str | None:
    """Such as "+6.1 % (+1.2 % to +11.0 %", the bracket open for what is to be said of it; None without an interval.

    Of what can stop a winner the difference itself is told, as its margin is one.

    Args:
        effect: Of one arm.
        interval: Of its difference.
        relative: Of its relative difference, which is told of all else where there is one.
    """
    if relative is not None and effect.relative is not None and not effect.less_is_better:
        # No metric falls by more than all of it, whatever an interval of few units says.
        lowest = max(relative.low, -1.0)
        return f"{share_text(effect.relative)} ({share_text(lowest)} to {share_text(relative.high)}"
    if interval is None:
        return None
    low, middle, high = (_signed(effect, x) for x in (interval.low, effect.difference, interval.high))
    return f"{middle} ({low} to {high}"


def margin_text(metric: Metric, margin: float) -> str:
    """Such as "0.1 points", "10 ms".

    Args:
        metric: Of a guardrail.
        margin: In the metric's own unit.
    """
    return _in_points(value_text(metric, margin))


def share_text(share: float) -> str:
    """Such as "+6.1 %".

    Args:
        share: Of the control's value.
    """
    return f"{100 * share:+,.1f}{NARROW_SPACE}%".replace("-", MINUS)


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:.3g}"


def _signed(effect: Effect, value: float) -> str:
    sign = MINUS if value < 0 else "+"
    return sign + _in_points(value_text(effect.metric, abs(value), effect.currency))


def _in_points(told: str) -> str:
    """Of shares; what is none stays."""
    return f"{told.removesuffix('%')}points" if told.endswith("%") else told
