"""Pseudonyms: an id becomes a keyed hash where it comes in, and nothing behind that knows the id."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.errors import Fault, InvalidInputError
from models.items import MAX_ID_BYTES
from privacy.consent import Identity, ShopperKind
from privacy.keys import KeyRing, KeyUse

PSEUDONYM_BYTES = 16
"""Half of the hash, the least that RFC 2104, section 5 advises. Among a billion ids, the odds that any two share a
pseudonym are (10^9)^2 / 2^129, about 1.5 in 10^21; whole hashes would double the index for nothing."""

MAX_NAMED = 20
"""Faults of a bulk that are named one by one: enough to see what is wrong, and not the whole table in a log."""

_KIND = {ShopperKind.CUSTOMER: b"c", ShopperKind.VISITOR: b"v"}
"""One byte before the id, so that no customer's id reads as a visitor's."""


@dataclass(frozen=True, slots=True)
class _Hasher:
    key_id: int
    prepared: dict[ShopperKind, "hmac.HMAC"]

    def pseudonym(self, kind: ShopperKind, text: bytes) -> bytes:
        begun = self.prepared[kind].copy()
        begun.update(text)
        return begun.digest()[:PSEUDONYM_BYTES]


class Pseudonymiser:
    """Gives each identity its pseudonym: HMAC-SHA256 of its kind and id, 16 bytes.

    Who has no key can neither tell the id nor try ids out. A pseudonym is of one key; those of the older keys are
    given by `candidates`.

    Krawczyk, Bellare and Canetti (1997), RFC 2104, HMAC: Keyed-Hashing for Message Authentication.

    Args:
        ring: The shop's keys; pseudonyms have a key of their own derived from each.
    """

    __slots__ = ("_hashers",)

    def __init__(self, ring: KeyRing) -> None:
        self._hashers = tuple(
            _Hasher(key_id, {kind: hmac.new(key, byte, "sha256") for kind, byte in _KIND.items()})
            for key_id, key in ring.derived(KeyUse.PSEUDONYM).keys
        )

    @property
    def active_id(self) -> int:
        """Number of the key that `of` and `of_all` hash with."""
        return self._hashers[0].key_id

    def of(self, identity: Identity) -> bytes:
        """The identity's pseudonym under the active key, 16 bytes.

        Raises:
            InvalidInputError: The id is empty, has more than `MAX_ID_BYTES` bytes or is no Unicode.
        """
        return self._hashers[0].pseudonym(identity.kind, _encoded(identity))

    def candidates(self, identity: Identity) -> tuple[tuple[int, bytes], ...]:
        """Number of the key and pseudonym under each accepted key, the active one first.

        Raises:
            InvalidInputError: As in `of`.
        """
        text = _encoded(identity)
        return tuple([(hasher.key_id, hasher.pseudonym(identity.kind, text)) for hasher in self._hashers])

    def of_all(self, kind: ShopperKind, ids: Sequence[str]) -> list[bytes]:
        """The pseudonyms of many ids of one kind under the active key, in their order.

        Raises:
            InvalidInputError: Ids are faulty as in `of`; the first `MAX_NAMED` are named by their place.
        """
        copy = self._hashers[0].prepared[kind].copy
        pseudonyms = []
        try:
            for shopper_id in ids:
                text = shopper_id.encode()
                if not 0 < len(text) <= MAX_ID_BYTES:
                    raise InvalidInputError("The ids", _faults(ids))
                begun = copy()
                begun.update(text)
                pseudonyms.append(begun.digest()[:PSEUDONYM_BYTES])
        except UnicodeEncodeError:
            raise InvalidInputError("The ids", _faults(ids)) from None  # its message would hold the id
        return pseudonyms


def _encoded(identity: Identity) -> bytes:
    try:
        text = identity.id.encode()
    except UnicodeEncodeError:
        text = b""
    if not 0 < len(text) <= MAX_ID_BYTES:
        raise InvalidInputError("The identity", [Fault(f"{identity.kind}_id", str(_fault_of(identity.id)))])
    return text


def _fault_of(shopper_id: str) -> str | None:
    """What is wrong with an id, without saying the id."""
    try:
        n_bytes = len(shopper_id.encode())
    except UnicodeEncodeError:
        return "is no Unicode text"
    if not n_bytes:
        return "is empty"
    return f"has {n_bytes} bytes, the most is {MAX_ID_BYTES}" if n_bytes > MAX_ID_BYTES else None


def _faults(ids: Iterable[str]) -> list[Fault]:
    faults = [(place, fault) for place, fault in enumerate(map(_fault_of, ids)) if fault is not None]
    named = [Fault(f"ids[{place}]", fault) for place, fault in faults[:MAX_NAMED]]
    if len(faults) > MAX_NAMED:
        named.append(Fault("ids", f"and {len(faults) - MAX_NAMED} more are faulty"))
    return named
