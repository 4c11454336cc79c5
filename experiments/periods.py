"""When a test is on, as experiments.yaml has it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from models.errors import Fault
from models.yaml_words import wrong

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GAP_BEFORE_ZONE = re.compile(r"(?<=\d)\s+(?=Z$|[+-]\d\d)")
"""YAML has times such as 2026-12-01 00:00:00 +01:00; Python only without the second blank."""
_TIME_RULE = "must be a day or a time with its zone, for instance 2026-12-01T00:00:00Z"
_NEVER = datetime.min.replace(tzinfo=UTC)
"""Of a test whose times are faulty: it overlaps with none."""


def period_of(given: Mapping[str, Any], where: str, faults: list[Fault]) -> tuple[datetime, datetime]:
    """From when and until when a test is on, UTC; where one of them is faulty, no time at all, with the fault told.

    Args:
        given: The test as the file has it, its times as texts.
        where: Path of the test.
        faults: Gets what is wrong.
    """
    starts_at = _time(given.get("starts"), f"{where}.starts", faults)
    ends_at = _time(given.get("ends"), f"{where}.ends", faults)
    if starts_at and ends_at and ends_at <= starts_at:
        faults.append(Fault(f"{where}.ends", "must be after starts"))
    return (starts_at, ends_at) if starts_at and ends_at and starts_at < ends_at else (_NEVER, _NEVER)


def _time(value: object, where: str, faults: list[Fault]) -> datetime | None:
    text = value.strip() if isinstance(value, str) else ""
    hint = ""
    try:
        moment = datetime.fromisoformat(_GAP_BEFORE_ZONE.sub("", text))
        if _DAY.fullmatch(text):
            return moment.replace(tzinfo=UTC)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        hint = f"with the zone, in UTC: {moment.isoformat()}Z"
    except (ValueError, OverflowError):
        pass
    faults.append(Fault(where, wrong(_TIME_RULE, value, hint)))
    return None
