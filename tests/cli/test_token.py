"""`shopkeeper token`: a token for its caller, an entry for the server's file."""

import re
import shlex
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.main import EXIT_INVALID_INPUT, main
from service.adapters.tokens_file import read_tokens
from service.core.callers import Scope, hash_of
from tests.house.conftest import ROOT

SUBCOMMANDS = ("cli.token",)
HASH = hash_of("shk_b")


def made(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[str, str]:
    """A token and its entry, as `token new` prints them."""
    assert main(["token", "new", *options], subcommands=SUBCOMMANDS) == 0
    printed = capsys.readouterr().out
    return printed.splitlines()[0], printed[printed.index("- name") :]


def new(file: Path, name: str) -> int:
    """The exit code of `token new` with this file."""
    return main(["token", "new", name, "--scope", "admin", "--file", str(file)], subcommands=SUBCOMMANDS)


def test_what_new_prints_is_a_token_and_an_entry_that_a_server_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, entry = made(capsys, "store front", "--scope", "recommend", "--scope", "record", "--days", "2")
    (tmp_path / "tokens.yaml").write_text(f"tokens:\n{entry}")
    [(digest, caller)] = read_tokens(tmp_path / "tokens.yaml").items()
    assert digest == hash_of(token)
    assert (caller.name, caller.scopes) == ("store front", {Scope.RECOMMEND, Scope.RECORD})
    assert caller.expires_at_s - datetime.now(UTC).timestamp() == pytest.approx(2 * 86_400, abs=60)


def test_the_entry_does_not_hold_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    token, entry = made(capsys, "storefront", "--scope", "admin")
    assert re.fullmatch(r"shk_[\w-]{43}", token)
    assert "shk_" not in entry


def test_no_two_tokens_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert made(capsys, "a", "--scope", "admin")[0] != made(capsys, "a", "--scope", "admin")[0]


def test_new_tells_every_fault_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["token", "new", "a: b", "--scope", "admin", "--days", "0"], subcommands=SUBCOMMANDS)
    assert code == EXIT_INVALID_INPUT
    errors = capsys.readouterr().err
    assert "NAME:" in errors
    assert "--days:" in errors


def test_the_lines_of_the_documentation_make_a_file_and_find_it_without_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = re.findall(
        r"^\.venv/bin/shopkeeper (token .*)$", (ROOT / "docs" / "serving.md").read_text(encoding="utf-8"), re.M
    )
    assert [main(shlex.split(line), subcommands=SUBCOMMANDS) for line in lines] == [0] * len(lines)
    expiry = datetime.now(UTC) + timedelta(days=365)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"storefront: recommend, record; valid until {expiry:%Y-%m-%d}",
        "1 token, no faults",
    ]


def test_a_file_of_tokens_is_made_for_its_owner_alone_and_holds_no_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tokens.yaml"
    assert new(file, "storefront") == 0
    token = capsys.readouterr().out.splitlines()[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [*read_tokens(file)] == [hash_of(token)]
    assert "shk_" not in file.read_text()


@pytest.mark.parametrize("form", ["tokens:\n- {}\n", "# whose\ntokens:\n  - {}", "tokens:\n\n    - {}\n# the end\n"])
def test_an_entry_comes_after_those_that_are_there(tmp_path: Path, form: str) -> None:
    file = tmp_path / "tokens.yaml"
    before = form.format(f"{{name: a, sha256: {hash_of('shk_a')}, scopes: [admin]}}")
    file.write_text(before)
    file.chmod(0o640)
    assert [new(file, name) for name in ("b", "c")] == [0, 0]
    assert [caller.name for caller in read_tokens(file).values()] == ["a", "b", "c"]
    assert file.read_text().startswith(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("tokens: [{name: b, sha256: " + HASH + ", scopes: [admin]}]", "--file: is not of the form of `token new`"),
        ("tokens:\n- {name: a, sha256: " + HASH + ", scopes: [admin]}", "NAME: a has an entry there"),
        ("tokens:\n- {name: b, sha256: x, scopes: [admin]}", "tokens[0].sha256: must be the SHA-256 of a token"),
    ],
)
def test_a_file_to_which_an_entry_cannot_be_added_is_left_and_no_token_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
) -> None:
    file = tmp_path / "tokens.yaml"
    file.write_text(content)
    assert new(file, "a") == EXIT_INVALID_INPUT
    printed = capsys.readouterr()
    assert told in printed.err
    assert (printed.out, file.read_text()) == ("", content)


def test_a_file_that_cannot_be_written_to_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(tmp_path / "missing" / "tokens.yaml", "a") == 1
    printed = capsys.readouterr()
    assert "tokens.yaml: No such file or directory" in printed.err
    assert printed.out == ""


def test_check_says_whose_tokens_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tokens.yaml"
    hashes = [hash_of(f"shk_{number}") for number in range(2)]
    file.write_text(
        f"tokens:\n- {{name: a, sha256: {hashes[0]}, scopes: [record, admin]}}\n"
        f"- {{name: b, sha256: {hashes[1]}, scopes: [privacy], expires: 2020-01-01}}\n"
    )
    assert main(["token", "check", str(file)], subcommands=SUBCOMMANDS) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a: admin, record; valid, without an end",
        "b: privacy; expired on 2020-01-01",
        "2 tokens, no faults",
    ]


def test_check_tells_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tokens.yaml"
    file.write_text("tokens: [{name: a, sha256: b, scopes: [c]}]")
    assert main(["token", "check", str(file)], subcommands=SUBCOMMANDS) == EXIT_INVALID_INPUT
    errors = capsys.readouterr().err
    assert "tokens[0].sha256" in errors
    assert "tokens[0].scopes" in errors
