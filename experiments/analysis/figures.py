"""Figures of metrics as they are read: shares as percentages, money in its currency, times in milliseconds."""

from enum import Enum
from typing import TypeVar

from experiments.definition import Metric

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
NOTHING = "–"

End = TypeVar("End", float, float | None)
"""Of an interval; None where nothing bounds it."""

SMALL_SHARE = 0.01
"""Shares under it are told to a thousandth of a percent, as a difference of a tenth matters in them."""


class Kind(Enum):
    """What a metric is measured in."""

    SHARE = "share"
    NUMBER = "number"
    MONEY = "money"
    TIME = "milliseconds"


KIND_OF = {
    Metric.ORDERS: Kind.NUMBER,
    Metric.REVENUE: Kind.MONEY,
    Metric.ASSISTED_REVENUE: Kind.MONEY,
    Metric.LATENCY: Kind.TIME,
}
"""Of metrics that are no share of something."""


def kind_of(metric: Metric) -> Kind:
    """What it is measured in."""
    return KIND_OF.get(metric, Kind.SHARE)


def count(number: int) -> str:
    """A count with its thousands apart."""
    return f"{number:,}".replace(",", NARROW_SPACE)


def value(metric: Metric, figure: float | None, currency: str = "") -> str:
    """A metric's value with its unit; a dash where there is none."""
    return NOTHING if figure is None else _text(metric, figure, currency, "")


def difference(metric: Metric, figure: float | None, currency: str = "") -> str:
    """A difference of two values, with its sign; of shares in percentage points."""
    return NOTHING if figure is None else _text(metric, figure, currency, "+")


def percent(share: float) -> str:
    """A share without a sign, in three digits."""
    return f"{100 * share:.3g}{NARROW_SPACE}%"


def relative(share: float | None) -> str:
    """A relative difference as a percentage with its sign."""
    return NOTHING if share is None else f"{_signed(100 * share, '+', 1)}{NARROW_SPACE}%"


def possible(metric: Metric, interval: tuple[End, End], control_value: float) -> tuple[End, End]:
    """An interval of differences without what cannot be, whatever few units say: no value is under 0, no share over 1.

    Args:
        metric: Whose.
        interval: Low and high.
        control_value: That the differences are from, as it was seen.
    """
    low, high = interval
    if low is not None:
        low = max(low, -control_value)
    if high is not None and kind_of(metric) is Kind.SHARE:
        high = min(high, 1 - control_value)
    return low, high


def possible_share(interval: tuple[float, float]) -> tuple[float, float]:
    """An interval of relative differences without what cannot be: nothing falls by more than all of it."""
    return max(interval[0], -1.0), interval[1]


def relative_between(interval: tuple[float | None, float | None] | None) -> str:
    """An interval of relative differences, as far as they can be."""
    low, high = interval or (None, None)
    if low is None or high is None:
        return NOTHING
    ends = (_signed(100 * end, "+", 1) for end in possible_share((low, high)))
    return f"{' to '.join(ends)}{NARROW_SPACE}%"


def between(metric: Metric, interval: tuple[float | None, float | None] | None, currency: str = "") -> str:
    """An interval of differences."""
    if interval is None:
        return NOTHING
    low, high = interval
    if low is None or high is None:
        told = difference(metric, high if low is None else low, currency)
        return "not bounded" if low is high else f"{told} or {'less' if low is None else 'more'}"
    unit = _unit(metric, currency, is_difference=True)
    return f"{_bare(metric, low, '+')} to {_bare(metric, high, '+')}{unit}"


def probability(p_value: float | None) -> str:
    """A p-value; what is very small is not told to its last digit."""
    if p_value is None:
        return NOTHING
    return "< 0.0001" if p_value < 1e-4 else f"{p_value:.2g}" if p_value < 0.1 else f"{p_value:.2f}"


def _text(metric: Metric, figure: float, currency: str, sign: str) -> str:
    return f"{_bare(metric, figure, sign)}{_unit(metric, currency, is_difference=bool(sign))}"


def _unit(metric: Metric, currency: str, *, is_difference: bool) -> str:
    match kind_of(metric):
        case Kind.SHARE:
            return f"{NARROW_SPACE}pp" if is_difference else f"{NARROW_SPACE}%"
        case Kind.MONEY:
            return f"{NARROW_SPACE}{currency}" if currency else ""
        case Kind.TIME:
            return f"{NARROW_SPACE}ms"
    return ""


def _bare(metric: Metric, figure: float, sign: str) -> str:
    match kind_of(metric):
        case Kind.SHARE:
            return _signed(100 * figure, sign, 3 if abs(figure) < SMALL_SHARE else 2)
        case Kind.MONEY:
            return _signed(figure / 100, sign, 2)
        case Kind.TIME:
            return _signed(figure, sign, 1)
    return _signed(figure, sign, 4)


def _signed(figure: float, sign: str, digits: int) -> str:
    if not round(figure, digits):
        return "0"
    return f"{figure:{sign},.{digits}f}".replace("-", MINUS).replace(",", NARROW_SPACE)
