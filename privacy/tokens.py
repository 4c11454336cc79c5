"""One-click links: a token that lets its holder do one thing for one person, without a login, until it expires."""

import hashlib
import hmac
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.exc import BadData

from models.errors import Fault, InvalidInputError
from privacy.consent import Purpose
from privacy.keys import KeyRing, KeyUse, expand
from privacy.preferences import Channel
from privacy.topics import topic_fault

MAX_TOKEN_CHARACTERS = 300
"""With room for the shop's own address in the 998 characters of a line of mail, RFC 5322, section 2.1.1."""

MAX_LINK_TOPIC_BYTES = 150
"""Longest topic of a link, in bytes of UTF-8; the longest token then has 298 characters. A longer topic needs a link to
the preferences, or to a topic above it."""

MAX_LIFETIME_S = 10 * 366 * 86_400
"""Ten years: a link in a letter is found late, and a longer time is a mistake of unit."""

_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_VERSION = 1
_HEADER = struct.Struct(">BI")
_PAYLOAD = struct.Struct(">BQqBB")
_NONCE_BYTES = 16


class TokenUse(StrEnum):
    """The one thing that a token is good for."""

    OPT_OUT = "opt_out"
    PREFERENCES = "preferences"


class Refusal(StrEnum):
    """Why a token is not accepted; the first that applies, in this order."""

    MALFORMED = "MALFORMED"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    """Its key was retired, or never was one of the shop's."""
    FORGED = "FORGED"
    WRONG_USE = "WRONG_USE"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class OptOutScope:
    """What an opt-out says no to.

    Attributes:
        purposes: One or more.
        channel: Only this channel of contact; None for all.
        topic: Only this category path, of at most `MAX_LINK_TOPIC_BYTES`; None for all.
    """

    purposes: frozenset[Purpose]
    channel: Channel | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """What a token stands for.

    Attributes:
        use: What it is good for.
        subject: Number of the person, 1 or more.
        expires_at: From this instant on it is refused, UTC.
        scope: What an opt-out says no to; None for other uses.
    """

    use: TokenUse
    subject: int
    expires_at: datetime
    scope: OptOutScope | None = None


_USES = (TokenUse.OPT_OUT, TokenUse.PREFERENCES)
_PURPOSES = (Purpose.PERSONALISATION, Purpose.MODEL_TRAINING, Purpose.MEASUREMENT, Purpose.CONTACT)
_CHANNELS = (None, Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.POST, Channel.PHONE)
"""Their places are in tokens that are in people's mail: add at the end, take nothing out."""


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    """Three keys of one key: one for each algorithm that uses it."""

    nonce: bytes
    stream: bytes
    signing: bytes


class Tokens:
    """Makes and reads tokens.

    A token holds its key's number in the clear and the rest hidden, for a subject's number would be a pseudonym that
    stays the same from link to link. It is signed as it stands: what hides the content need not be trusted for what
    the content says. The hiding is a synthetic initialisation vector, which needs no random source and cannot repeat
    a key stream for two contents: the vector is a keyed hash of the content, the stream a keyed hash of vector and
    counter, and the vector is checked after reading. The same link made twice is the same token.

    Rogaway and Shrimpton (2006), Deterministic Authenticated-Encryption: A Provable-Security Treatment of the
    Key-Wrap Problem, section 4.

    Args:
        ring: The shop's keys. New tokens are under the active one; a retired key ends the links made with it.
    """

    __slots__ = ("_active_id", "_keys")

    def __init__(self, ring: KeyRing) -> None:
        self._active_id = ring.active_id
        self._keys = {
            key_id: _Keys(expand(key, b"nonce"), expand(key, b"stream"), expand(key, b"signing"))
            for key_id, key in ring.derived(KeyUse.TOKEN).keys
        }

    def issue(
        self, use: TokenUse, subject: int, *, now: datetime, lifetime_s: int, scope: OptOutScope | None = None
    ) -> str:
        """A token of letters, digits, `-`, `_` and a dot, of at most `MAX_TOKEN_CHARACTERS`.

        Args:
            use: What it is good for.
            subject: Number of the person.
            now: The present instant, with a zone.
            lifetime_s: Seconds that it is accepted, 1 to `MAX_LIFETIME_S`.
            scope: What an opt-out says no to; None for other uses.

        Raises:
            InvalidInputError: With every fault.
        """
        faults = [*_faults_of(subject, now, lifetime_s), *_faults_of_scope(use, scope)]
        if faults:
            raise InvalidInputError("The link", faults)
        keys = self._keys[self._active_id]
        header = _HEADER.pack(_VERSION, self._active_id)
        payload = _packed(Link(use, subject, now + timedelta(seconds=lifetime_s), scope))
        nonce = _nonce(keys, header, payload)
        body = base64_encode(header + nonce + _hidden(keys, nonce, payload))
        return f"{body.decode()}.{_signature(keys, body).decode()}"

    def read(self, token: str, *, use: TokenUse, now: datetime) -> Link | Refusal:
        """What a token stands for, or why it is refused.

        Args:
            token: As it came in, of any content.
            use: What it is to be good for.
            now: The present instant, with a zone.
        """
        match = _FORM.fullmatch(token) if len(token) <= MAX_TOKEN_CHARACTERS else None
        data = b"" if match is None else _decoded(match[1])
        if match is None or len(data) < _HEADER.size + _NONCE_BYTES + _PAYLOAD.size:
            return Refusal.MALFORMED
        header, nonce, hidden = data[:5], data[5 : 5 + _NONCE_BYTES], data[5 + _NONCE_BYTES :]
        version, key_id = _HEADER.unpack(header)
        if version != _VERSION:
            return Refusal.MALFORMED
        keys = self._keys.get(key_id)
        if keys is None:
            return Refusal.UNKNOWN_KEY
        # Compared as text: base64 has several texts for one signature, and only the one that was issued is accepted.
        if not hmac.compare_digest(_signature(keys, match[1].encode()), match[2].encode()):
            return Refusal.FORGED
        payload = _hidden(keys, nonce, hidden)
        if not hmac.compare_digest(_nonce(keys, header, payload), nonce):
            return Refusal.FORGED
        link = _unpacked(payload)
        if link is None:
            return Refusal.MALFORMED
        if link.use is not use:
            return Refusal.WRONG_USE
        return Refusal.EXPIRED if now >= link.expires_at else link


def _faults_of(subject: int, now: datetime, lifetime_s: int) -> Iterable[Fault]:
    if not 1 <= subject < 1 << 63:
        yield Fault("subject", "is not between 1 and 2^63 - 1")
    if now.tzinfo is None:
        yield Fault("now", "has no zone")
    if not 1 <= lifetime_s <= MAX_LIFETIME_S:
        yield Fault("lifetime_s", f"is {lifetime_s}, not between 1 and {MAX_LIFETIME_S}")


def _faults_of_scope(use: TokenUse, scope: OptOutScope | None) -> Iterable[Fault]:
    if (use is TokenUse.OPT_OUT) != (scope is not None):
        yield Fault("scope", "is what an opt-out has, and no other use")
    if scope is None:
        return
    if not scope.purposes:
        yield Fault("scope.purposes", "names no purpose")
    fault = None if scope.topic is None else topic_fault(scope.topic)
    if fault is not None:
        yield Fault("scope.topic", fault)
    elif scope.topic is not None and len(scope.topic.encode()) > MAX_LINK_TOPIC_BYTES:
        yield Fault("scope.topic", f"must be at most {MAX_LINK_TOPIC_BYTES} bytes long in a link")


def _packed(link: Link) -> bytes:
    scope = link.scope or OptOutScope(frozenset())
    purposes = sum(1 << place for place, purpose in enumerate(_PURPOSES) if purpose in scope.purposes)
    expires_us = (link.expires_at - _EPOCH) // _MICROSECOND
    channel = _CHANNELS.index(scope.channel)
    fixed = _PAYLOAD.pack(_USES.index(link.use), link.subject, expires_us, purposes, channel)
    return fixed + (scope.topic or "").encode()


def _unpacked(payload: bytes) -> Link | None:
    """The link of a payload, or None for one of a release that says more than this one knows."""
    use, subject, expires_us, purposes, channel = _PAYLOAD.unpack_from(payload)
    if use >= len(_USES) or purposes >> len(_PURPOSES) or channel >= len(_CHANNELS):
        return None
    try:
        topic = payload[_PAYLOAD.size :].decode() or None
        expires_at = _EPOCH + timedelta(microseconds=expires_us)
    except (UnicodeDecodeError, OverflowError):
        return None
    named = frozenset(purpose for place, purpose in enumerate(_PURPOSES) if purposes >> place & 1)
    scope = OptOutScope(named, _CHANNELS[channel], topic)
    return Link(_USES[use], subject, expires_at, scope if _USES[use] is TokenUse.OPT_OUT else None)


def _nonce(keys: _Keys, header: bytes, payload: bytes) -> bytes:
    return hmac.digest(keys.nonce, header + payload, "sha256")[:_NONCE_BYTES]


def _hidden(keys: _Keys, nonce: bytes, text: bytes) -> bytes:
    """The text under the key stream of a nonce; once more, and it is the text again."""
    n_blocks = -(-len(text) // hashlib.sha256().digest_size)
    stream = b"".join(hmac.digest(keys.stream, nonce + block.to_bytes(4), "sha256") for block in range(n_blocks))
    return bytes(left ^ right for left, right in zip(text, stream, strict=False))


def _signature(keys: _Keys, body: bytes) -> bytes:
    signer = Signer(keys.signing, salt=b"shopkeeper.link.v1", key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.get_signature(body)


def _decoded(text: str) -> bytes:
    try:
        return base64_decode(text)
    except BadData:
        return b""
