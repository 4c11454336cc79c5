"""A subcommand whose run does what a test tells it to, in the place of a module of cli."""

import argparse
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from cli.main import main

Run = Callable[[argparse.Namespace], int]
Command = Callable[..., int]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `shopkeeper fake ARGUMENTS`, where fake does what it is told, and returns the exit code."""

    def run_fake(run: Run, *arguments: str) -> int:
        def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
            parser = subparsers.add_parser("fake", help="does what the test says")
            parser.add_argument("--count", type=int, default=1)
            parser.set_defaults(run=run)

        module = ModuleType("fake_subcommand")
        module.__dict__["add_parser"] = add_parser
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return main(["fake", *arguments], subcommands=[module.__name__])

    return run_fake
