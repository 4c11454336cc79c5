import argparse
import json
import shlex
from pathlib import Path

import pytest

from cli.simulate import INPUTS, add_parser
from models.errors import InvalidInputError, ShopkeeperError
from simulation.settings import Settings
from simulation.simulate import FILES

SMALL = ["--shoppers", "200", "--items", "60", "--days", "40"]


def run(*options: str) -> int:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["simulate", *options])
    code: int = arguments.run(arguments)
    return code


def test_the_table_names_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--out", str(tmp_path / "shop"), *SMALL) == 0

    printed = capsys.readouterr()
    assert [word for word in (*FILES, "purchase", "withdrawn", "personalisation") if word not in printed.out] == []
    assert printed.err == ""
    assert printed.out.startswith("A simulated shop")
    assert not any(line in printed.out for line in "━┃┏╇")
    assert sorted(path.name for path in (tmp_path / "shop").iterdir()) == sorted(FILES)


def test_json_holds_the_same_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--out", str(tmp_path), *SMALL, "--json") == 0

    counts = json.loads(capsys.readouterr().out)
    assert (counts["items"], counts["items_bought"] <= 60) == (63, True)
    assert set(counts["events"]) == {"view", "add_to_cart", "favourite", "purchase"}
    assert counts["files"] == {name: (tmp_path / name).stat().st_size for name in FILES}


def test_every_fault_of_the_options_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("not ours")

    with pytest.raises(InvalidInputError) as caught:
        run("--out", str(tmp_path), "--shoppers", "-1", "--items", "3", "--days", "0", "--seed", "-5")

    assert [fault.field for fault in caught.value.faults] == ["--shoppers", "--items", "--days", "--seed", "--out"]
    assert "letter.txt" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InvalidInputError, match="is not a folder"):
        run("--out", str(tmp_path / "file"), *SMALL)


def test_a_folder_that_cannot_be_made_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ShopkeeperError, match="cannot write to"):
        run("--out", str(tmp_path / "file" / "below"), *SMALL)


def test_a_previous_simulation_stays_unless_it_is_to_be_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--out", str(tmp_path), *SMALL)
    before = (tmp_path / "events.parquet").read_bytes()

    with pytest.raises(InvalidInputError, match="name another, or --replace it"):
        run("--out", str(tmp_path), *SMALL, "--seed", "1")
    assert (tmp_path / "events.parquet").read_bytes() == before

    assert run("--out", str(tmp_path), *SMALL, "--seed", "1", "--replace") == 0
    assert (tmp_path / "events.parquet").read_bytes() != before


def test_the_command_that_trains_on_it_can_be_pasted_into_a_shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "my shop"
    run("--out", str(out), *SMALL)

    (told,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("Train with it: "))
    words = shlex.split(told)
    files = [word for name in INPUTS for word in (f"--{name}", str(out / f"{name}.parquet"))]
    assert words[words.index("train") :] == ["train", *files]


def test_the_defaults_of_the_command_are_those_of_the_settings() -> None:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["simulate", "--out", "shop"])

    assert Settings(arguments.shoppers, arguments.items, arguments.days, arguments.seed) == Settings()
