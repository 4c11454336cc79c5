"""Answers that were given a moment ago, as bytes."""

from service.core.answers import Model

MAX_ANSWERS = 5_000
"""Answers of one generation; two are held, ten megabytes of pages with eight recommendations."""
MAX_REQUEST_BYTES = 512
"""A request that says more is one shopper's own session, and does not come again."""


class AnswersAtHand:
    """Remembers what pages that name no shopper were answered: such an answer follows from model and request alone.

    Most page views are of few items, and one without a shopper looks like every other of its item. What was asked for
    lately stays; a new model forgets everything. Not to be shared between threads.
    """

    __slots__ = ("_model", "_older", "_recent")

    def __init__(self) -> None:
        self._model: Model | None = None
        self._recent: dict[bytes, bytes] = {}
        self._older: dict[bytes, bytes] = {}

    def find(self, model: Model, request: bytes) -> bytes | None:
        """The answer to a request in its very bytes, None where there is none at hand.

        Args:
            model: That answers now.
            request: Serialised.
        """
        if model is not self._model:
            self._model, self._recent, self._older = model, {}, {}
            return None
        answer = self._recent.get(request)
        if answer is None and (answer := self._older.get(request)) is not None:
            self._keep(request, answer)
        return answer

    def keep(self, model: Model, request: bytes, answer: bytes) -> None:
        """Remember an answer that names no shopper and rests on nothing of any."""
        if model is self._model and len(request) <= MAX_REQUEST_BYTES:
            self._keep(request, answer)

    def _keep(self, request: bytes, answer: bytes) -> None:
        if len(self._recent) >= MAX_ANSWERS:
            self._recent, self._older = {}, self._recent
        self._recent[request] = answer
