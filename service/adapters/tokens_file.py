"""The tokens of a shop's callers, by their hashes: read from tokens.yaml, every fault reported at once."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from models.errors import Fault, InvalidInputError
from models.yaml_file import read_yaml
from service.adapters.file_stamp import Stamp, stamp_of
from service.core.callers import PREFIX, Caller, Scope

KEYS = ("name", "sha256", "scopes", "expires")
"""Of an entry; the last may be missing."""
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.@/ -]{1,100}")
NAME_RULE = "must be a text of 1 to 100 letters, digits, blanks and . @ / _ - that says whose it is"
_PLACE = re.compile(r"line \d+, column \d+")


def read_tokens(path: Path) -> Mapping[str, Caller]:
    """The callers of a file, by hash of their token.

    Raises:
        InvalidInputError: Names every fault, and repeats nothing of the file: it may hold a token by mistake.
    """
    faults: list[Fault] = []
    unread: list[Fault] = []
    content = read_yaml(path, unread)
    for fault in unread:
        place = _PLACE.search(fault.description)
        is_absent = fault.description.startswith("cannot be read")
        faults.append(
            Fault("file", fault.description if is_absent else f"is not YAML: see {place[0] if place else 'it'}")
        )
    callers = {} if unread else _callers(content, faults)
    if faults:
        raise InvalidInputError(str(path), faults)
    return callers


def is_name(text: str) -> bool:
    """Whether a text may name a caller; a token may not."""
    return _NAME.fullmatch(text) is not None and not text.startswith(PREFIX)


def _callers(content: object, faults: list[Fault]) -> dict[str, Caller]:
    entries = content.get("tokens") if isinstance(content, dict) else None
    if not isinstance(entries, list) or set(content if isinstance(content, dict) else ()) != {"tokens"}:
        faults.append(Fault("file", "must hold `tokens:` and nothing else, a list; an empty one, [], lets nobody in"))
        return {}
    callers: dict[str, Caller] = {}
    names: set[str] = set()
    for place, entry in enumerate(entries):
        where = f"tokens[{place}]"
        if not isinstance(entry, dict):
            faults.append(Fault(where, f"must be an entry of {', '.join(KEYS)}"))
            continue
        if set(entry) - set(KEYS):
            faults.append(Fault(where, f"has an unknown key; known are {', '.join(KEYS)}"))
        name, digest = _name(entry, where, faults), _digest(entry, where, faults)
        if name in names:
            faults.append(Fault(f"{where}.name", "is that of an entry before"))
        if digest in callers:
            faults.append(Fault(f"{where}.sha256", "is that of an entry before: give each caller its own token"))
        names.add(name)
        callers[digest] = Caller(name, _scopes(entry, where, faults), _expiry(entry, where, faults))
    return callers


def _name(entry: Mapping[str, Any], where: str, faults: list[Fault]) -> str:
    name = entry.get("name")
    if isinstance(name, str) and is_name(name):
        return name
    faults.append(Fault(f"{where}.name", NAME_RULE))
    return where


def _digest(entry: Mapping[str, Any], where: str, faults: list[Fault]) -> str:
    digest = entry.get("sha256")
    if isinstance(digest, str) and _HASH.fullmatch(digest.lower()):
        return digest.lower()
    description = "must be the SHA-256 of a token, 64 hexadecimal digits, as `shopkeeper token new` prints it"
    if isinstance(digest, str) and digest.startswith(PREFIX):
        description = (
            "is a token itself: whoever reads this file can use it, so make another with `shopkeeper token new`"
        )
    faults.append(Fault(f"{where}.sha256", description))
    return where


def _scopes(entry: Mapping[str, Any], where: str, faults: list[Fault]) -> frozenset[Scope]:
    scopes = entry.get("scopes")
    known = {str(scope) for scope in Scope}
    if isinstance(scopes, list) and scopes and all(isinstance(scope, str) and scope in known for scope in scopes):
        return frozenset(map(Scope, scopes))
    faults.append(Fault(f"{where}.scopes", f"must be a list of at least one of {', '.join(Scope)}"))
    return frozenset()


def _expiry(entry: Mapping[str, Any], where: str, faults: list[Fault]) -> float:
    expires = entry.get("expires")
    if expires is None:
        return math.inf
    if isinstance(expires, str):
        try:
            expires = datetime.fromisoformat(expires)
        except ValueError:
            expires = None
    if isinstance(expires, date) and not isinstance(expires, datetime):
        expires = datetime.combine(expires, time(), UTC)
    if isinstance(expires, datetime) and expires.tzinfo is not None:
        return expires.timestamp()
    faults.append(Fault(f"{where}.expires", "must be a day or a time with its zone, for instance 2027-01-31T00:00:00Z"))
    return -math.inf


@dataclass(slots=True)
class TokensFile:
    """A file of tokens that is read again when it has changed.

    Attributes:
        path: Of the file.
        stamp: By which a change is told.
    """

    path: Path
    stamp: Stamp = ()

    def read(self) -> Mapping[str, Caller]:
        """The callers of now.

        Raises:
            InvalidInputError: As `read_tokens`.
        """
        self.stamp = stamp_of(self.path)
        return read_tokens(self.path)

    def read_if_changed(self) -> Mapping[str, Caller] | None:
        """The callers where the file has changed since it was read, else None.

        Raises:
            InvalidInputError: As `read_tokens`; once for each change.
        """
        return None if stamp_of(self.path) == self.stamp else self.read()
