"""Who is let in, put together from the settings."""

from pathlib import Path

import pytest

from models.errors import InvalidInputError
from service.access import Access
from service.settings import Settings
from tests.service.authority import Authority
from tests.service.doubles import Lines


def opened(lines: Lines, **overrides: object) -> Access:
    return Access.opened(Settings.read({}, {name: str(value) for name, value in overrides.items()}), lines.log)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / name for name in ("tls_cert", "tls_key", "tokens")}
    certificate, key = Authority("shop").issue("server")
    for path, content in zip(made.values(), (certificate, key, b"tokens: []"), strict=True):
        path.write_bytes(content)
    return made


def test_without_files_whoever_reaches_the_port_is_let_in() -> None:
    access = opened(Lines())
    assert (access.callers, access.credentials) == (None, None)


def test_with_files_there_are_callers_and_tls(files: dict[str, Path]) -> None:
    access = opened(Lines(), **files)
    assert access.callers is not None
    assert access.credentials is not None


def test_the_faults_of_all_files_are_told_at_once(files: dict[str, Path]) -> None:
    for path in files.values():
        path.unlink()
    with pytest.raises(InvalidInputError) as caught:
        opened(Lines(), **files)
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize(
    ("host", "given", "warns"),
    [
        ("192.0.2.1", ("tokens",), True),
        ("127.0.0.1", ("tokens",), False),
        ("192.0.2.1", ("tokens", "tls_cert", "tls_key"), False),
    ],
)
def test_tokens_that_travel_readable_between_machines_are_warned_of(
    files: dict[str, Path], host: str, given: tuple[str, ...], warns: bool
) -> None:
    lines = Lines()
    opened(lines, host=host, **{name: files[name] for name in given})
    assert ("tokens_without_tls" in lines.events()) == warns
