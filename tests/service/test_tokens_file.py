"""The file of the callers' tokens: read whole or not at all, and read again when it changes."""

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import InvalidInputError
from service.adapters.tokens_file import TokensFile, read_tokens
from service.core.callers import Caller, Scope, hash_of

TOKEN = "shk_one"  # noqa: S105 - of these tests
ENTRY = f"name: storefront, sha256: {hash_of(TOKEN)}, scopes: [recommend]"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "tokens.yaml"
    path.write_text(text)
    return path


def faults_of(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        read_tokens(written(tmp_path, text))
    return [fault.field for fault in caught.value.faults]


def test_an_entry_is_a_caller_by_the_hash_of_its_token(tmp_path: Path) -> None:
    path = written(tmp_path, f"tokens:\n- {{{ENTRY.replace('[recommend]', '[recommend, privacy]')}}}\n")
    assert read_tokens(path) == {
        hash_of(TOKEN): Caller("storefront", frozenset({Scope.RECOMMEND, Scope.PRIVACY}), math.inf)
    }


@pytest.mark.parametrize(
    "expires", ["2027-01-31", "2027-01-31T00:00:00Z", "'2027-01-31T00:00:00+00:00'", "2027-01-31 01:00:00 +01:00"]
)
def test_an_expiry_is_a_day_or_a_time_with_its_zone(tmp_path: Path, expires: str) -> None:
    [caller] = read_tokens(written(tmp_path, f"tokens: [{{{ENTRY}, expires: {expires}}}]")).values()
    assert caller.expires_at_s == datetime(2027, 1, 31, tzinfo=UTC).timestamp()


def test_an_empty_list_lets_nobody_in(tmp_path: Path) -> None:
    assert read_tokens(written(tmp_path, "tokens: []")) == {}


@pytest.mark.parametrize(
    "text", ["", "tokens:", "tokens: {}", "- a", "tokens: []\nmore: 1", "tokens: [", "\x00", "tokens: []\ntokens: []"]
)
def test_a_file_without_a_list_of_tokens_is_a_fault_and_not_an_empty_list(tmp_path: Path, text: str) -> None:
    assert faults_of(tmp_path, text) == ["file"]


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_tokens(tmp_path / "absent.yaml")


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = f"""
tokens:
- {{name: "", sha256: abc, scopes: [], expires: soon}}
- {{name: a, sha256: {"A" * 64}, scopes: [everything]}}
- {{name: a, sha256: {"a" * 64}, scopes: [admin], expires: 2027-01-31T00:00:00}}
- {{name: b, sha256: {"b" * 64}, scopes: admin, scope: admin}}
- just text
"""
    assert faults_of(tmp_path, text) == [
        "tokens[0].name",
        "tokens[0].sha256",
        "tokens[0].scopes",
        "tokens[0].expires",
        "tokens[1].scopes",
        "tokens[2].name",
        "tokens[2].sha256",
        "tokens[2].expires",
        "tokens[3]",
        "tokens[3].scopes",
        "tokens[4]",
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"tokens: [{{name: a, sha256: {TOKEN}, scopes: [admin]}}]",
        f"tokens: [{{name: {TOKEN}, sha256: {TOKEN}, scopes: [{TOKEN}], expires: {TOKEN}, {TOKEN}: 1}}]",
        f"tokens: {TOKEN}",
        f"tokens: [{TOKEN}]",
        f"{TOKEN}: [",
        f'tokens: [{{name: "{TOKEN}',
        f"{TOKEN}: 1\n{TOKEN}: 2",
    ],
)
def test_a_token_written_into_the_file_by_mistake_is_not_told_on(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_tokens(written(tmp_path, text))
    assert TOKEN not in str(caught.value)


def test_who_writes_the_token_itself_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is a token itself"):
        read_tokens(written(tmp_path, f"tokens: [{{name: a, sha256: {TOKEN}, scopes: [admin]}}]"))


def test_a_file_is_read_again_when_it_has_changed_and_only_then(tmp_path: Path) -> None:
    file = TokensFile(written(tmp_path, f"tokens: [{{{ENTRY}}}]"))
    assert len(file.read()) == 1
    assert file.read_if_changed() is None
    written(tmp_path, "tokens: []")
    assert file.read_if_changed() == {}
    assert file.read_if_changed() is None


def test_a_file_that_went_bad_or_away_is_told_once_for_each_change(tmp_path: Path) -> None:
    file = TokensFile(written(tmp_path, "tokens: []"))
    file.read()
    written(tmp_path, "tokens: [")
    with pytest.raises(InvalidInputError):
        file.read_if_changed()
    assert file.read_if_changed() is None
    file.path.unlink()
    with pytest.raises(InvalidInputError):
        file.read_if_changed()
    assert file.read_if_changed() is None
