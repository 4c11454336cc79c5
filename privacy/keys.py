"""The keys of the shop: one file of numbered secrets, from which the key of each use is derived."""

import hmac
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from models.errors import Fault, InvalidInputError

KEY_BYTES = 32
"""As long as the hash that the keys are used with: RFC 2104, section 3."""

MAX_KEY_ID = 2**31 - 1
"""What an INTEGER column of any database holds."""

MAX_FILE_BYTES = 65_536
"""Eight hundred keys; what is longer is another file."""

_LINE = re.compile(r"([1-9][0-9]{0,9})[ \t]+([0-9a-fA-F]{64})([ \t]+to-come)?")
_INFO = b"shopkeeper.v1."

Random = Callable[[int], bytes]
"""So many bytes that nobody can guess: `secrets.token_bytes`."""


class KeyUse(StrEnum):
    """What a key is derived for."""

    PSEUDONYM = "pseudonym"
    TOKEN = "token"  # noqa: S105 - the name of a use
    LEDGER = "ledger"
    ATTRIBUTION = "attribution"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Numbered keys. All are accepted; the newest that is not still to come is the active one, used for what is new.

    A key is to come first, so that every server knows it before any uses it.

    Attributes:
        keys: Number and 32 bytes of each key, the active one first, then falling numbers.
        to_come: Numbers of the keys that are accepted and not used yet.

    Raises:
        InvalidInputError: There is no key, or a number or a key is not what it has to be.
    """

    keys: tuple[tuple[int, bytes], ...] = field(repr=False)
    to_come: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        ids = [key_id for key_id, _ in self.keys]
        faults = [
            *([] if ids else [Fault("keys", "hold no key")]),
            *([Fault("keys", "hold none that is not still to come")] if ids and self.to_come.issuperset(ids) else []),
            *(Fault("keys", f"hold key {key_id} twice") for key_id in sorted(set(ids)) if ids.count(key_id) > 1),
            *(
                Fault(f"keys[{key_id}]", f"the number is not between 1 and {MAX_KEY_ID}")
                for key_id in ids
                if not 1 <= key_id <= MAX_KEY_ID
            ),
            *(
                Fault(f"keys[{key_id}]", f"has {len(key)} bytes instead of {KEY_BYTES}")
                for key_id, key in self.keys
                if len(key) != KEY_BYTES
            ),
        ]
        if faults:
            raise InvalidInputError("The key ring", faults)
        falling = sorted(self.keys, reverse=True)
        active = next(pair for pair in falling if pair[0] not in self.to_come)
        object.__setattr__(self, "keys", (active, *(pair for pair in falling if pair is not active)))
        object.__setattr__(self, "to_come", self.to_come & set(ids))

    def __repr__(self) -> str:
        return f"KeyRing(ids={self.ids})"

    @property
    def ids(self) -> tuple[int, ...]:
        """Numbers of the keys, the active one first."""
        return tuple(key_id for key_id, _ in self.keys)

    @property
    def active_id(self) -> int:
        """Number of the key that is used for what is new."""
        return self.keys[0][0]

    @property
    def active(self) -> bytes:
        """The key that is used for what is new."""
        return self.keys[0][1]

    def key(self, key_id: int) -> bytes | None:
        """The key of a number, or None if there is none, or none any more."""
        return dict(self.keys).get(key_id)

    def derived(self, use: KeyUse) -> "KeyRing":
        """The keys for one use, under the same numbers: none of them tells another use's key, nor the ring's own."""
        keys = tuple((key_id, expand(key, _INFO + use.encode())) for key_id, key in self.keys)
        return KeyRing(keys, self.to_come)


def expand(key: bytes, info: bytes) -> bytes:
    """Another key for what `info` names, 32 bytes: the first block of HKDF-Expand with SHA-256.

    The key is random and as long as the hash, so that the extraction step can be left out (section 3.3).

    Krawczyk and Eronen (2010), RFC 5869, HMAC-based Extract-and-Expand Key Derivation Function, section 2.3.
    """
    return hmac.digest(key, info + b"\x01", "sha256")


def new_ring(random: Random) -> KeyRing:
    """A ring of one key, number 1."""
    return KeyRing(((1, random(KEY_BYTES)),))


def with_key_to_come(ring: KeyRing, random: Random) -> KeyRing:
    """The ring with one more key, which is accepted and not used yet; its number is higher than all in the ring."""
    key_id = max(ring.ids) + 1
    return KeyRing((*ring.keys, (key_id, random(KEY_BYTES))), ring.to_come | {key_id})


def with_active(ring: KeyRing, key_id: int) -> KeyRing:
    """The ring with a key in use that was to come, and with it all lower ones.

    Raises:
        InvalidInputError: There is no such key to come.
    """
    if key_id not in ring.to_come:
        coming = _listed(sorted(ring.to_come)) or "none"
        raise InvalidInputError("The key ring", [Fault(f"keys[{key_id}]", f"is not to come: {coming}; add one first")])
    return KeyRing(ring.keys, frozenset(other for other in ring.to_come if other > key_id))


def without_key(ring: KeyRing, key_id: int) -> KeyRing:
    """The ring without a key: what was made with it is not accepted any more.

    Raises:
        InvalidInputError: There is no such key; or it is the active one, whose number could then be given again.
    """
    if ring.key(key_id) is None:
        raise InvalidInputError("The key ring", [Fault(f"keys[{key_id}]", f"is not there: {_listed(ring.ids)} are")])
    if key_id == ring.active_id:
        raise InvalidInputError("The key ring", [Fault(f"keys[{key_id}]", "is the active key: add a new one first")])
    return KeyRing(tuple((other, key) for other, key in ring.keys if other != key_id), ring.to_come)


def read_ring(path: Path) -> KeyRing:
    """The ring of a file that holds a key a line: `NUMBER 64-HEXADECIMAL-DIGITS`, and `to-come` if not used yet.

    Empty lines and # comments are skipped.

    Raises:
        InvalidInputError: The file cannot be read, may be read or written by others than its owner, or is no key file;
            with every fault, by line; it never holds what a line says.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise InvalidInputError(f"The key file {path}", [Fault("file", reason)]) from error
    faults = []
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        faults.append(Fault("file", f"others than its owner may use it (mode {mode:04o}): chmod 600 {path}"))
    keys: dict[int, bytes] = {}
    to_come: frozenset[int] = frozenset()
    if len(data) > MAX_FILE_BYTES:
        faults.append(Fault("file", f"has more than {MAX_FILE_BYTES} bytes, so it is no key file"))
    else:
        keys, to_come, of_lines = _parsed(data.decode("utf-8", "replace"))
        faults += of_lines
    if faults:
        raise InvalidInputError(f"The key file {path}", faults)
    return KeyRing(tuple(keys.items()), to_come)


def write_ring(ring: KeyRing, path: Path, *, replace: bool) -> None:
    """Writes the ring to a file of mode 0600, whole or not at all.

    Args:
        ring: What to write.
        path: The file; its folder exists.
        replace: Whether a file that is there is replaced. Without its keys no pseudonym is found again.

    Raises:
        InvalidInputError: The file is there and is not to be replaced, or cannot be written.
    """
    lines = ["# Keys of Shopkeeper: number, key. The highest that is not to come is in use. Keep this file secret.\n"]
    lines += [
        f"{key_id} {key.hex()}{' to-come' if key_id in ring.to_come else ''}\n" for key_id, key in sorted(ring.keys)
    ]
    try:
        _write("".join(lines).encode(), path, replace=replace)
    except FileExistsError as error:
        raise InvalidInputError(f"The key file {path}", [Fault("file", "is there already: name another")]) from error
    except OSError as error:
        reason = f"cannot be written: {error.strerror}"
        raise InvalidInputError(f"The key file {path}", [Fault("file", reason)]) from error


def _parsed(text: str) -> tuple[dict[int, bytes], frozenset[int], list[Fault]]:
    keys: dict[int, bytes] = {}
    to_come: set[int] = set()
    faults = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            faults.append(
                Fault(
                    f"line {number}", "is not a number from 1, a space, 64 hexadecimal digits and nothing or `to-come`"
                )
            )
        elif int(match[1]) > MAX_KEY_ID:
            faults.append(Fault(f"line {number}", f"has a number above {MAX_KEY_ID}"))
        elif int(match[1]) in keys:
            faults.append(Fault(f"line {number}", f"has key {match[1]} once more"))
        else:
            keys[int(match[1])] = bytes.fromhex(match[2])
            to_come |= {int(match[1])} if match[3] else set()
    if not keys and not faults:
        faults.append(Fault("file", "holds no key"))
    if keys and to_come.issuperset(keys) and not faults:
        faults.append(Fault("file", "holds no key that is not still to come"))
    return keys, frozenset(to_come), faults


def _write(data: bytes, path: Path, *, replace: bool) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 0600
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            written.replace(path)
        else:
            path.hardlink_to(written)  # fails if the file is there, whoever made it meanwhile
    finally:
        written.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))
