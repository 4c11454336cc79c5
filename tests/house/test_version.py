import re
from collections.abc import Mapping
from importlib.metadata import version

from tests.house.conftest import ROOT


def test_the_installed_version_is_the_one_in_pyproject(pyproject: Mapping[str, dict]) -> None:
    assert version("shopkeeper") == pyproject["project"]["version"]


def test_the_changelog_has_the_version(pyproject: Mapping[str, dict]) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)

    assert versions[0] == pyproject["project"]["version"]


def test_no_module_states_the_version_a_second_time(pyproject: Mapping[str, dict]) -> None:
    statement = re.compile(r"(?i)version\w*\s*=\s*[\"']" + re.escape(pyproject["project"]["version"]) + "[\"']")
    sources = [path for part in ("cli", "models", "service", "training", "web") for path in (ROOT / part).rglob("*.py")]

    assert [str(path) for path in sources if statement.search(path.read_text(encoding="utf-8"))] == []
