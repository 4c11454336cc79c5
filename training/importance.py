"""What a ranker looks at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeatureShare:
    """How much one feature decides.

    Attributes:
        name: As in the ranker.
        gain_share: Its share of the gain of all splits, 0 to 1.
        description: What it measures and in which unit, a clause.
    """

    name: str
    gain_share: float
    description: str
