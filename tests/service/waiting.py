"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable

PATIENCE_S = 60.0
"""MLflow's import alone takes ten seconds on a busy machine."""


def until(condition: Callable[[], object], what: str, *, patience_s: float = PATIENCE_S) -> float:
    """Seconds until the condition held; fails when it does not in time."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < patience_s, f"waited {patience_s} s for {what}"
        time.sleep(0.01)
    return time.monotonic() - start
