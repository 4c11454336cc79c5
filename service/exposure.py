"""Which settings have to go together so that nobody calls the server whom its operator did not mean to let in."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from models.errors import Fault


def exposure_faults(values: Mapping[str, object]) -> Iterator[Fault]:
    """What is wrong with settings that are each right by themselves.

    Args:
        values: By name of the setting; those at fault are missing.
    """
    certificate, key = values.get("tls_cert"), values.get("tls_key")
    if certificate is not None and key is None:
        yield Fault("--tls-key", "is missing: give the key of the certificate with it, or leave out --tls-cert")
    if key is not None and certificate is None:
        yield Fault("--tls-cert", "is missing: give the certificate of the key with it, or leave out --tls-key")
    if values.get("tls_client_ca") is not None and certificate is None and key is None:
        yield Fault("--tls-client-ca", "wants --tls-cert and --tls-key: without TLS no client shows a certificate")
    is_guarded = values.get("tokens") is not None or values.get("tls_client_ca") is not None
    host = str(values.get("host", "localhost"))
    if not is_guarded and not values.get("open_to_network") and not is_loopback(host):
        yield Fault(
            "--host",
            f"{host!r} is reached from other machines, and whoever reaches it could ask and erase: let in who has a "
            "token (--tokens), or a certificate (--tls-client-ca), or say with --open-to-network that the network "
            "lets only the right ones through",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; of a name but `localhost` it is not known, so it is not."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
