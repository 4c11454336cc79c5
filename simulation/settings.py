"""What a simulation is asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime

MIN_ITEMS = 50  # fewer leave families without their accessories
MAX_ITEMS = 1_000_000
MAX_SHOPPERS = 50_000_000
MAX_DAYS = 3650
SHOPPERS_A_CHUNK = 4_000  # about 250,000 events: small enough for the cache, large enough for numpy
DEFAULT_START = datetime(2025, 11, 1, tzinfo=UTC)


class SettingsError(ValueError):
    """Every fault of the settings, reported together.

    Attributes:
        reason: Always INVALID_SIMULATION_SETTINGS.
        faults: One sentence a fault.
    """

    reason = "INVALID_SIMULATION_SETTINGS"

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Settings:
    """The size and the seed of a simulated shop.

    Attributes:
        shoppers: People who may visit or buy, 1 or more.
        items: Items in the catalogue, 50 or more.
        days: Length of the history in days, 1 or more.
        seed: Seed of every random draw, 0 or more. Same settings, same bytes.
        start: First instant of the history, UTC.
    """

    shoppers: int = 20_000
    items: int = 600
    days: int = 365
    seed: int = 0
    start: datetime = DEFAULT_START

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= self.shoppers <= MAX_SHOPPERS:
            faults.append(f"shoppers must be 1 to {MAX_SHOPPERS}, not {self.shoppers}")
        if not MIN_ITEMS <= self.items <= MAX_ITEMS:
            faults.append(f"items must be {MIN_ITEMS} to {MAX_ITEMS}, not {self.items}")
        if not 1 <= self.days <= MAX_DAYS:
            faults.append(f"days must be 1 to {MAX_DAYS}, not {self.days}")
        if self.seed < 0:
            faults.append(f"seed must be 0 or more, not {self.seed}")
        if self.start.tzinfo is not UTC:
            faults.append("start must be in UTC")
        if faults:
            raise SettingsError(faults)
