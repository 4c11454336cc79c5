"""The errors of the house: each says what to do, and carries a reason a program can act on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class ShopkeeperError(Exception):
    """An error with a cause its reader can mend.

    Attributes:
        reason: UPPER_SNAKE word that stays the same between releases.
        metadata: What a program needs to act on it, for instance the file or the version.
    """

    reason = "UNKNOWN"

    def __init__(self, message: str, *, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.metadata = dict(metadata or {})


class BundleError(ShopkeeperError):
    """The bundle cannot be served."""

    reason = "BUNDLE_UNREADABLE"


class BundleCorruptError(BundleError):
    """A file of the bundle is not the one that was written."""

    reason = "BUNDLE_CORRUPT"


class BundleSchemaError(BundleError):
    """The bundle is of a schema version that this release does not read."""

    reason = "BUNDLE_SCHEMA_UNSUPPORTED"


class ModelError(ShopkeeperError):
    """A model cannot be fitted with these settings."""

    reason = "MODEL_UNFITTED"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    Attributes:
        field: Where, for instance `events.item_id` or `requests[3].max_results`.
        description: What is wrong and what would be right.
    """

    field: str
    description: str


class InvalidInputError(ShopkeeperError):
    """An input with one or more faults, all of them reported together."""

    reason = "INVALID_INPUT"

    def __init__(self, subject: str, faults: Sequence[Fault]) -> None:
        lines = "\n".join(f"  {fault.field}: {fault.description}" for fault in faults)
        super().__init__(f"{subject} has {len(faults)} fault{'s' * (len(faults) != 1)}:\n{lines}")
        self.faults = tuple(faults)
