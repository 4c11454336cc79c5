"""The examples work as a reader would run them."""

import runpy
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from shopkeeper.v1 import event_service_pb2 as pb

from tests.api.conftest import Running
from tests.api.counter import ANNA, EVERYTHING, YES, Counter, T
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


KEPT = "kept; joined to what was shown"


def lines_of_events(counter: Counter, item_id: str, *purposes: int) -> list[str]:
    """What the example prints of what Anna does, who said yes to these purposes."""
    # What the example tells of happens today.
    counter.clock.now = datetime.now(UTC) - timedelta(minutes=1)
    if purposes:
        counter.says(ANNA, YES, *purposes, policy_version="2026-04")
    counter.clock.on(minutes=1)
    address = counter.server.address
    ended = run(sys.executable, "examples/events_client.py", item_id, ANNA.customer_id, address)
    assert ended.stderr == ""
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("item_id", "told"),
    [
        ("camera", [f"{what}: {KEPT}" for what in ("impression of bag", "impression of card", "impression of lens")]),
        ("lonely", [f"impression of an empty answer: {KEPT}"]),
    ],
)
def test_the_events_example_tells_what_became_of_an_answer(counter: Counter, item_id: str, told: list[str]) -> None:
    clicked = [f"click of bag: {KEPT}"] if item_id == "camera" else []
    assert lines_of_events(counter, item_id, *EVERYTHING) == told + clicked
    assert counter.n_rows("kept_events") == len(told + clicked)


@pytest.mark.parametrize(
    ("purposes", "told"),
    [
        ((), "not kept, for want of a yes to personalisation or model_training; never asked"),
        ((T,), "kept; not joined, for want of a yes to measurement"),
    ],
)
def test_the_events_example_names_the_purpose_that_is_missing(
    counter: Counter, purposes: tuple[int, ...], told: str
) -> None:
    assert lines_of_events(counter, "camera", *purposes)[-1] == f"click of bag: {told}"


def test_the_events_example_has_words_for_all_that_may_become_of_an_event() -> None:
    words = runpy.run_path(str(ROOT / "examples" / "events_client.py"))
    assert {0, *words["OUTCOMES"]} == {*pb.EventOutcome.values()}
    assert {0, *words["ATTRIBUTIONS"]} == {*pb.EventAttribution.values()}


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
