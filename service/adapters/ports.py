"""What the follower needs of a registry, whichever it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.errors import ShopkeeperError

VERSION = "version:"
"""Before the number of a version that is followed instead of an alias."""


class RegistryUnreachableError(ShopkeeperError):
    """The registry does not answer; it may later."""

    reason = "REGISTRY_UNREACHABLE"


class AliasMissingError(ShopkeeperError):
    """The registry answers, but no version bears the alias."""

    reason = "ALIAS_MISSING"


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """One version of a registered model.

    Attributes:
        name: Of the model.
        version: Its number, as text.
        registered_at_ms: When; tells apart equal numbers of a registry that was made anew.
        fingerprint: Of its bundle, None where the registry does not say.
        ledger_position: Of the ledger of consent at its training, None where the registry does not say.
    """

    name: str
    version: str
    registered_at_ms: int
    fingerprint: str | None = None
    ledger_position: int | None = None

    @property
    def label(self) -> str:
        """As answers name it: "accessories/12"."""
        return f"{self.name}/{self.version}"


class Registry(Protocol):
    """Where trained models are registered."""

    def find(self, name: str, alias: str) -> RegisteredVersion:
        """The version that bears the alias; AliasMissingError or RegistryUnreachableError."""
        ...

    def fetch(self, version: RegisteredVersion, directory: Path) -> Path:
        """Download its bundle below the directory and say where; BundleError or RegistryUnreachableError."""
        ...
