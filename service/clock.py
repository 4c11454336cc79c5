"""The one clock that says what day it is; whoever needs it is given it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present, UTC."""
    return datetime.now(UTC)
