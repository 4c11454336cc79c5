import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.conftest import ROOT


def imported(path: Path) -> Iterator[str]:
    """Modules that a module imports, and what it imports from them, each as a dotted name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_of_tests(name: str) -> bool:
    first, *others = name.split(".")
    return first == "tests" and any(part.startswith("test_") for part in others)


def test_nothing_is_imported_from_a_module_of_tests() -> None:
    sources = [path for part in ("tests", "bench") for path in sorted((ROOT / part).rglob("*.py"))]

    assert [(str(path), name) for path in sources for name in imported(path) if is_of_tests(name)] == []
