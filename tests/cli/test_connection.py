"""How a command reaches a server: every option at fault at once, and no token where it could be read."""

import argparse
from pathlib import Path

import pytest

from cli.connection import Connection, add_connection, connection_of
from models.errors import InvalidInputError

TOKEN = "shk_one"  # noqa: S105 - of these tests


def connection(*options: str, **environ: str) -> Connection:
    parser = argparse.ArgumentParser()
    add_connection(parser)
    return connection_of(parser.parse_args(options), environ)


def test_without_options_it_is_plain_and_says_nothing_of_its_caller() -> None:
    assert connection() == Connection("127.0.0.1:50051")
    assert connection().metadata == ()


def test_the_token_is_of_the_file_or_else_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert connection(SHOPKEEPER_TOKEN=TOKEN).metadata == (("authorization", f"Bearer {TOKEN}"),)
    assert connection("--token-file", str(tmp_path / "token"), SHOPKEEPER_TOKEN="other").token == TOKEN  # noqa: S106


def test_a_token_given_as_an_option_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidInputError, match="--token-file: the file cannot be read") as caught:
        connection("--token", TOKEN)
    assert TOKEN not in str(caught.value)


def test_a_connection_does_not_show_its_secrets() -> None:
    assert TOKEN not in repr(Connection(token=TOKEN, key=TOKEN.encode()))


@pytest.mark.parametrize("options", [["--tls"], ["--tls-ca", "ca"], ["--tls-cert", "c", "--tls-key", "k"]])
def test_each_option_of_tls_encrypts(tmp_path: Path, options: list[str]) -> None:
    files = [option if option.startswith("--") else str(tmp_path / option) for option in options]
    for file in files:
        if not file.startswith("--"):
            Path(file).write_bytes(b"pem")
    assert connection(*files).is_encrypted


def test_every_option_at_fault_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("two words")
    with pytest.raises(InvalidInputError) as caught:
        connection("--tls-ca", str(tmp_path / "absent"), "--tls-key", "absent", "--token-file", str(tmp_path / "token"))
    assert [fault.field for fault in caught.value.faults] == ["--tls-ca", "--tls-key", "--tls-cert", "--token-file"]
    assert "two words" not in str(caught.value)


@pytest.mark.parametrize("text", ["a b", "é", "a\nb"])
def test_what_no_header_can_hold_is_no_token(text: str) -> None:
    with pytest.raises(InvalidInputError, match="SHOPKEEPER_TOKEN"):
        connection(SHOPKEEPER_TOKEN=text)
