"""How a command reaches a server: options, and the channel that they make."""

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    import grpc

DEFAULT_TARGET = "127.0.0.1:50051"
TOKEN_VARIABLE = "SHOPKEEPER_TOKEN"  # noqa: S105 - its name
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Connection:
    """The way to a server.

    Attributes:
        target: Host and port.
        is_encrypted: Whether by TLS.
        authorities: Who signs the server's certificate, PEM; None for those that grpc knows.
        certificate: The caller's own, PEM; None where the server wants none.
        key: Of the certificate, PEM.
        token: The caller's; empty where the server wants none.
    """

    target: str = DEFAULT_TARGET
    is_encrypted: bool = False
    authorities: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What each call says of its caller."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    @contextmanager
    def opened(self) -> "Iterator[grpc.Channel]":
        """A channel."""
        import grpc

        if self.is_encrypted:
            credentials = grpc.ssl_channel_credentials(self.authorities, self.key, self.certificate)
            channel = grpc.secure_channel(self.target, credentials)
        else:
            channel = grpc.insecure_channel(self.target)
        with channel:
            yield channel


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Add the options; `connection_of` reads them."""
    group = parser.add_argument_group(
        "server", f"A server that wants a token gets that of ${TOKEN_VARIABLE}, or of --token-file."
    )
    group.add_argument("--target", default=DEFAULT_TARGET, help="host and port of the server (%(default)s)")
    group.add_argument("--tls", action="store_true", help="encrypt; the other options of TLS imply it")
    for name, text in (
        ("tls-ca", "who signs the server's certificate, PEM; without it the usual authorities"),
        ("tls-cert", "the caller's own certificate, PEM"),
        ("tls-key", "the key of that certificate, PEM"),
        ("token-file", "file that holds the caller's token"),
    ):
        group.add_argument(f"--{name}", type=Path, metavar="FILE", help=text)


def connection_of(arguments: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> Connection:
    """What the options say.

    Args:
        arguments: With the options of `add_connection`.
        environ: Which may hold the token.

    Raises:
        InvalidInputError: Names every option at fault.
    """
    faults: list[Fault] = []

    def content(name: str) -> bytes | None:
        path: Path | None = getattr(arguments, name)
        if path is None:
            return None
        try:
            return path.read_bytes()
        except OSError as error:
            # Without its name: argparse takes `--token TOKEN` for this option too.
            named = "the file" if name == "token_file" else str(path)
            faults.append(Fault(f"--{name.replace('_', '-')}", f"{named} cannot be read: {error.strerror}"))
            return None if name == "token_file" else b""

    authorities, certificate, key = (content(name) for name in ("tls_ca", "tls_cert", "tls_key"))
    if (certificate is None) != (key is None):
        faults.append(Fault("--tls-cert", "goes with --tls-key: give both or neither"))
    kept = content("token_file")
    where, token = "--token-file", "" if kept is None else kept.decode("latin-1").strip()
    if arguments.token_file is None:
        where, token = f"${TOKEN_VARIABLE}", environ.get(TOKEN_VARIABLE, "").strip()
    if (token or kept is not None) and not _TOKEN.fullmatch(token):
        faults.append(Fault(where, "holds no token: one line, without blanks"))
    if faults:
        raise InvalidInputError("the way to the server", faults)
    is_encrypted = arguments.tls or authorities is not None or certificate is not None
    return Connection(arguments.target, is_encrypted, authorities, certificate, key, token)
