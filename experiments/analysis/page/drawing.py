"""Where a page's marks go: the template draws them, in its own colours and letters."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.analysis.figures import possible_share

WIDE_AS_THE_PRIMARY = 2.5
"""An interval that is so many times as wide as the primary metric's is cut off: else all others would be dots."""

DAYS_WIDTH, DAYS_HEIGHT = 720.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 84.0, 28.0, 14.0, 34.0
_N_TICKS = 5


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis.

    Attributes:
        at: Place on it.
        value: What is there.
    """

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Mark:
    """One effect on the common scale, in percent from the left.

    Attributes:
        middle: The difference; None where it is off the scale.
        fixed: The interval read once; None where there is none.
        always: That which may be read any day.
        is_cut: Whether some end is off the scale.
    """

    middle: float | None
    fixed: tuple[float, float] | None
    always: tuple[float, float] | None
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Forest:
    """All effects as shares of the control's values.

    Attributes:
        zero: Place of no difference, in percent.
        ticks: Of the scale; values are shares.
        worth: Places of the smallest effect worth finding, down and up.
        marks: In the order of the effects.
    """

    zero: float
    ticks: tuple[Tick, ...]
    worth: tuple[float, float]
    marks: tuple[Mark, ...]


def forest_of(effects: Sequence[Mapping[str, Any]], smallest_effect: float) -> Forest:
    """Where each effect is.

    Args:
        effects: Of a report.
        smallest_effect: Worth finding, as a share.
    """
    spans = [(effect, _shares(effect, "fixed"), _shares(effect, "always_valid")) for effect in effects]
    primary = max((_reach(effect, fixed, always) for effect, fixed, always in spans if effect["is_primary"]), default=0)
    most = WIDE_AS_THE_PRIMARY * max(primary, smallest_effect)
    reach = 1.08 * max([2 * smallest_effect, *(min(_reach(*span), most) for span in spans)])

    def place(share: float) -> float:
        return 50 + 50 * max(-1.0, min(1.0, share / reach))

    def places(span: tuple[float, float] | None) -> tuple[float, float] | None:
        return None if span is None else (place(span[0]), place(span[1]))

    marks = []
    for effect, fixed, always in spans:
        middle = effect["relative"]
        marks.append(
            Mark(
                middle=None if middle is None or abs(middle) > reach else place(middle),
                fixed=places(fixed),
                always=places(always),
                is_cut=any(abs(end) > reach for span in (fixed, always) if span for end in span),
            )
        )
    ticks = tuple(Tick(place(value), value) for value in ticks_of(-reach, reach))
    return Forest(place(0), ticks, (place(-smallest_effect), place(smallest_effect)), tuple(marks))


@dataclass(frozen=True, slots=True)
class DaysPlot:
    """The primary metric's difference by day, in a frame of DAYS_WIDTH by DAYS_HEIGHT.

    Attributes:
        line: Points of it, as SVG has them.
        band: Points around its always-valid interval; empty where there is none yet.
        zero: Height of no difference.
        worth: Heights of the smallest effect worth finding that are within the frame.
        rows: Ticks of heights; values are differences.
        columns: Ticks of days; values are their numbers in the report's list.
        last: Place of the last day's difference.
        frame: Left, right, top and bottom.
    """

    line: str
    band: str
    zero: float
    worth: tuple[float, ...]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    last: tuple[float, float]
    frame: tuple[float, float, float, float] = (_LEFT, DAYS_WIDTH - _RIGHT, _TOP, DAYS_HEIGHT - _BOTTOM)


def days_of(days: Sequence[Mapping[str, Any]], worth: float | None) -> DaysPlot | None:
    """Where each day is; None of fewer than two days, which are no line.

    Args:
        days: Of one arm, in their order.
        worth: The smallest difference worth finding, in the metric's own unit; None where it has no value.
    """
    if len(days) < 2:
        return None
    differences = [day["difference"] or 0.0 for day in days]
    bands = [(number, day["always_valid"]) for number, day in enumerate(days) if _is_closed(day["always_valid"])]
    # The first days' intervals are so wide that the last ones' would be a line.
    last = bands[-1][1] if bands else (0.0, 0.0)
    reach: float = max(*map(abs, differences[len(differences) // 2 :]), *map(abs, last), 1.5 * (worth or 0.0), 1e-12)
    top = 1.6 * reach
    left, right, above, below = _LEFT, DAYS_WIDTH - _RIGHT, _TOP, DAYS_HEIGHT - _BOTTOM

    def x(number: int) -> float:
        return round(left + (right - left) * number / (len(days) - 1), 1)

    def y(value: float) -> float:
        return round((above + below) / 2 - (below - above) / 2 * max(-1.0, min(1.0, value / top)), 1)

    upper = [f"{x(number)},{y(high)}" for number, (_, high) in bands]
    lower = [f"{x(number)},{y(low)}" for number, (low, _) in reversed(bands)]
    step = max(1, math.ceil((len(days) - 1) / 6))
    return DaysPlot(
        line=" ".join(f"{x(number)},{y(value)}" for number, value in enumerate(differences)),
        band=" ".join(upper + lower) if len(bands) > 1 else "",
        zero=y(0),
        worth=() if not worth else (y(-worth), y(worth)),
        rows=tuple(Tick(y(value), value) for value in ticks_of(-top, top)),
        columns=tuple(Tick(x(number), number) for number in range(0, len(days), step)),
        last=(x(len(days) - 1), y(differences[-1])),
    )


def ticks_of(low: float, high: float) -> tuple[float, ...]:
    """Round numbers from low to high, some _N_TICKS of them.

    Args:
        low: Less than high.
        high: More than low.
    """
    rough = (high - low) / _N_TICKS
    size: float = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(number * step for number in range(first, last + 1))


def _shares(effect: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    """An interval as shares of the control's value, which has noise of its own where that is known."""
    interval = effect[f"{name}_relative"]
    if not _is_closed(interval):
        if not _is_closed(effect[name]):
            return None
        interval = [_share(effect, end) for end in effect[name]]
    low, high = interval
    return None if low is None or high is None else possible_share((low, high))


def _share(effect: Mapping[str, Any], difference: float | None) -> float | None:
    value: float | None = effect["control_value"]
    return None if difference is None or not value else difference / abs(value)


def _reach(effect: Mapping[str, Any], fixed: tuple[float, float] | None, always: tuple[float, float] | None) -> float:
    ends: list[float] = [*(fixed or ()), *(always or ()), effect["relative"] or 0.0]
    return max(map(abs, ends))


def _is_closed(interval: Sequence[float | None] | None) -> bool:
    return interval is not None and None not in interval
