import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.house.conftest import ROOT

TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def dry_run(*targets: str) -> str:
    """What make would do, with everything made that it makes."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--dry-run", *targets], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_the_readme_names_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`]+`", readme, re.DOTALL))
    named = set(re.findall(r"\bmake ([a-z-]+)", code))

    assert named - TARGETS == set()
    assert {"demo", "test"} <= named


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert [target for target in sorted(TARGETS) if f"make {target} " not in listed] == []


def test_ci_runs_the_readmes_test_command_the_checks_and_the_demo() -> None:
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()

    assert "make test" in run
    assert "make demo ONCE=1" in run
    assert "make lint types imports proto-check" in run


@pytest.mark.parametrize(
    "command",
    [
        "ruff format --check",
        "ruff check",
        "mypy --strict",
        "lint-imports",
        "buf lint",
        "proto-breaking",
        "grpc_tools.protoc",
        "-m pytest",
    ],
)
def test_make_check_runs(command: str) -> None:
    assert command in dry_run("check")


@pytest.mark.parametrize(("once", "command"), [("ONCE=1", "shopkeeper demo --once"), ("ONCE=", "shopkeeper demo")])
def test_make_demo_shows_the_shop(once: str, command: str) -> None:
    assert dry_run("demo", once).rstrip().endswith(command)


def test_the_demo_does_not_wait_for_the_developers_tools() -> None:
    assert "requirements.lock" not in dry_run("demo", "--always-make")


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A folder with the script that makes the environment, and a PATH with nothing but what it needs."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "environment").write_bytes((ROOT / ".ci" / "environment").read_bytes())
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname"):
        (tmp_path / "bin" / tool).symlink_to(f"/usr/bin/{tool}")
    return tmp_path


def make_environment(machine: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine / "bin")}
    command = ["/bin/sh", str(machine / ".ci" / "environment"), "requirements.lock"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_machine_without_a_new_enough_python_is_told_so(bare_machine: Path) -> None:
    old = bare_machine / "bin" / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    answer = make_environment(bare_machine)

    assert answer.returncode == 1
    assert "Python 3.11 or newer" in answer.stderr


def test_a_machine_whose_python_has_no_venv_is_told_what_to_install(bare_machine: Path) -> None:
    stripped = bare_machine / "bin" / "python3.12"
    stripped.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
    stripped.chmod(0o755)

    answer = make_environment(bare_machine)

    assert answer.returncode == 1
    assert "python3.12 has no venv module" in answer.stderr
    assert "apt-get install python3-venv" in answer.stderr
