"""How to write what somebody wrote as a percentage where a file wants another form; all are empty where it is none."""

import re

_PERCENTAGE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?%")


def in_percent(value: object) -> str:
    """Of a number in percent."""
    percentage = _percentage_of(value)
    return "" if percentage is None else f"in percent, without the sign: {percentage:.10g}"


def as_share(value: object) -> str:
    """Of a share, where one is written in percent, with or without the sign."""
    percentage = _percentage_of(value)
    if percentage is not None:
        return f"as a share, without the sign: {percentage / 100:.10g}"
    is_percent = isinstance(value, int | float) and not isinstance(value, bool) and 1 < value <= 100
    return f"as a share, not in percent: {value / 100:.10g}" if is_percent else ""  # type: ignore[operator]


def in_whole_numbers(value: object) -> str:
    """Of a weight, where one is written as a percentage or as a share."""
    percentage = _percentage_of(value)
    if isinstance(value, float) and 0 < value < 1:
        percentage = float(f"{value * 100:.10g}")
    if percentage is not None and percentage >= 1 and percentage.is_integer():
        return f"whole numbers in any sum: {percentage:.10g}"
    return "whole numbers in any sum, such as 1 and 2" if percentage or isinstance(value, float) else ""


def _percentage_of(value: object) -> float | None:
    found = _PERCENTAGE.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[1]) if found else None
