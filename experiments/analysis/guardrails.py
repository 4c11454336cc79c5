"""What may not be harmed: whether it is, and whether it can be ruled out."""

import math
from enum import StrEnum

from experiments.analysis.estimates import Interval
from experiments.definition import Guardrail

MUCH = 0.5
"""Share of the control's value: a guardrail that may still be so much worse than its margin has not been shown safe."""


class State(StrEnum):
    """Of a guardrail in one arm."""

    HARMED = "harmed"
    """Worse than its margin, however often it was looked at."""
    OPEN = "open"
    """No harm was seen, but much is not ruled out."""
    SAFE = "safe"


def state_of(guardrail: Guardrail, control_value: float, always_valid: Interval | None) -> State:
    """What an always-valid interval says of a guardrail, of which less is better.

    Args:
        guardrail: With its margin.
        control_value: The metric's, of the control.
        always_valid: Of the arm's value less the control's; None where it cannot be told.
    """
    if always_valid is None:
        return State.OPEN
    if always_valid.low > guardrail.margin:
        return State.HARMED
    return State.OPEN if always_valid.high > guardrail.margin + MUCH * control_value else State.SAFE


def is_ruled_out(margin: float, n_without: int, alpha: float) -> bool:
    """Whether units of whom nobody did it rule out a share of the margin or more, however often they were looked at: of
    whom nobody did it by now, nobody had before.

    Args:
        margin: A share, 0 or more.
        n_without: Units.
        alpha: Probability of saying so where it is wrong.
    """
    return margin >= 1 or n_without * math.log1p(-margin) <= math.log(alpha)
