import ast
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.conftest import ROOT

OWN = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"shopkeeper"}
# What a part imports is what its installation brings by declaration, not by luck. (What of models the service
# imports has a contract of its own in pyproject.toml.)
PARTS = {
    "models": ["", "trainer", "noise"],
    "privacy": ["", "service"],
    "experiments": ["", "service", "trainer"],
    "service": ["", "service", "tracing"],
    "simulation": ["", "trainer"],
    "training": ["", "trainer"],
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_what_its_extras_declare(requirements: Mapping[str, list[Requirement]], part: str) -> None:
    declared = {canonicalize_name(requirement.name) for extra in PARTS[part] for requirement in requirements[extra]}
    homes = packages_distributions()

    undeclared = {
        f"{library} ({where})"
        for library, where in imports(part)
        if not declared & {canonicalize_name(home) for home in homes.get(library, [library])}
    }
    assert undeclared == set()


def test_every_part_of_the_house_is_in_the_wheel(pyproject: Mapping[str, dict]) -> None:
    packages = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {package.rpartition("/")[2] for package in packages} == OWN


def imports(part: str) -> Iterator[tuple[str, str]]:
    """The top-level packages of others that a part imports, and where."""
    for path in sorted((ROOT / part).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                library = name.partition(".")[0]
                if library not in sys.stdlib_module_names | OWN:
                    yield library, f"{path.relative_to(ROOT)}:{node.lineno}"
