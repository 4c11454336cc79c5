"""The files that make the house, parsed."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"(?P<name>[a-z0-9-]+)(\[[a-z,]+\])?==(?P<version>\S+)( ; (?P<marker>.+?))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


@dataclass(frozen=True, slots=True)
class Pin:
    """One requirement of a lock, with the environments it is for."""

    name: str
    version: str
    marker: str | None
    n_hashes: int


class Lock:
    """A lock's lines, which are pins, hashes and comments, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.strangers: list[str] = []
        self.pins = tuple(self._read())

    @property
    def names(self) -> frozenset[str]:
        return frozenset(pin.name for pin in self.pins)

    def _read(self) -> Iterator[Pin]:
        pin, n_hashes = None, 0
        for line in self.text.splitlines():
            if match := PIN.fullmatch(line):
                if pin:
                    yield Pin(**pin, n_hashes=n_hashes)
                pin = {name: match[name] for name in ("name", "version", "marker")}
                n_hashes = 0
            elif HASH.fullmatch(line):
                n_hashes += 1
            elif not line.lstrip().startswith("#"):
                self.strangers.append(line)
        if pin:
            yield Pin(**pin, n_hashes=n_hashes)


@pytest.fixture(scope="session")
def pyproject() -> Mapping[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def requirements(pyproject: Mapping[str, Any]) -> Mapping[str, list[Requirement]]:
    """The declared requirements: of the package itself (""), of each extra and of each group."""
    project = pyproject["project"]
    declared = {"": project["dependencies"], **project["optional-dependencies"], **pyproject["dependency-groups"]}
    return {name: [Requirement(text) for text in texts] for name, texts in declared.items()}


@pytest.fixture(scope="session")
def lock() -> Lock:
    """Everything: all extras, and what makes the environment."""
    return Lock(ROOT / "requirements.lock")


@pytest.fixture(scope="session")
def partial_locks() -> Mapping[str, Lock]:
    """What a part of the house is installed from: build, service, trainer."""
    return {path.stem: Lock(path) for path in sorted((ROOT / "requirements").glob("*.lock"))}


def satisfies(lock: Lock, requirement: Requirement) -> bool:
    """Whether each version the lock may install meets the requirement, and there is one."""
    name = canonicalize_name(requirement.name)
    versions = [pin.version for pin in lock.pins if pin.name == name]
    return bool(versions) and all(version in requirement.specifier for version in versions)
