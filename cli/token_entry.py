"""An entry of the file that `serve --tokens` names: its text, and its place after those that are there."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from models.errors import Fault, InvalidInputError, ShopkeeperError
from service.adapters.tokens_file import read_tokens
from service.core.callers import Caller

OPENING = "tokens:\n"


def entry_of(name: str, digest: str, scopes: Sequence[str], expires_at: datetime | None) -> str:
    """The lines of an entry.

    Args:
        name: Whose it is.
        digest: Of the token.
        scopes: What it is for.
        expires_at: UTC; None for never.
    """
    lines = [f"- name: '{name}'", f"  sha256: {digest}", f"  scopes: [{', '.join(scopes)}]"]
    if expires_at is not None:
        lines.append(f"  expires: {expires_at:%Y-%m-%dT%H:%M:%SZ}")
    return "".join(f"{line}\n" for line in lines)


def add_entry(path: Path, name: str, entry: str) -> None:
    """Put an entry at the end of a file; one that is not there is made, for its owner alone.

    Args:
        path: Of the file.
        name: Of the entry.
        entry: Its lines.

    Raises:
        InvalidInputError: The file has faults, an entry of this name, or a form in which nothing can follow.
        ShopkeeperError: It cannot be written to.
    """
    try:
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(OPENING + entry)
            return
        before = read_tokens(path)
        if any(caller.name == name for caller in before.values()):
            raise InvalidInputError(
                str(path), [Fault("NAME", f"{name} has an entry there: take it out, or choose another")]
            )
        added = _added(path.read_text(encoding="utf-8"), entry)
        if not _is_one_more(path.read_text(encoding="utf-8") + added, before):
            form = "is not of the form of `token new`, an entry after the other: put this one in by hand"
            raise InvalidInputError(str(path), [Fault("--file", form)])
        # In place: the file stays its owner's, who may be the server's user and not this one.
        with path.open("a", encoding="utf-8") as file:
            file.write(added)
    except OSError as error:
        raise ShopkeeperError(f"cannot write to {path}: {error.strerror or error}") from error


def _added(text: str, entry: str) -> str:
    """What is to be written after the text: the entry, as far in as the last one."""
    firsts = [line for line in text.splitlines() if line.lstrip().startswith("- ")]
    indent = firsts[-1][: -len(firsts[-1].lstrip())] if firsts else ""
    lines = "".join(f"{indent}{line}\n" for line in entry.splitlines())
    return lines if not text or text.endswith("\n") else f"\n{lines}"


def _is_one_more(text: str, before: Mapping[str, Caller]) -> bool:
    with tempfile.TemporaryDirectory(prefix="shopkeeper-") as folder:
        tried = Path(folder, "tokens.yaml")
        tried.write_text(text, encoding="utf-8")
        try:
            after = read_tokens(tried)
        except InvalidInputError:
            return False
    return len(after) == len(before) + 1 and before.items() <= after.items()
