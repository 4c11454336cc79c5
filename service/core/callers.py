"""Who may call, and what: of tokens a server knows their hashes alone."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.errors import ShopkeeperError

PREFIX = "shk_"
"""Of every token: what scanners for secrets look for in code and logs."""
TOKEN_BYTES = 32
"""256 random bits: nobody finds one by trying, so an unsalted hash tells nothing of it."""
MAX_AT_HAND = 1_000
"""Headers remembered. One token comes in few of them, as the word Bearer may be written in any case."""
_SCHEME = "bearer"


class Scope(StrEnum):
    """What a caller may do."""

    RECOMMEND = "recommend"
    RECORD = "record"
    PRIVACY = "privacy"
    ADMIN = "admin"


class CallerUnknownError(ShopkeeperError):
    """The call comes with no token, or with none that is known or counts still."""

    reason = "CALLER_UNKNOWN"


class ScopeMissingError(ShopkeeperError):
    """The token is known, and not for this."""

    reason = "SCOPE_MISSING"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token was given to.

    Attributes:
        name: For the operator.
        scopes: What it is for.
        expires_at_s: Seconds since 1970 from when on it does not count.
    """

    name: str
    scopes: frozenset[Scope]
    expires_at_s: float = math.inf


def new_token(random_text: Callable[[int], str]) -> str:
    """A token.

    Args:
        random_text: A text of so many random bytes, as secrets.token_urlsafe gives it.
    """
    return PREFIX + random_text(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


class Callers:
    """The callers of now; not to be shared between threads.

    A token is looked up by its hash, so how long that takes tells nothing of those that are known.

    Args:
        known: By hash of the token.
        clock: Seconds since 1970.
    """

    def __init__(self, known: Mapping[str, Caller], clock: Callable[[], float]) -> None:
        self._known, self._clock = known, clock
        self._at_hand: dict[str, Caller] = {}

    def replace(self, known: Mapping[str, Caller]) -> None:
        """From now on these are known, and no others."""
        self._known, self._at_hand = known, {}

    def refusal(self, authorization: str | None, scope: Scope) -> ShopkeeperError | None:
        """Why a call may not be made, None where it may.

        Args:
            authorization: What it says of itself, "Bearer TOKEN"; None where it says nothing.
            scope: What it wants.
        """
        if authorization is None:
            return CallerUnknownError(
                "this server wants a token: send `authorization: Bearer TOKEN` in the call's metadata; its operator "
                "makes one with `shopkeeper token new`"
            )
        caller = self._at_hand.get(authorization) or self._found(authorization)
        if caller is None:
            return CallerUnknownError(
                "the token is none of this server's, or was revoked: send `authorization: Bearer TOKEN` with one that "
                "its operator made with `shopkeeper token new`"
            )
        if self._clock() >= caller.expires_at_s:
            return CallerUnknownError("the token has expired: ask the server's operator for another")
        if scope not in caller.scopes:
            return ScopeMissingError(
                f"the token is not for this: it lacks the scope `{scope}`, which the server's operator can add to it",
                metadata={"scope": scope},
            )
        return None

    def _found(self, authorization: str) -> Caller | None:
        scheme, _, token = authorization.partition(" ")
        caller = self._known.get(hash_of(token.strip())) if scheme.lower() == _SCHEME else None
        if caller is not None:
            if len(self._at_hand) >= MAX_AT_HAND:
                self._at_hand = {}
            self._at_hand[authorization] = caller
        return caller
