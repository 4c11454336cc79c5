"""The server's certificate, which is renewed while it runs."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pem:
    """What proves who the server is, in PEM form.

    Attributes:
        certificate: And those between it and its authority.
        key: Of the certificate.
        client_authorities: Who signs clients' certificates; None where clients need none.
    """

    certificate: bytes
    key: bytes
    client_authorities: bytes | None


class Certificate(Protocol):
    """Where the certificate comes from; may be asked from any thread."""

    @property
    def first(self) -> Pem:
        """What it was when the server began."""

    def renewed(self) -> Pem | None:
        """What it is now, None where that is what was said last."""
