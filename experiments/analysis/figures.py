"""Figures of metrics as they are read: shares as percentages, money in its currency, times in milliseconds."""

from enum import Enum

from experiments.definition import Metric

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
NOTHING = "–"

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

NAMES = {
    Metric.CLICK_RATE: "clicks by items shown",
    Metric.CLICKERS: "units that clicked",
    Metric.CART_ADDERS: "units that put something shown into the cart",
    Metric.BUYERS: "units that bought",
    Metric.ORDERS: "orders a unit",
    Metric.REVENUE: "revenue a unit",
    Metric.ASSISTED_REVENUE: "revenue a unit from what was shown",
    Metric.DISMISSAL_RATE: "items waved away by items shown",
    Metric.MUTERS: "units that muted a topic",
    Metric.OPT_OUTS: "units that opted out",
    Metric.QUIET_SHARE: "answers that showed nothing",
    Metric.LATENCY: "time of nine answers in ten",
}


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
