import argparse
import importlib
import subprocess
import sys
from importlib.metadata import version
from typing import NoReturn

import pytest

from cli.main import SUBCOMMANDS, build_parser, main
from models.errors import BundleCorruptError, Fault, InvalidInputError
from tests.cli.conftest import Command, Run


def raising(error: BaseException) -> Run:
    def run(_arguments: argparse.Namespace) -> NoReturn:
        raise error

    return run


def test_the_exit_code_is_the_subcommands(command: Command) -> None:
    assert command(lambda arguments: arguments.count, "--count", "7") == 7


def test_an_error_of_the_house_is_its_message_and_exit_code_1(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(raising(BundleCorruptError("items.npy is not the file that was written"))) == 1

    captured = capsys.readouterr()
    assert captured.err == "shopkeeper: items.npy is not the file that was written\n"
    assert captured.out == ""


def test_an_invalid_input_names_every_fault_and_exits_with_2(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = [Fault("events.item_id", "is missing"), Fault("events.quantity", "must be 1 or more")]

    assert command(raising(InvalidInputError("events.csv", faults))) == 2

    message = capsys.readouterr().err
    assert "events.item_id: is missing" in message
    assert "events.quantity: must be 1 or more" in message


@pytest.mark.parametrize(
    ("subcommand", "needed", "extra"),
    [
        ("cli.train", "trainer", "trainer"),
        ("cli.serve", "service", "service"),
        ("cli.demo", "service and the trainer", "service,trainer"),
    ],
)
def test_a_library_that_is_not_installed_is_answered_with_the_subcommands_extra(
    command: Command, capsys: pytest.CaptureFixture[str], subcommand: str, needed: str, extra: str
) -> None:
    run = raising(ModuleNotFoundError("No module named 'mlflow'", name="mlflow.tracking"))
    run.__module__ = subcommand

    assert command(run) == 1

    message = capsys.readouterr().err
    assert f"this needs the {needed}: pip install 'shopkeeper[{extra}]'" in message
    assert "mlflow is not installed" in message


def test_a_missing_openmp_runtime_is_answered_with_its_package(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    error = ImportError("libgomp.so.1: cannot open shared object file: No such file or directory")

    assert command(raising(error)) == 1

    assert "libgomp1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'training.gone'", name="training.gone"),
        ImportError("cannot import name 'gone' from 'models.items'", name="models.items"),
        ValueError("an unexpected one"),
    ],
)
def test_a_fault_of_the_program_itself_keeps_its_traceback(command: Command, error: Exception) -> None:
    with pytest.raises(type(error)):
        command(raising(error))


def test_an_interruption_is_quiet_and_exits_with_130(command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    assert command(raising(KeyboardInterrupt())) == 130
    assert capfd.readouterr() == ("", "")


def test_a_reader_that_leaves_early_is_met_with_silence() -> None:
    program = (
        "import sys, types, cli.main\n"
        "fake = types.ModuleType('fake')\n"
        "def run(arguments):\n"
        "    for line in range(100_000): print(line)\n"
        "    return 0\n"
        "fake.add_parser = lambda subparsers: subparsers.add_parser('fake').set_defaults(run=run)\n"
        "sys.modules['fake'] = fake\n"
        "sys.exit(cli.main.main(['fake'], subcommands=['fake']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"], subcommands=[])

    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"shopkeeper {version('shopkeeper')}\n"


def test_no_subcommand_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([], subcommands=[])

    assert stopped.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def command_of(module: str) -> str:
    """What people type for a module of a subcommand."""
    return module.removeprefix("cli.").replace("_", "-")


def test_python_m_cli_is_the_same_command_and_lists_every_subcommand() -> None:
    answer = subprocess.run([sys.executable, "-m", "cli", "--help"], capture_output=True, text=True, check=True)

    assert [name for name in SUBCOMMANDS if f"\n    {command_of(name)}" not in answer.stdout] == []


def test_help_imports_no_heavy_library() -> None:
    heavy = {"duckdb", "google", "grpc", "ibis", "implicit", "mlflow", "numpy", "pandas", "rich", "scipy", "sqlalchemy"}
    program = f"import sys, cli.main; cli.main.build_parser(); print(*sorted({heavy!r} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == []


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_says_what_to_run(name: str) -> None:
    parser = build_parser([name])
    subcommand = command_of(name)

    with pytest.raises(SystemExit) as stopped:
        parser.parse_args([subcommand, "--help"])

    assert stopped.value.code == 0
    assert callable(importlib.import_module(name).run)
