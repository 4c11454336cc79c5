"""Command lines that people copy into a shell: they run there, whatever is on PATH."""

import shlex
import sys
from pathlib import Path

import pytest

from cli.invocation import invocation


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The commands' folder of an environment with shopkeeper in it, in a path with a space, not on PATH."""
    folder = tmp_path / "my shop" / "bin"
    monkeypatch.setattr(sys, "executable", str(command_in(folder, "python")))
    command_in(folder, "shopkeeper")
    monkeypatch.setenv("PATH", str(tmp_path))
    return folder


def command_in(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    command = folder / name
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    return command


def test_a_command_that_is_not_on_path_is_named_by_its_path_quoted_for_the_shell(environment: Path) -> None:
    line = invocation("shopkeeper", "promote", "a b", "1")
    assert shlex.split(line) == [str(environment / "shopkeeper"), "promote", "a b", "1"]


def test_a_command_on_path_is_named_by_its_name(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(environment))
    assert invocation("shopkeeper", "serve") == "shopkeeper serve"


def test_another_environments_command_on_path_is_not_taken_for_this_ones(environment: Path, tmp_path: Path) -> None:
    command_in(tmp_path, "shopkeeper")
    assert shlex.split(invocation("shopkeeper")) == [str(environment / "shopkeeper")]


def test_what_was_not_installed_is_run_as_a_module(environment: Path) -> None:
    (environment / "shopkeeper").unlink()
    python = str(environment / "python")
    assert shlex.split(invocation("shopkeeper", "serve")) == [python, "-m", "cli", "serve"]
    assert shlex.split(invocation("mlflow", "server")) == [python, "-m", "mlflow", "server"]
