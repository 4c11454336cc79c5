"""The server's certificate: files that go together, read again when they change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import InvalidInputError
from service.adapters.certificates import CertificateFiles, FollowedCertificate
from tests.service.authority import Authority
from tests.service.doubles import Lines


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("shop")


@pytest.fixture
def files(tmp_path: Path, authority: Authority) -> CertificateFiles:
    made = CertificateFiles(tmp_path / "server.pem", tmp_path / "server.key", tmp_path / "ca.pem")
    for path, content in zip(made.all, (*authority.issue("server"), authority.pem), strict=True):
        path.write_bytes(content)
    return made


def test_files_that_go_together_are_read_as_they_are(files: CertificateFiles) -> None:
    pem = files.read()
    assert [pem.certificate, pem.key, pem.client_authorities] == [path.read_bytes() for path in files.all]


def test_without_an_authority_of_clients_none_is_wanted(files: CertificateFiles) -> None:
    assert CertificateFiles(files.certificate, files.key).read().client_authorities is None


def test_every_file_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    absent = CertificateFiles(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    with pytest.raises(InvalidInputError) as caught:
        absent.read()
    assert [fault.field for fault in caught.value.faults] == [str(path) for path in absent.all]


def swapped(files: CertificateFiles) -> None:
    files.certificate.rename(files.certificate.with_suffix(".away"))
    files.key.rename(files.certificate)
    files.certificate.with_suffix(".away").rename(files.key)


@pytest.mark.parametrize(
    ("harm", "at_fault", "told"),
    [
        (lambda files: files.key.write_bytes(Authority("b").issue("b")[1]), "key", "is not the key of"),
        (lambda files: files.key.write_bytes(b"junk"), "key", "PEM"),
        (lambda files: files.certificate.write_bytes(b"junk"), "key", "PEM"),
        (lambda files: files.certificate.write_bytes(b""), "certificate", "is empty"),
        (swapped, "key", "PEM"),
        (lambda files: files.client_authorities.write_bytes(b"junk"), "client_authorities", "no certificates"),
        (lambda files: files.client_authorities.write_bytes(b"\xff"), "client_authorities", "no certificates"),
    ],
)
def test_files_that_are_no_certificate_with_its_key_are_a_fault(
    files: CertificateFiles, harm: Callable[[CertificateFiles], None], at_fault: str, told: str
) -> None:
    harm(files)
    with pytest.raises(InvalidInputError, match=told) as caught:
        files.read()
    assert [fault.field for fault in caught.value.faults] == [str(getattr(files, at_fault))]


def test_nothing_is_renewed_while_nothing_changes(files: CertificateFiles) -> None:
    assert FollowedCertificate(files, Lines().log).renewed() is None


def test_a_renewal_is_taken_once_both_files_have_come(files: CertificateFiles, authority: Authority) -> None:
    lines = Lines()
    followed = FollowedCertificate(files, lines.log)
    certificate, key = authority.issue("server")
    files.certificate.write_bytes(certificate)
    assert followed.renewed() is None
    files.key.write_bytes(key)
    renewed = followed.renewed()
    assert renewed is not None
    assert (renewed.certificate, renewed.key) == (certificate, key)
    assert lines.events() == ["certificate_not_renewed", "certificate_renewed"]


def test_files_that_go_bad_are_told_of_once_and_what_was_before_stays(files: CertificateFiles) -> None:
    lines = Lines()
    followed = FollowedCertificate(files, lines.log)
    files.key.unlink()
    assert [followed.renewed(), followed.renewed()] == [None, None]
    assert lines.events() == ["certificate_not_renewed"]


def test_a_link_that_leads_to_other_files_is_a_renewal(
    files: CertificateFiles, authority: Authority, tmp_path: Path
) -> None:
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        for name, content in zip(("crt", "key"), authority.issue("server"), strict=True):
            (tmp_path / str(number) / name).write_bytes(content)
    link = tmp_path / "now"
    link.symlink_to("1")
    followed = FollowedCertificate(CertificateFiles(link / "crt", link / "key"), Lines().log)
    link.unlink()
    link.symlink_to("2")
    renewed = followed.renewed()
    assert renewed is not None
    assert renewed.certificate == (tmp_path / "2" / "crt").read_bytes()
