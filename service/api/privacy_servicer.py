"""shopkeeper.v1.PrivacyService over the privacy desk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import grpc
from shopkeeper.v1 import privacy_service_pb2 as pb
from shopkeeper.v1 import privacy_service_pb2_grpc as pb_grpc

from privacy.copying import lines_of
from privacy.store.database import StoreUnavailableError
from service.api import privacy_encoding as encoding
from service.api import privacy_validation as validation
from service.api.failing import fail
from service.api.shoppers import circumstances_of, identities_of, moment_of, signals_of, stamp_of
from service.core.privacy_desk import ErasureProgress, PrivacyDesk
from service.log import Log

SERVICE = pb.DESCRIPTOR.services_by_name["PrivacyService"].full_name
_Context = grpc.aio.ServicerContext[Any, Any]
_Response = TypeVar("_Response")


class PrivacyServicer(pb_grpc.PrivacyServiceServicer):
    """Serves shoppers, named by a trusted backend or by the token of a link.

    Args:
        desk: The use cases.
        clock: The present, UTC.
        served_position: The ledger's position at the training of the model in service; None where there is no model or
            it is not known.
        log: For unexpected errors.
    """

    def __init__(
        self,
        desk: PrivacyDesk,
        clock: Callable[[], datetime],
        served_position: Callable[[], int | None],
        log: Log,
    ) -> None:
        self._desk, self._clock, self._served_position, self._log = desk, clock, served_position, log

    async def RecordConsent(  # noqa: N802 - the wire's names, here and below
        self, request: pb.RecordConsentRequest, context: _Context
    ) -> pb.RecordConsentResponse:
        """Record what a shopper answered."""

        async def answer() -> pb.RecordConsentResponse:
            answers = validation.answers(request, self._clock())
            circumstances = circumstances_of(request.circumstances, self._clock())
            position = await self._desk.record(identities_of(request.shopper), answers, circumstances)
            return pb.RecordConsentResponse(ledger_position=position)

        return await self._answered(answer(), "RecordConsent", context)

    async def LinkVisitor(  # noqa: N802
        self, request: pb.LinkVisitorRequest, context: _Context
    ) -> pb.LinkVisitorResponse:
        """Record that a visitor is a customer."""

        async def answer() -> pb.LinkVisitorResponse:
            validation.link(request, self._clock())
            circumstances = circumstances_of(request.circumstances, self._clock())
            shopper = request.shopper
            position = await self._desk.link(shopper.visitor_id, shopper.customer_id, circumstances)
            return pb.LinkVisitorResponse(ledger_position=position)

        return await self._answered(answer(), "LinkVisitor", context)

    async def OptOut(self, request: pb.OptOutRequest, context: _Context) -> pb.OptOutResponse:  # noqa: N802
        """No, with one click."""

        async def answer() -> pb.OptOutResponse:
            purposes = validation.opt_out(request, self._clock())
            circumstances = circumstances_of(request.circumstances, self._clock())
            if request.WhichOneof("who") == "token":
                return encoding.opted_out(await self._desk.opt_out_by(request.token, circumstances))
            identities = identities_of(request.shopper)
            return encoding.opted_out(await self._desk.opt_out(identities, purposes, circumstances))

        return await self._answered(answer(), "OptOut", context)

    async def CreateOptOutLink(  # noqa: N802
        self, request: pb.CreateOptOutLinkRequest, context: _Context
    ) -> pb.CreateOptOutLinkResponse:
        """A token for a link that opts out without a login."""

        async def answer() -> pb.CreateOptOutLinkResponse:
            scope = validation.link_scope(request)
            [identity] = identities_of(request.shopper)
            token, expires_at = await self._desk.opt_out_link(identity, scope, request.lifetime_days or None)
            return pb.CreateOptOutLinkResponse(token=token, expires_at=stamp_of(expires_at))

        return await self._answered(answer(), "CreateOptOutLink", context)

    async def GetPreferences(  # noqa: N802
        self, request: pb.GetPreferencesRequest, context: _Context
    ) -> pb.GetPreferencesResponse:
        """What a shopper said and prefers."""

        async def answer() -> pb.GetPreferencesResponse:
            validation.get_preferences(request)
            signals = signals_of(request.signals)
            if request.WhichOneof("who") == "token":
                return encoding.standing(await self._desk.standing_by(request.token, signals))
            return encoding.standing(await self._desk.standing(identities_of(request.shopper), signals))

        return await self._answered(answer(), "GetPreferences", context)

    async def UpdatePreferences(  # noqa: N802
        self, request: pb.UpdatePreferencesRequest, context: _Context
    ) -> pb.UpdatePreferencesResponse:
        """Change topics and channels."""

        async def answer() -> pb.UpdatePreferencesResponse:
            topics, contact = validation.preferences(request)
            if request.WhichOneof("who") == "token":
                await self._desk.prefer_by(request.token, topics, contact)
            else:
                await self._desk.prefer(identities_of(request.shopper), topics, contact)
            return pb.UpdatePreferencesResponse()

        return await self._answered(answer(), "UpdatePreferences", context)

    async def CheckContact(  # noqa: N802
        self, request: pb.CheckContactRequest, context: _Context
    ) -> pb.CheckContactResponse:
        """May this shopper be written to?"""

        async def answer() -> pb.CheckContactResponse:
            channel = validation.contact(request, self._clock())
            last = moment_of(request.last_contact_at) if request.HasField("last_contact_at") else None
            identities = identities_of(request.shopper)
            try:
                decision = await self._desk.may_contact(identities, channel, request.topic, last)
            except StoreUnavailableError:
                return pb.CheckContactResponse(allowed=False, reason=pb.CONTACT_REASON_UNAVAILABLE)
            return encoding.contact(decision)

        return await self._answered(answer(), "CheckContact", context)

    async def ExportShopper(  # noqa: N802
        self, request: pb.ExportShopperRequest, context: _Context
    ) -> AsyncIterator[pb.ExportShopperResponse]:
        """All that is held of the ids, a line at a time."""

        try:
            validation.named(request.shopper)
            async for line in self._desk.copy(identities_of(request.shopper), lines_of):
                yield pb.ExportShopperResponse(json=line)
                # Pages are answered in between however much there is.
                await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001 - as in `_answered`
            await fail(error, "ExportShopper", context, self._log)

    async def EraseShopper(  # noqa: N802
        self, request: pb.EraseShopperRequest, context: _Context
    ) -> pb.EraseShopperResponse:
        """Forget the ids and the visitors linked to them."""

        async def answer() -> pb.EraseShopperResponse:
            validation.erase(request)
            progress = await self._desk.erase(identities_of(request.shopper), request.source)
            return pb.EraseShopperResponse(receipt=progress.receipt.receipt, erasure=self._erasure(progress))

        return await self._answered(answer(), "EraseShopper", context)

    async def GetErasure(self, request: pb.GetErasureRequest, context: _Context) -> pb.GetErasureResponse:  # noqa: N802
        """How far an erasure has come."""

        async def answer() -> pb.GetErasureResponse:
            validation.receipt(request)
            return pb.GetErasureResponse(erasure=self._erasure(await self._desk.erasure(request.receipt)))

        return await self._answered(answer(), "GetErasure", context)

    def _erasure(self, progress: ErasureProgress) -> pb.Erasure:
        return encoding.erasure(progress, self._served_position())

    async def _answered(self, answer: Awaitable[_Response], method: str, context: _Context) -> _Response:
        try:
            return await answer
        except Exception as error:  # noqa: BLE001 - the table says what becomes of it
            await fail(error, method, context, self._log)
