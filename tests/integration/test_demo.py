"""The demo as a newcomer runs it, on a small shop."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.conftest import ROOT

SMALL = ("--shoppers", "4000", "--items", "120")


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "cli", "demo", "--folder", str(folder), *SMALL, *options]


def environment() -> dict[str, str]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "proto")))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "COLUMNS": "100"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def run_in(folder: Path, *options: str) -> str:
    done = subprocess.run(
        command(folder, "--once", *options),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    return run_in(folder)


def test_it_shows_three_pages(printed: str) -> None:
    assert [f"Page {number}. " in printed for number in (1, 2, 3)] == [True, True, True]


def test_two_pages_show_something_and_the_third_is_silent_and_says_why(printed: str) -> None:
    _, first, second, third = re.split(r"Page \d\. ", printed)
    assert "accessory" in first
    assert "Goes with" in second
    assert "the cart holds" in second
    assert "nothing to go on" in third


def test_a_second_run_shows_what_the_first_has_made_and_makes_it_anew_when_told(folder: Path, printed: str) -> None:
    made = [path.stat().st_mtime_ns for path in (folder / "shop").iterdir()]
    second = run_in(folder)
    assert "is shown again; --again" in second
    assert [path.stat().st_mtime_ns for path in (folder / "shop").iterdir()] == made
    assert re.split("Page 1", second)[1].count("model accessories/1") == 3

    third = run_in(folder, "--again")
    assert "Registered as accessories version 2, the champion." in third
    assert "shown again" not in third
    assert re.split("Page 1", third)[1].count("model accessories/2") == 3


def test_it_says_how_to_open_mlflows_page(printed: str) -> None:
    assert re.search(r"mlflow server --backend-store-uri sqlite:///\S+mlflow.db", printed)


def test_it_serves_until_ctrl_c_and_leaves_no_server_behind(tmp_path: Path) -> None:
    port = free_port()
    demo = subprocess.Popen(
        command(tmp_path, "--port", str(port)), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "Ctrl-C" in line:
                break
        assert answers(port)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=30) == 0
        assert not answers(port)
    finally:
        demo.kill()
        demo.wait()
        demo.stdout.close()  # type: ignore[union-attr]  # it is a pipe
