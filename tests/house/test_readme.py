"""The README and the pages in docs say what the code does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from cli.main import SUBCOMMANDS
from cli.serve import OPTIONS
from service.adapters.placements_file import KEYS, read_placements
from service.core.placements import PLACEMENTS
from service.settings import SETTINGS
from tests.house.conftest import ROOT
from training.gate import GateLimits
from training.schema import CATALOGUE, CONSENT, EVENTS, IDENTITIES
from training.settings import SECTIONS, TrainingSettings, read_settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
ASKING, SERVING, TRAINING = (
    (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("asking", "serving", "training")
)
PAGES = (
    *(ROOT / name for name in ("README.md", "deploy/README.md", "examples/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)


def table_after(page: str, mark: str) -> list[list[str]]:
    """Rows of the table of the page that follows the comment, without its head."""
    lines = page[page.index(f"<!-- {mark}") :].splitlines()[1:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def test_the_table_of_server_settings_is_that_of_the_code() -> None:
    expected = [
        [
            f"`--{setting.name.replace('_', '-')}`" if setting.name in OPTIONS else "",
            f"`{setting.variable}`",
            setting.default,
            setting.description,
        ]
        for setting in SETTINGS
    ]
    assert table_after(SERVING, "server settings") == expected


def test_the_table_of_training_settings_has_each_with_its_default() -> None:
    defaults = TrainingSettings()
    shown = {name.strip("`"): default for name, default, _ in table_after(TRAINING, "training settings")}
    assert list(shown) == [field.name for field in fields(TrainingSettings)]
    plain = {name: text for name, text in shown.items() if name not in ("generators", *SECTIONS)}
    assert plain == {name: str(getattr(defaults, name)) for name in plain}


def test_the_table_of_the_gate_has_each_limit_with_its_default() -> None:
    limits = GateLimits()
    shown = re.findall(r"`(\w+)` ([\d.]+)", " ".join(limit for *_, limit in table_after(TRAINING, "gate limits")))
    assert shown == [(field.name, str(getattr(limits, field.name))) for field in fields(GateLimits)]


def test_the_block_of_section_settings_is_the_default(tmp_path: object) -> None:
    block = re.search(r"<!-- section settings.*?```yaml\n(.*?)```", TRAINING, re.DOTALL)
    assert block is not None
    written = yaml.safe_load(block.group(1))
    defaults = TrainingSettings().as_dict()
    assert written == {name: defaults[name] for name in ("generators", *SECTIONS)}
    assert read_settings(None, written) == TrainingSettings()


def test_the_tables_of_native_data_have_every_column() -> None:
    for table in (EVENTS, CONSENT, IDENTITIES, CATALOGUE):
        row = re.search(rf"^\| {table.name} \| (.*) \|$", TRAINING, re.MULTILINE)
        assert row is not None, table.name
        shown = re.findall(r"([a-z_]+)\??(?: \([^)]*\))?(?:, |$)", row.group(1))
        assert {column.name for column in table.columns} <= set(shown), table.name


def test_every_subcommand_is_in_the_readme() -> None:
    names = [name.removeprefix("cli.").replace("_", "-") for name in SUBCOMMANDS]
    assert [name for name in names if not re.search(rf"(shopkeeper|make) {name}\b", README)] == []


def test_the_block_of_placements_is_the_default(tmp_path: Path) -> None:
    block = ASKING.split("<!-- placements: a test holds this block to the code -->")[1].split("```")[1]
    path = tmp_path / "placements.yaml"
    path.write_text(block.removeprefix("yaml"))
    assert read_placements(path) == PLACEMENTS
    named = yaml.safe_load(path.read_text())["product_page"]
    own = PLACEMENTS["product_page"]
    assert {*named} == {*KEYS}
    assert named["min_probability"] == "trained"
    assert {key: named[key] for key in {*KEYS} - {"moments", "min_probability"}} == {
        key: getattr(own, key) for key in {*KEYS} - {"moments", "min_probability"}
    }
    assert {*named["moments"]} == {moment.name.lower() for moment in own.moments}


def anchors_of(page: Path) -> set[str]:
    """What links may name of a page: its headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_of_it(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8"))
    assert [link for link, _ in links if not (page.parent / link).exists()] == []
    anchored = [(page.parent / link if link else page, anchor) for link, anchor in links if anchor]
    assert [(str(to), anchor) for to, anchor in anchored if anchor not in anchors_of(to)] == []


def test_the_readme_links_to_every_page_in_docs() -> None:
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"](docs/{page.name}" not in README] == []


def test_examples_are_run_by_the_python_that_has_what_they_need() -> None:
    told = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.*")]
    lines = [line for path in told for line in path.read_text(encoding="utf-8").splitlines()]
    runs = [line for line in lines if re.search(r"python examples/\w+\.py", line)]
    assert len(runs) == 8
    assert [line for line in runs if ".venv/bin/python examples/" not in line] == []
