"""What a simulation is asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime

from models.errors import Fault, InvalidInputError

MIN_ITEMS = 50  # fewer leave families without their accessories
MAX_ITEMS = 1_000_000
MAX_SHOPPERS = 50_000_000
MAX_DAYS = 3650
MAX_SEED = 2**32 - 1
SHOPPERS_A_CHUNK = 4_000  # about 250,000 events: small enough for the cache, large enough for numpy
DEFAULT_START = datetime(2025, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """The size and the seed of a simulated shop.

    Attributes:
        shoppers: People who may visit or buy, 1 to MAX_SHOPPERS.
        items: Items that are sold, MIN_ITEMS to MAX_ITEMS; one more for every twenty is new and has no history.
        days: Length of the history in days, 1 to MAX_DAYS.
        seed: Seed of every random draw, 0 to MAX_SEED. Same settings, same bytes.
        start: First instant of the history, UTC.

    Raises:
        InvalidInputError: With every fault, where a value is out of its range.
    """

    shoppers: int = 20_000
    items: int = 600
    days: int = 365
    seed: int = 0
    start: datetime = DEFAULT_START

    def __post_init__(self) -> None:
        ranges = (
            ("shoppers", self.shoppers, 1, MAX_SHOPPERS),
            ("items", self.items, MIN_ITEMS, MAX_ITEMS),
            ("days", self.days, 1, MAX_DAYS),
            ("seed", self.seed, 0, MAX_SEED),
        )
        faults = [
            Fault(name, f"must be {least} to {most}, not {value}")
            for name, value, least, most in ranges
            if not least <= value <= most
        ]
        if self.start.tzinfo is not UTC:
            faults.append(Fault("start", "must be in UTC"))
        if faults:
            raise InvalidInputError("the simulation", faults)
