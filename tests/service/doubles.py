"""Stand-ins for the ports: a registry in memory, a log that remembers."""

import json
import shutil
from io import StringIO
from pathlib import Path

from models.errors import ShopkeeperError
from service.adapters.ports import AliasMissingError, RegisteredVersion, RegistryUnreachableError
from service.log import Log


class FakeRegistry:
    """Versions whose bundles lie in directories."""

    def __init__(self) -> None:
        self.bundles: dict[str, Path] = {}
        self.fingerprints: dict[str, str | None] = {}
        self.registered_at_ms = 1
        self.champion: str | None = None
        self.other_aliases: dict[str, str] = {}
        self.fault: Exception | None = None
        self.n_fetches = 0

    def put(self, version: str, bundle: Path, fingerprint: str | None = None) -> None:
        """Register a bundle and make it the champion."""
        self.bundles[version], self.fingerprints[version], self.champion = bundle, fingerprint, version

    def find(self, name: str, alias: str) -> RegisteredVersion:
        """As the port says."""
        if self.fault:
            raise self.fault
        version = self.champion if alias == "champion" else self.other_aliases.get(alias)
        if version is None:
            raise AliasMissingError(f"no {alias} of {name}")
        return RegisteredVersion(name, version, self.registered_at_ms, self.fingerprints[version])

    def fetch(self, version: RegisteredVersion, directory: Path) -> Path:
        """As the port says."""
        self.n_fetches += 1
        if version.version not in self.bundles:
            raise RegistryUnreachableError("gone in between")
        return Path(shutil.copytree(self.bundles[version.version], directory / "artifacts" / "bundle"))


class Lines:
    """A log whose lines can be read."""

    def __init__(self) -> None:
        self._stream = StringIO()
        self.log = Log(self._stream, lambda: 0.0)

    def all(self) -> list[dict[str, str]]:
        """Every line so far."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def events(self) -> list[str]:
        """What happened, in order."""
        return [line["event"] for line in self.all()]

    def only(self, event: str) -> dict[str, str]:
        """The one line of this event."""
        (line,) = [line for line in self.all() if line["event"] == event]
        return line


def flip_byte(path: Path, place: int = -1) -> None:
    """Change one byte of a file, keeping its size."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def registry_down() -> ShopkeeperError:
    """What a registry that does not answer raises."""
    return RegistryUnreachableError("connection refused")
