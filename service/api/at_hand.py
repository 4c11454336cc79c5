"""Answers that were given a moment ago, as bytes."""

from collections.abc import Callable
from typing import TypeAlias
from weakref import WeakKeyDictionary

from google.protobuf.unknown_fields import UnknownFieldSet
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.core.answers import Model
from service.core.arms import Stand
from service.watching.meters import PageMeter

MAX_ANSWERS = 5_000
"""Answers of one generation, of which two are held: of the champion, and as many of all arms of tests together."""
MAX_REQUEST_BYTES = 512
"""Longer than a page's ids and its placement are where they say no more than that."""
MAX_ANSWER_BYTES = 4096
"""Room for eight recommendations with titles and reasons, three times over."""
_Kept: TypeAlias = tuple[bytes, PageMeter]
_OF_SOMEBODY = ("shopper", "signals")
_OF_A_SESSION = (
    "cart_item_ids",
    "viewed_item_ids",
    "shown_item_ids",
    "dismissed_item_ids",
    "passed_by_item_ids",
    "owned",
    "muted_topics",
    "session_id",
)


def says_nothing_of_anybody(request: pb.RecommendRequest) -> bool:
    """Whether a request tells of a page alone, and neither who sees it nor what they did in this session.

    Nor anything that this server has no field for: a newer caller's may be about the shopper.
    """
    if any(map(request.HasField, _OF_SOMEBODY)) or any(getattr(request, name) for name in _OF_A_SESSION):
        return False
    return len(UnknownFieldSet(request)) == 0


class AnswersAtHand:
    """Remembers what pages alone were answered, which follows from the model and from nobody.

    Most page views are of few items. What was asked for lately stays; a new model forgets everything, and
    so does the turn of the hour, as an answer's token says in which one it was given. Of a request that says what
    somebody did nothing is remembered, nor of one that names somebody. Not to be shared between threads.

    It takes ten megabytes with pages of eight recommendations, and fifty at the most: whatever a caller sends, nothing
    long is remembered.

    Args:
        hour: Number of the one it is.
        room: Answers of one generation that there is room for now.
    """

    __slots__ = ("_hour", "_model", "_of_hour", "_older", "_recent", "_room")

    def __init__(self, hour: Callable[[], int], room: Callable[[], int] = lambda: MAX_ANSWERS) -> None:
        self._hour, self._of_hour, self._room = hour, -1, room
        self._model: Model | None = None
        self._recent: dict[bytes, _Kept] = {}
        self._older: dict[bytes, _Kept] = {}

    def find(self, model: Model, request: bytes) -> bytes | None:
        """The answer to a request in its very bytes, which is counted; None where there is none at hand.

        Args:
            model: That answers now.
            request: Serialised.
        """
        if len(request) > MAX_REQUEST_BYTES:
            return None
        hour = self._hour()
        if model is not self._model or hour != self._of_hour:
            self._model, self._of_hour, self._recent, self._older = model, hour, {}, {}
            return None
        kept = self._recent.get(request)
        if kept is None:
            if (kept := self._older.get(request)) is None:
                return None
            self._keep(request, kept)
        answer, alike = kept
        alike.n += 1
        return answer

    def keep(self, model: Model, request: bytes, answer: bytes, alike: PageMeter) -> None:
        """Remember an answer to a request that says nothing of anybody, unless one of them is long.

        Args:
            model: That gave it.
            request: Serialised.
            answer: Serialised.
            alike: Where it is counted whenever it is given again.
        """
        if model is self._model and len(request) <= MAX_REQUEST_BYTES and len(answer) <= MAX_ANSWER_BYTES:
            self._keep(request, (answer, alike))

    def make_room(self) -> None:
        """Forget each generation that is more than there is room for now."""
        room = self._room()
        if len(self._older) > room:
            self._older = {}
        if len(self._recent) > room:
            self._recent = {}

    def _keep(self, request: bytes, kept: _Kept) -> None:
        if len(self._recent) >= self._room():
            self._recent, self._older = {}, self._recent
        self._recent[request] = kept


class Shelves:
    """What is at hand of arms' answers: of each by itself, and of all together no more than of the champion.

    An arm's goes with it. Not to be shared between threads.

    Args:
        hour: Number of the one it is.
    """

    def __init__(self, hour: Callable[[], int]) -> None:
        self._hour = hour
        self._of_arms: WeakKeyDictionary[Stand, AnswersAtHand] = WeakKeyDictionary()

    def of(self, stand: Stand) -> AnswersAtHand:
        """An arm's answers; the first time the others make room for them."""
        shelf = self._of_arms.get(stand)
        if shelf is None:
            shelf = self._of_arms[stand] = AnswersAtHand(self._hour, self._room)
            for other in self._of_arms.values():
                other.make_room()
        return shelf

    def _room(self) -> int:
        return MAX_ANSWERS // len(self._of_arms)
