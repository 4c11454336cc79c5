"""Certificates as grpc takes them."""

import grpc

from service.core.certificate import Certificate, Pem


def credentials(certificate: Certificate) -> grpc.ServerCredentials:
    """Of a server that has this certificate; each new connection has the certificate of then.

    Args:
        certificate: Where it names who signs clients' certificates, clients without one are refused.
    """

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        pem = certificate.renewed()
        return None if pem is None else _configured(pem)

    first = certificate.first
    made: grpc.ServerCredentials = grpc.dynamic_ssl_server_credentials(
        _configured(first),
        renewed,  # type: ignore[arg-type]  # None is no change
        require_client_authentication=first.client_authorities is not None,
    )
    return made


def _configured(pem: Pem) -> grpc.ServerCertificateConfiguration:
    made: grpc.ServerCertificateConfiguration = grpc.ssl_server_certificate_configuration(
        [(pem.key, pem.certificate)], pem.client_authorities
    )
    return made
