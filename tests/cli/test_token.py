"""`shopkeeper token`: a token for its caller, an entry for the server's file."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.main import EXIT_INVALID_INPUT, main
from service.adapters.tokens_file import read_tokens
from service.core.callers import Scope, hash_of

SUBCOMMANDS = ("cli.token",)


def made(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[str, str]:
    """A token and its entry, as `token new` prints them."""
    assert main(["token", "new", *options], subcommands=SUBCOMMANDS) == 0
    printed = capsys.readouterr().out
    return printed.splitlines()[0], printed[printed.index("- name") :]


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


def test_check_says_whose_tokens_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tokens.yaml"
    hashes = [hash_of(f"shk_{number}") for number in range(2)]
    file.write_text(
        f"tokens:\n- {{name: a, sha256: {hashes[0]}, scopes: [record, admin]}}\n"
        f"- {{name: b, sha256: {hashes[1]}, scopes: [privacy], expires: 2020-01-01}}\n"
    )
    assert main(["token", "check", str(file)], subcommands=SUBCOMMANDS) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a: admin, record; counts",
        "b: privacy; has expired on 2020-01-01",
        "2 tokens, no faults",
    ]


def test_check_tells_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tokens.yaml"
    file.write_text("tokens: [{name: a, sha256: b, scopes: [c]}]")
    assert main(["token", "check", str(file)], subcommands=SUBCOMMANDS) == EXIT_INVALID_INPUT
    errors = capsys.readouterr().err
    assert "tokens[0].sha256" in errors
    assert "tokens[0].scopes" in errors
