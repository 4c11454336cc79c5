"""Settings that have to go together so that nobody is let in by mistake."""

import pytest

from models.errors import InvalidInputError
from service.settings import Settings


def fields_at_fault(**overrides: str) -> list[str]:
    try:
        Settings.read({}, overrides)
    except InvalidInputError as error:
        return [fault.field for fault in error.faults]
    return []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "shop.example"])  # noqa: S104 - to be refused
def test_an_address_of_other_machines_is_not_listened_on_by_mistake(host: str) -> None:
    assert fields_at_fault(host=host) == ["--host"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_an_address_of_this_machine_needs_nothing(host: str) -> None:
    assert fields_at_fault(host=host) == []


@pytest.mark.parametrize(
    "way",
    [
        {"tokens": "tokens.yaml"},
        {"tls_cert": "c.pem", "tls_key": "k.pem", "tls_client_ca": "ca.pem"},
        {"open_to_network": "yes"},
    ],
)
def test_there_are_three_ways_to_listen_on_an_address_of_other_machines(way: dict[str, str]) -> None:
    assert fields_at_fault(host="192.0.2.1", **way) == []


def test_the_refusal_names_the_three_ways() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Settings.read({}, {"host": "192.0.2.1"})
    assert all(option in str(caught.value) for option in ("--tokens", "--tls-client-ca", "--open-to-network"))


def test_encryption_alone_says_nothing_of_who_calls() -> None:
    assert fields_at_fault(host="192.0.2.1", tls_cert="c.pem", tls_key="k.pem") == ["--host"]


@pytest.mark.parametrize(("text", "is_open"), [("1", True), ("yes", True), ("TRUE", True), ("0", False), ("no", False)])
def test_the_network_is_opened_by_a_yes_alone(text: str, is_open: bool) -> None:
    assert Settings.read({"SHOPKEEPER_OPEN_TO_NETWORK": text}).open_to_network is is_open


def test_neither_yes_nor_no_is_a_fault_and_not_a_yes() -> None:
    faults = fields_at_fault(host="192.0.2.1", open_to_network="perhaps")
    assert faults == ["--open-to-network", "--host"]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"tls_cert": "c"}, ["--tls-key"]),
        ({"tls_key": "k"}, ["--tls-cert"]),
        ({"tls_client_ca": "ca"}, ["--tls-client-ca"]),
        ({"tls_cert": "c", "tls_client_ca": "ca", "port": "x"}, ["--port", "--tls-key"]),
    ],
)
def test_what_is_missing_beside_a_file_of_tls_is_named(given: dict[str, str], missing: list[str]) -> None:
    assert fields_at_fault(**given) == missing
