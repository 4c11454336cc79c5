"""What a page is answered, and by whom: the model in service, or an arm of a test."""

import asyncio
import math
import secrets
from collections.abc import Callable, Mapping
from time import perf_counter_ns
from typing import Any

import grpc
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.api.at_hand import MAX_ANSWERS, MAX_REQUEST_BYTES, AnswersAtHand, Shelves, says_nothing_of_anybody
from service.api.parsing import parsed
from service.api.shadows import Choice, Shadows
from service.api.shoppers import identities_of, signals_of
from service.api.validation import read_batch, read_request
from service.api.wire import encode, is_quiet
from service.core.answers import NO_MODEL, Answer, Model, Request, held_back
from service.core.arms import Arms, LiveTests, Named, Stand
from service.core.attribution import AttributionTokens
from service.core.drafting import Listed, drafted
from service.core.personal import NOBODY, Met, PersonalPages
from service.core.placements import Placement
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from service.core.tally import Tally
from service.log import Log
from service.watching.meters import Meters, PageMeter

TO_ANSWER_S = 0.005
"""Kept of the caller's time for choosing and for the way back: five times what they take on a busy server."""
_N_BITS = 64
_Context = grpc.aio.ServicerContext[Any, Any]


class Answering:
    """Answers one page, from the model in service or by an arm of a test that runs on its placement.

    Of a shopper it asks the store, which gives up before a page would notice. What pages were answered that tell of
    nobody is remembered, of each arm by itself: see service.api.at_hand.

    Args:
        arms: Who may answer.
        placements: By name.
        pages: What may be used of the shopper.
        log: For unexpected errors of shadows.
        attribution: Makes the tokens of answers; None where the shop has no keys.
        meters: Where pages are counted.
        choose: The use case.
        random_bits: So many of them, for arms that are drawn for a request.
    """

    def __init__(
        self,
        arms: Arms,
        placements: Mapping[str, Placement],
        pages: PersonalPages,
        log: Log,
        attribution: AttributionTokens | None = None,
        meters: Meters | None = None,
        choose: Choice = recommend,
        random_bits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._arms, self._placements, self._pages = arms, placements, pages
        self._attribution, self._meters, self._choose = attribution, meters or Meters(), choose
        self._random_bits = random_bits
        self._champion = Stand(arms.champion, Tally(""))
        hour = (lambda: 0) if attribution is None else attribution.hour
        self._at_hand, self._of_arms = AnswersAtHand(hour), Shelves(hour)
        self._shadows = Shadows(placements, pages, choose, log)
        # Placements of requests that tell of nobody, by their bytes.
        self._seen: dict[bytes, str] = {}

    async def page(self, data: bytes, context: _Context) -> bytes:
        """The answer to a request in its bytes.

        Args:
            data: A serialised RecommendRequest.
            context: Of the call.

        Raises:
            InvalidInputError: It is none, or names every field at fault.
        """
        live, model = self._arms.live, self._arms.champion.model
        if not live and model is not None and (found := self._at_hand.find(model, data)) is not None:
            return found
        stand = None
        if live and (placement := self._seen.get(data)) is not None:
            # In its very bytes it was answered before: it tells of nobody, and an arm is drawn without reading it.
            stand = self._drawn(live.get(placement), None)
            if (found := self._found(stand, data)) is not None:
                return found
        return await self._answer(parsed(pb.RecommendRequest, data), live, context, data, stand)

    async def batch(self, batch: pb.BatchRecommendRequest, context: _Context) -> list[bytes]:
        """The answers to several requests, of each arm by one model, whatever comes into service meanwhile.

        Args:
            batch: All of it is looked at before one is answered.
            context: Of the call.

        Raises:
            InvalidInputError: Names every field at fault.
        """
        live, held = self._arms.live, dict[ModelSlot, Model | None]()
        answers = []
        for request, message in zip(read_batch(batch, self._placements), batch.requests, strict=True):
            answers.append(await self._answer(message, live, context, request=request, held=held))
            # A batch is worth many page views: let those of others go in between.
            await asyncio.sleep(0)
        return answers

    async def _answer(
        self,
        message: pb.RecommendRequest,
        live: Mapping[str, LiveTests],
        context: _Context,
        data: bytes = b"",
        stand: Stand | None = None,
        request: Request | None = None,
        held: dict[ModelSlot, Model | None] | None = None,
    ) -> bytes:
        """The answer, serialised and counted.

        Args:
            message: What is asked.
            live: The tests that run.
            context: Of the call.
            data: The message's own bytes, by which its answer is remembered; empty where that is not wanted.
            stand: That was drawn for it already; None where that is still to be done.
            request: The message as it was read; None where it was not yet.
            held: Models that answer whatever comes into service meanwhile, by slot.
        """
        started_ns = perf_counter_ns()
        tests, met, named = live.get(message.placement), NOBODY, None
        if data and says_nothing_of_anybody(message):
            stand = stand or self._drawn(tests, None)
            answer = self._of_nobody(message, stand, live, data)
        else:
            request = request or read_request(message, self._placements)
            met = await self._met(message, context, measures=tests is not None)
            shopper = message.shopper
            named = Named(shopper.customer_id, shopper.visitor_id, message.session_id) if met.may_measure else None
            stand = self._drawn(tests, named)
            answer, _ = self._made(stand, _model_of(stand.slot, held), request, met, named, held)
        if stand is not self._champion:
            person = "" if named is None else named.person
            stand.tally.add(perf_counter_ns() - started_ns, is_quiet=is_quiet(answer), person=person)
            if stand.shadows:
                self._shadows.beside(stand, message, met, answer)
        return answer

    def _found(self, stand: Stand, data: bytes) -> bytes | None:
        """An answer that is at hand, counted; None where there is none, or where it is not for the taking.

        Args:
            stand: Who answers.
            data: The request, serialised; it tells of nobody.
        """
        started_ns = perf_counter_ns()
        if stand.slot is None or stand.draft is not None or stand.shadows:
            return None
        model = stand.slot.model
        found = None if model is None else self._at_hand_of(stand).find(model, data)
        if found is not None and stand is not self._champion:
            stand.tally.add(perf_counter_ns() - started_ns, is_quiet=is_quiet(found))
        return found

    def _of_nobody(
        self, message: pb.RecommendRequest, stand: Stand, live: Mapping[str, LiveTests], data: bytes
    ) -> bytes:
        """The answer to a page that tells of nobody, which is remembered; but for a draft, of which each is another."""
        model = _model_of(stand.slot)
        if stand.draft is not None or model is None:
            return self._made(stand, model, read_request(message, self._placements), NOBODY)[0]
        at_hand = self._at_hand_of(stand)
        # Without tests it was looked for before.
        if live and (found := at_hand.find(model, data)) is not None:
            return found
        answer, alike = self._made(stand, model, read_request(message, self._placements), NOBODY)
        at_hand.keep(model, data, answer, alike)
        if live and len(data) <= MAX_REQUEST_BYTES:
            if len(self._seen) >= MAX_ANSWERS:
                self._seen.clear()
            self._seen[data] = message.placement
        return answer

    def _at_hand_of(self, stand: Stand) -> AnswersAtHand:
        return self._at_hand if stand is self._champion else self._of_arms.of(stand)

    async def _met(self, message: pb.RecommendRequest, context: _Context, *, measures: bool) -> Met:
        identities = identities_of(message.shopper)
        if not identities:
            return NOBODY
        return await self._pages.meet(identities, signals_of(message.signals), _time_to_ask(context), measures=measures)

    def _drawn(self, tests: LiveTests | None, named: Named | None) -> Stand:
        """Who answers.

        Args:
            tests: Of the page's placement; None where none runs.
            named: The page's unit; None where it may not be measured.
        """
        if tests is None:
            return self._champion
        return tests.drawn(named, self._random_bits(_N_BITS)) or self._champion

    def _made(
        self,
        stand: Stand,
        model: Model | None,
        request: Request,
        met: Met,
        named: Named | None = None,
        held: dict[ModelSlot, Model | None] | None = None,
    ) -> tuple[bytes, PageMeter]:
        """The answer, serialised, and where to count it when it is given again."""
        answer, variant, draft = NO_MODEL, stand.tally.variant, stand.draft
        if stand.slot is None:
            answer = held_back(met.reason)
        elif model is not None:
            answer = self._chosen(model, request, met)
            if draft is not None and (second := _model_of(draft.second, held)) is not None:
                lists = Listed(model, answer), Listed(second, self._chosen(second, request, met))
                coins = draft.coins(named, request, self._random_bits(_N_BITS))
                answer, teams = drafted(*lists, request, self._placements[request.placement], coins)
                variant = draft.variant(teams)
        token = b"" if self._attribution is None else self._attribution.token(request.placement, answer, variant)
        return encode(answer, token, variant), self._meters.page(request.placement, answer)

    def _chosen(self, model: Model, request: Request, met: Met) -> Answer:
        personal = self._pages.as_met(met, model.bundle)
        return self._choose(model, request, self._placements[request.placement], personal)


def _model_of(slot: ModelSlot | None, held: dict[ModelSlot, Model | None] | None = None) -> Model | None:
    """The model of a slot, if it has one: the one in service now, or the one that was when it was first held."""
    if slot is None or held is None:
        return None if slot is None else slot.model
    return held.setdefault(slot, slot.model)


def _time_to_ask(context: _Context) -> float:
    """Seconds in which a shopper has to be known, so that the answer is there by the caller's deadline."""
    left_s = context.time_remaining()
    return math.inf if left_s is None else left_s - TO_ANSWER_S
