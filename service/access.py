"""Who is let in, put together from the settings: certificates and tokens, followed as their files change."""

import asyncio
import time
from typing import TYPE_CHECKING

from models.errors import Fault, InvalidInputError
from service.adapters.certificates import CertificateFiles, FollowedCertificate
from service.adapters.tokens_file import TokensFile
from service.api.tls import credentials
from service.core.callers import Callers
from service.exposure import is_loopback
from service.log import Log
from service.settings import Settings

if TYPE_CHECKING:
    import grpc

LOOK_S = 2.0
"""Seconds between two looks at the tokens: a revoked one is good for no longer. A look costs some microseconds."""


class Access:
    """What a server asks of who calls it.

    Attributes:
        callers: Who may call; None for whoever reaches the port.
        credentials: Of TLS; None for plain connections.
    """

    def __init__(
        self,
        log: Log,
        tokens: TokensFile | None = None,
        callers: Callers | None = None,
        credentials: "grpc.ServerCredentials | None" = None,
    ) -> None:
        self._log, self._tokens, self.callers, self.credentials = log, tokens, callers, credentials

    @classmethod
    def opened(cls, settings: Settings, log: Log) -> "Access":
        """Read the files.

        Raises:
            InvalidInputError: Names every fault of all of them.
        """
        faults: list[Fault] = []
        tokens = callers = made = None
        if settings.tokens is not None:
            tokens = TokensFile(settings.tokens)
            try:
                callers = Callers(tokens.read(), time.time)
            except InvalidInputError as error:
                faults += [Fault(f"{settings.tokens}: {fault.field}", fault.description) for fault in error.faults]
        if settings.tls_cert is not None and settings.tls_key is not None:
            files = CertificateFiles(settings.tls_cert, settings.tls_key, settings.tls_client_ca)
            try:
                made = credentials(FollowedCertificate(files, log))
            except InvalidInputError as error:
                faults += error.faults
        if faults:
            raise InvalidInputError("what says who is let in", faults)
        if callers is not None and made is None and not is_loopback(settings.host):
            hint = "give --tls-cert and --tls-key, unless what stands before the server ends TLS"
            log.warning("tokens_without_tls", hint=hint)
        return cls(log, tokens, callers, made)

    async def follow(self) -> None:
        """Read the tokens again whenever they change, until cancelled; where they went bad, those before stay."""
        if self._tokens is None or self.callers is None:
            return
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                known = self._tokens.read_if_changed()
            except InvalidInputError as error:
                self._log.warning("tokens_not_read", message=str(error), hint="those of before are good still")
                continue
            if known is not None:
                self.callers.replace(known)
                self._log.info("tokens_read", callers=len(known))
