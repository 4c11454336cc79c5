"""What a server counts of itself, as values that can be added up and sent from one process to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from service.watching.families import LEAST

Key: TypeAlias = tuple[str, ...]
"""Name of a family, then the values of its labels."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one moment.

    Attributes:
        counts: What only grows.
        gauges: What is so now.
    """

    counts: Mapping[Key, float] = field(default_factory=dict)
    gauges: Mapping[Key, float] = field(default_factory=dict)

    def __add__(self, other: "Figures") -> "Figures":
        """Both together: counts added; of a gauge that both have the greater, or the less where families say so."""
        counts, gauges = dict(self.counts), dict(self.gauges)
        for key, value in other.counts.items():
            counts[key] = counts.get(key, 0) + value
        for key, value in other.gauges.items():
            gauges[key] = (min if key[0] in LEAST else max)(gauges.get(key, value), value)
        return Figures(counts, gauges)

    def since(self, before: "Figures") -> "Figures":
        """The counts that have grown, and all of the gauges: as much as who knows the former needs to be told."""
        grown = {key: value for key, value in self.counts.items() if before.counts.get(key) != value}
        return Figures(grown, self.gauges)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"counts": [*map(list, self.counts.items())], "gauges": [*map(list, self.gauges.items())]}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> "Figures":
        """What `plain` made, once it was JSON."""
        counts, gauges = ({tuple(key): value for key, value in plain[name]} for name in ("counts", "gauges"))
        return cls(counts, gauges)
