"""Values, changes and times as sentences have them."""

import math
from datetime import datetime, timedelta

from experiments.analysis.effects import Effect
from experiments.analysis.estimates import Interval
from experiments.analysis.figures import MINUS, NARROW_SPACE, Kind, kind_of, percent, possible, possible_share
from experiments.analysis.glossary import UNITS, WORDS
from experiments.definition import Experiment, Metric, Unit

SAFE = "valid on any day"


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
    return WORDS[metric].seen.format(value_text(metric, value, currency), units=UNITS[unit])


def effect_text(experiment: Experiment, effect: Effect) -> str:
    """Such as "new: 12.1 % of shoppers bought, 11.4 % with control: +6.1 % (+1.2 % to +11.0 %, ...)."

    Args:
        experiment: The test.
        effect: Of one of its arms.
    """
    seen = phrase(effect.metric, effect.arm_value, experiment.unit, effect.currency)
    compared = value_text(effect.metric, effect.control_value, effect.currency)
    change = change_text(effect, effect.always_valid, effect.always_valid_relative)
    told = f"{effect.arm}: {seen}, {compared} with {experiment.control}"
    return f"{told}: {change}, {SAFE})." if change else f"{told}; too few to say more."


def change_text(effect: Effect, interval: Interval | None, relative: Interval | None) -> str | None:
    """Such as "+6.1 % (+1.2 % to +11.0 %", the bracket open for what is to be said of it; None without an interval.

    Of what can stop a winner the difference itself is told, as its margin is one.

    Args:
        effect: Of one arm.
        interval: Of its difference.
        relative: Of its relative difference, which is told of all else where there is one.
    """
    if relative is not None and effect.relative is not None and not effect.less_is_better:
        low, high = possible_share(relative)
        return f"{share_text(effect.relative)} ({share_text(low)} to {share_text(high)}"
    if interval is None:
        return None
    low, high = possible(effect.metric, interval, effect.control_value)
    told = (_signed(effect, end) for end in (effect.difference, low, high))
    return "{} ({} to {}".format(*told)


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


def moment_text(moment: datetime) -> str:
    """Such as "2026-12-01 00:00 UTC".

    Args:
        moment: UTC.
    """
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def period_text(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    """Such as "day 2 of 7, 25 Nov to 2 Dec 2026".

    Args:
        starts_at: Of a test, UTC.
        ends_at: Of it.
        now: UTC.
    """
    day = timedelta(days=1)
    start = f"{starts_at:%-d %b}" if starts_at.year == ends_at.year else f"{starts_at:%-d %b %Y}"
    period = f"{start} to {ends_at:%-d %b %Y}"
    if now < starts_at:
        return f"not begun, {period}"
    if now >= ends_at:
        return f"over, {period}"
    return f"day {(now - starts_at) // day + 1} of {math.ceil((ends_at - starts_at) / day)}, {period}"


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:.3g}"


def _signed(effect: Effect, value: float) -> str:
    sign = MINUS if value < 0 else "+"
    return sign + _in_points(value_text(effect.metric, abs(value), effect.currency))


def _in_points(told: str) -> str:
    """Of shares; what is none stays."""
    return f"{told.removesuffix('%')}points" if told.endswith("%") else told
