"""TLS and clients' certificates, over a real socket."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub

from service.adapters.certificates import CertificateFiles, FollowedCertificate
from service.api.tls import credentials
from tests.api.conftest import Running, running
from tests.service.authority import Authority
from tests.service.doubles import Lines

SHOP, OTHER = Authority("shop"), Authority("other")


class Encrypted:
    """A server with TLS, and its files."""

    def __init__(self, directory: Path, *, wants_clients: bool) -> None:
        authority = directory / "ca.pem"
        authority.write_bytes(SHOP.pem)
        self.files = CertificateFiles(
            directory / "server.pem", directory / "server.key", authority if wants_clients else None
        )
        self.renew(SHOP)
        self.credentials = credentials(FollowedCertificate(self.files, Lines().log))
        self.server: Running

    def renew(self, authority: Authority) -> None:
        """Write another certificate of an authority."""
        for path, content in zip((self.files.certificate, self.files.key), authority.issue("server"), strict=True):
            path.write_bytes(content)

    def channel(self, authority: Authority, client: Authority | None = None) -> grpc.Channel:
        """A new connection of somebody who trusts an authority, and has a certificate of another."""
        certificate, key = (None, None) if client is None else client.issue("client")
        made = grpc.ssl_channel_credentials(authority.pem, key, certificate)
        # Else channels of a process share connections.
        return grpc.secure_channel(self.server.address, made, options=[("grpc.use_local_subchannel_pool", 1)])


def answers(channel: grpc.Channel) -> bool:
    """Whether the server does, over this channel."""
    with channel:
        call = HealthStub(channel).Check.future(health_pb2.HealthCheckRequest(), timeout=10)
        # What is answered otherwise is no refusal of the connection.
        return {grpc.StatusCode.OK: True, grpc.StatusCode.UNAVAILABLE: False}[call.code()]


@pytest.fixture(params=[False, True], ids=["tls", "mutual"])
def encrypted(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Encrypted]:
    made = Encrypted(tmp_path, wants_clients=request.param)
    with running(credentials=made.credentials) as made.server:
        yield made


def test_who_trusts_the_authority_and_has_a_certificate_of_it_is_answered(encrypted: Encrypted) -> None:
    assert answers(encrypted.channel(SHOP, SHOP))


def test_a_plain_connection_is_refused(encrypted: Encrypted) -> None:
    assert not answers(grpc.insecure_channel(encrypted.server.address))


def test_the_server_shows_the_certificate_it_was_given(encrypted: Encrypted) -> None:
    assert not answers(encrypted.channel(OTHER, SHOP))


@pytest.mark.parametrize("client", [None, OTHER], ids=["none", "of another authority"])
def test_a_client_needs_a_certificate_where_they_are_wanted(encrypted: Encrypted, client: Authority | None) -> None:
    assert answers(encrypted.channel(SHOP, client)) == (encrypted.files.client_authorities is None)


def test_a_renewed_certificate_is_shown_to_the_next_connection(encrypted: Encrypted) -> None:
    before = encrypted.channel(SHOP, SHOP)
    HealthStub(before).Check(health_pb2.HealthCheckRequest(), timeout=5)
    encrypted.renew(OTHER)
    assert answers(encrypted.channel(OTHER, SHOP))
    assert not answers(encrypted.channel(SHOP, SHOP))
    assert answers(before)


def test_while_half_a_renewal_has_come_the_certificate_of_before_is_shown(encrypted: Encrypted) -> None:
    encrypted.files.certificate.write_bytes(OTHER.issue("server")[0])
    assert answers(encrypted.channel(SHOP, SHOP))
