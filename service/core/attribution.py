"""Tokens that say what was shown, so that what a shopper does with it can be joined to it later.

A token says what and never to whom: two shoppers who are shown the same within an hour are given the same token, if a
history might be used for both or for neither. Why it might not be is in none: browsers read what is in a token.
"""

import hashlib
import hmac
from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from zlib import crc32

from privacy.keys import KeyRing, KeyUse
from service.core.answers import Answer
from service.core.personal import ConsentReason

MAX_TOKEN_BYTES = 512
LIFETIME_H = 14 * 24
"""What is done with an item later than two weeks after it was shown is not put down to it: so long rests by default
what was passed by, and then it is shown anew."""
EARLY_H = 1
"""How far the storefront's clock may be behind ours."""

_HOUR, _HOUR_S = timedelta(hours=1), 3_600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = 1
_HEADER = Struct(">BIIHBBB")
"""Version, key, hour of issue since 1970, hours it holds, whether a history might be used, rung, moment."""
_GRANTED = int(ConsentReason.GRANTED)
_SIGNATURE_BYTES = 16
"""128 bits: nobody guesses them, and they are short."""
_MARK_BYTES = 3
"""Of an item: that one which was not shown passes for one of a hundred that were is six in a million."""
_EXPOSURE_BYTES = 16
_MAX_NAME_BYTES = 255
_MAX_BYTES = MAX_TOKEN_BYTES // 4 * 3
_N_NAMES = 3
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a token says was shown.

    Attributes:
        id: Hash of the token, 16 bytes: the same for all that is done with one token.
        placement: Name of the slot.
        model_version: For instance "accessories/12"; empty where no model was loaded.
        variant: Arm of the experiment; empty where there was none.
        has_history: Whether a history of the shopper might be used.
        rung: What it rested on, a service.core.answers.Rung.
        moment: What the shopper seemed to be doing, a service.core.placements.Moment; 0 where that is not known.
        issued_at: Beginning of the hour in which it was shown, UTC.
        ends_at: From this instant on nothing is put down to it, UTC.
        marks: Three bytes of a hash of each item, in the order of the page; none where the answer was empty.
    """

    id: bytes
    placement: str
    model_version: str
    variant: str
    has_history: bool
    rung: int
    moment: int
    issued_at: datetime
    ends_at: datetime
    marks: bytes

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was shown."""
        return not self.marks

    def holds_at(self, moment: datetime) -> bool:
        """Whether what is done at a moment may be put down to it."""
        return self.issued_at - EARLY_H * _HOUR <= moment < self.ends_at

    def position_of(self, item_id: str) -> int | None:
        """The place of an item, 1 for the first; None of one that was not shown."""
        mark = bytes(_marks([item_id]))
        places = range(0, len(self.marks), _MARK_BYTES)
        return next((n for n, at in enumerate(places, start=1) if self.marks[at : at + _MARK_BYTES] == mark), None)


class AttributionTokens:
    """Makes and reads tokens; made with every page, so in a few microseconds.

    A token is what it says and a keyed hash of that, in base64 for URLs. It hides nothing: but for whether a history
    might be used it holds nothing that the page does not show. It has no nonce, so that a page's answer can be
    remembered with it, for the hour.

    Args:
        ring: The shop's keys. New tokens are signed with the active one; all are accepted.
        seconds: Since 1970 UTC: a page asks for them, and a datetime would take five times as long.
    """

    def __init__(self, ring: KeyRing, seconds: Callable[[], float]) -> None:
        keys = ring.derived(KeyUse.ATTRIBUTION)
        self._signers = {
            key_id: hashlib.blake2b(key=key, digest_size=_SIGNATURE_BYTES, usedforsecurity=True)
            for key_id, key in keys.keys
        }
        self._active, self._seconds = keys.active_id, seconds

    def hour(self) -> int:
        """Hours since 1970 UTC: as long as it is the same, equal answers have equal tokens."""
        return int(self._seconds()) // _HOUR_S

    def token(self, placement: str, answer: Answer, variant: str = "") -> bytes:
        """The token of an answer, ASCII; empty where names are so long that it would not fit.

        Of a page with more items than have room it says the first ones: with names of 50 bytes in all, a hundred.

        Args:
            placement: That was asked for.
            answer: As it is given.
            variant: Arm of the experiment.
        """
        names = _names(placement, answer.model_version, variant)
        room = _MAX_BYTES - _HEADER.size - len(names) - _SIGNATURE_BYTES
        if not names or room < 0:
            return b""
        has_history = answer.personalisation == _GRANTED
        header = _HEADER.pack(_VERSION, self._active, self.hour(), LIFETIME_H, has_history, answer.rung, answer.moment)
        marks = _marks([item.item_id for item in answer.recommendations])
        body = header + names + marks[: room // _MARK_BYTES * _MARK_BYTES]
        return _text(body + self._signature(self._active, body))

    def read(self, token: str) -> Exposure | None:
        """What a token says, for any time; None of one that the shop did not sign, or with a key that it retired."""
        data = _data(token)
        if len(data) < _HEADER.size + _N_NAMES + _SIGNATURE_BYTES:
            return None
        body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
        version, key_id, hour, lifetime_h, has_history, rung, moment = _HEADER.unpack_from(body)
        if version != _VERSION or key_id not in self._signers:
            return None
        # Base64 has several texts for some bytes, and only the one that was issued is accepted.
        is_ours = hmac.compare_digest(self._signature(key_id, body), signature) and _text(data) == token.encode()
        if not is_ours:
            return None
        names, at = [], _HEADER.size
        for _ in range(_N_NAMES):
            end = at + 1 + body[at]
            names.append(body[at + 1 : end].decode())
            at = end
        placement, model_version, variant = names
        issued_at = _EPOCH + hour * _HOUR
        return Exposure(
            hashlib.blake2b(data, digest_size=_EXPOSURE_BYTES).digest(),
            placement,
            model_version,
            variant,
            bool(has_history),
            rung,
            moment,
            issued_at,
            issued_at + lifetime_h * _HOUR,
            body[at:],
        )

    def _signature(self, key_id: int, body: bytes) -> bytes:
        signer = self._signers[key_id].copy()
        signer.update(body)
        return signer.digest()


@lru_cache(maxsize=1_024)
def _names(*names: str) -> bytes:
    """Each after its length; of few placements, versions and arms. Nothing where one is too long."""
    texts = [name.encode() for name in names]
    if any(len(text) > _MAX_NAME_BYTES for text in texts):
        return b""
    return b"".join(bytes((len(text),)) + text for text in texts)


@lru_cache(maxsize=128)
def _checksums(n_items: int) -> Struct:
    return Struct(f"<{n_items}I")


def _marks(item_ids: Sequence[str]) -> bytearray:
    """The lower three bytes of each item's checksum: to tell items of a page apart, not to keep them secret."""
    marks = bytearray(_checksums(len(item_ids)).pack(*[crc32(item_id.encode()) for item_id in item_ids]))
    del marks[3::4]
    return marks


def _text(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_TO_URL, b"=")


def _data(token: str) -> bytes:
    """The bytes of a token, none of what is no token."""
    if len(token) > MAX_TOKEN_BYTES or not token.isascii():
        return b""
    try:
        return a2b_base64(token.encode().translate(_FROM_URL) + b"=" * (-len(token) % 4))
    except Error:
        return b""
