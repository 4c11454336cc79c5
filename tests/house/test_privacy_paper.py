"""docs/privacy.md says what the code does, and every test that it calls upon is there."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from cli.main import build_parser
from privacy.consent import Purpose
from privacy.regimes import Regime
from privacy.retention import DEFAULT_DAYS
from privacy.rules import read_rules
from privacy.store.schema import METADATA
from tests.house.conftest import ROOT

PAPER = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table_after(mark: str) -> list[list[str]]:
    """Rows of the table that follows the comment, without its head."""
    lines = PAPER[PAPER.index(f"<!-- {mark}") :].splitlines()[1:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def commands() -> list[str]:
    """The lines of both papers that call the command."""
    blocks = re.findall(r"```sh\n(.*?)```", PAPER + README, re.DOTALL)
    lines = [line.replace(".venv/bin/", "") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line.startswith("shopkeeper privacy")]


@pytest.mark.parametrize(("promise", "test"), table_after("promises"), ids=lambda cell: cell[:60])
def test_every_promise_has_a_test_that_exists(promise: str, test: str) -> None:
    path, _, name = test.strip("`").partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_no_two_promises_are_alike() -> None:
    promises = [promise for promise, _ in table_after("promises")]
    assert len(promises) == len(set(promises))


def test_the_table_of_retention_is_that_of_the_code() -> None:
    assert {name: int(days) for name, days in table_after("retention")} == dict(DEFAULT_DAYS)


def test_the_example_of_the_rules_is_one(tmp_path: Path) -> None:
    block = re.search(r"<!-- rules example.*?```yaml\n(.*?)```", PAPER, re.DOTALL)
    assert block is not None
    path = tmp_path / "privacy.yaml"
    path.write_text(block.group(1))
    rules = read_rules(path)
    assert rules.regimes.regime_of("US-CA") is Regime.OPT_OUT
    assert rules.regimes.regime_of("US-CO") is Regime.OPT_IN
    assert rules.retention_days["view"] == 60
    assert rules.sensitive_topics == {"health", "toys/adult"}
    assert rules.tcf.enabled


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_papers_is_one(command: str) -> None:
    program, *words = shlex.split(command)
    assert program == "shopkeeper"
    assert callable(build_parser(["cli.privacy"]).parse_args(words).run)


def test_the_papers_show_commands() -> None:
    assert len(commands()) > 10


def test_every_purpose_is_explained() -> None:
    assert [purpose for purpose in Purpose if f"**{str(purpose).replace('_', ' ')}**" not in PAPER] == []


def test_every_table_is_told_of() -> None:
    untold = {table for table in METADATA.tables if f"`{table}`" not in PAPER}
    assert untold == {"ledger_head"}


def test_every_link_within_the_paper_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.*)$", PAPER, re.M)
    }
    assert [
        anchor for anchor in re.findall(r"\]\(#([^)]+)\)", PAPER.replace("\n", " ")) if anchor not in headings
    ] == []
