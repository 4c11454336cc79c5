"""docs/experiments.md says what the code does, and the example is one that a server takes."""

import re

from experiments.analysis.measured import SCHEMA as MEASURED
from experiments.arm_entries import ARM_KEYS, MAX_VARIANT_BYTES
from experiments.definition import DECIDING, Unit
from experiments.experiments_file import KEYS, MARGINS, read_experiments
from service.core.placements import PLACEMENTS
from tests.house.conftest import ROOT
from training.ledger.events import SCHEMA as EXPORTED

PAPER = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")


def table_after(mark: str) -> dict[str, list[str]]:
    """Rows of the table that follows the comment by their first cell, without its head."""
    lines = PAPER.split(f"<!-- {mark}:")[1].split("\n\n")[0].splitlines()[3:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name.strip("`"): cells for name, *cells in rows}


def test_every_key_is_explained() -> None:
    assert tuple(table_after("keys")) == KEYS
    assert [key for key in ARM_KEYS if f"`{key}" not in PAPER] == []


def test_the_words_of_a_key_are_those_of_the_code() -> None:
    rows = table_after("keys")
    assert re.findall(r"`(\w+)`", rows["primary"][1]) == [*DECIDING]
    assert re.findall(r"`(\w+)`", rows["unit"][1]) == [*Unit]
    assert f"{MAX_VARIANT_BYTES - 2} letters in all" in PAPER


def test_every_margin_is_that_of_the_code() -> None:
    assert {name: float(cells[0]) for name, cells in table_after("guardrails").items()} == dict(MARGINS)


def test_the_table_of_files_to_count_is_what_is_counted() -> None:
    assert {name: cells[0].strip("`") for name, cells in table_after("measured").items()} == {
        field.name: str(field.type) for field in MEASURED
    }


def test_an_export_for_trainings_cannot_be_counted_and_is_not_said_to_be() -> None:
    assert "`export-events` does not make them" in " ".join(PAPER.split())
    assert not {*MEASURED.names} <= {*EXPORTED.names}


def test_the_example_is_without_fault() -> None:
    found = read_experiments(ROOT / "examples" / "experiments.yaml", PLACEMENTS).experiments
    assert len(found) == 3
    assert any(test.interleaved for test in found.values())
    assert any(arm.shows_nothing for test in found.values() for arm in test.arms)


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAPER)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
