"""The examples work as a reader would run them."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.api.conftest import Running
from tests.api.counter import ANNA, Counter
from tests.integration.serving import ROOT, shopkeeper


def run(*command: str, cwd: Path = ROOT, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=shopkeeper()["env"], capture_output=True, text=True, timeout=timeout_s, check=False
    )


@pytest.fixture(scope="session")
def node_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Node example with its modules, in a copy of the tree it expects."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not on this machine")
    tree = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "proto" / "shopkeeper", tree / "proto" / "shopkeeper")
    example = Path(shutil.copytree(ROOT / "examples" / "node", tree / "examples" / "node"))
    if not (example / "node_modules").is_dir():
        try:
            installed = run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", cwd=example)
        except subprocess.TimeoutExpired:
            pytest.skip("the Node example's modules could not be installed within a minute")
        if installed.returncode:
            pytest.skip(f"the Node example's modules cannot be installed: {installed.stderr.strip()[-200:]}")
    return example


def test_the_python_example_prints_what_goes_with_an_item(server: Running) -> None:
    ended = run(sys.executable, "examples/python_client.py", "camera", server.address)
    assert (ended.stdout.split(), ended.stderr) == (["bag", "card", "lens"], "")


def test_the_python_example_shows_nothing_when_the_server_is_away(closed_port: int) -> None:
    ended = run(sys.executable, "examples/python_client.py", "camera", f"127.0.0.1:{closed_port}")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "no recommendations: " in ended.stderr


@pytest.mark.parametrize(
    ("item_id", "told"),
    [
        ("camera", [f"{item} STORED JOINED" for item in ("bag", "card", "lens", "bag")]),
        ("lonely", [" STORED JOINED"]),
    ],
)
def test_the_events_example_tells_what_became_of_an_answer(counter: Counter, item_id: str, told: list[str]) -> None:
    # What the example tells of happens today.
    counter.clock.now = datetime.now(UTC) - timedelta(minutes=1)
    counter.says(ANNA, policy_version="2026-04")
    counter.clock.on(minutes=1)
    address = counter.server.address
    ended = run(sys.executable, "examples/events_client.py", item_id, ANNA.customer_id, address)
    assert (ended.stdout.splitlines(), ended.stderr) == (told, "")
    assert counter.n_rows("kept_events") == len(told)


def test_the_node_example_prints_what_goes_with_an_item(server: Running, node_example: Path) -> None:
    ended = run("node", "client.mjs", "camera", server.address, cwd=node_example)
    assert ended.stderr == ""
    assert [line.split("\t")[:2] for line in ended.stdout.splitlines()][:2] == [
        ["bag", "RELATION_ACCESSORY"],
        ["card", "RELATION_ACCESSORY"],
    ]


def test_the_node_example_shows_nothing_when_the_server_is_away(closed_port: int, node_example: Path) -> None:
    ended = run("node", "client.mjs", "camera", f"127.0.0.1:{closed_port}", cwd=node_example)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "no recommendations: " in ended.stderr
