"""Arms that nobody is shown: computed beside the pages of the others, to see how far they agree and what they take."""

import asyncio
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from time import perf_counter_ns
from typing import NamedTuple, TypeAlias

from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.api.validation import read_request
from service.core.answers import Answer, Model, Request
from service.core.arms import Stand
from service.core.personal import Met, Personal, PersonalPages
from service.core.placements import Placement
from service.log import Log

MAX_WAITING = 16
"""Pages that wait for their shadow; of more none is computed. Whoever is answered comes first, and a shadow takes what
a page takes: of a worker that is busy a few pages tell as much as all."""

Choice: TypeAlias = Callable[[Model, Request, Placement, Personal], Answer]
"""As service.core.recommendation.recommend."""


class _Page(NamedTuple):
    shadow: Stand
    message: pb.RecommendRequest
    met: Met
    answer: bytes


class Shadows:
    """Computes shadows one at a time, each in a step of the loop of its own, after the page has its answer.

    What is known of a shopper is used for the moment that it takes, and nothing of it is kept.

    Args:
        placements: By name.
        pages: What may be used of the shopper.
        choose: The use case.
        log: For unexpected errors, of each shadow the first.
    """

    def __init__(self, placements: Mapping[str, Placement], pages: PersonalPages, choose: Choice, log: Log) -> None:
        self._placements, self._pages, self._choose, self._log = placements, pages, choose, log
        self._waiting: deque[_Page] = deque()
        self._working: asyncio.Task[None] | None = None
        self._failed: set[str] = set()

    def beside(self, stand: Stand, message: pb.RecommendRequest, met: Met, answer: bytes) -> None:
        """Have the shadows of an arm's test computed, as far as there is time for it.

        Args:
            stand: The arm that answered.
            message: What it was asked; without fault.
            met: Who was before the page.
            answer: What it said, serialised.
        """
        for shadow in stand.shadows:
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(_Page(shadow, message, met, answer))
        if self._waiting and (self._working is None or self._working.done()):
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)
            page = self._waiting.popleft()
            try:
                self._compute(page)
            except Exception as error:  # noqa: BLE001 - nobody waits for it, and pages go on
                variant = page.shadow.tally.variant
                if variant not in self._failed:
                    self._failed.add(variant)
                    # By where it comes from: its text may name what a shopper sent.
                    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
                    self._log.error("shadow_failed", variant=variant, cause=type(error).__name__, traceback=places)

    def _compute(self, page: _Page) -> None:
        slot, tally = page.shadow.slot, page.shadow.tally
        if slot is None or (model := slot.model) is None:
            return
        request = read_request(page.message, self._placements)
        started_ns = perf_counter_ns()
        personal = self._pages.as_met(page.met, model.bundle)
        answer = self._choose(model, request, self._placements[request.placement], personal)
        tally.add(perf_counter_ns() - started_ns, is_quiet=not answer.recommendations)
        shown = {item.item_id for item in pb.RecommendResponse.FromString(page.answer).recommendations}
        own = {item.item_id for item in answer.recommendations}
        tally.compare(len(shown | own), len(shown & own))
