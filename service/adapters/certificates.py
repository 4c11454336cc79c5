"""The certificate of the server and whose clients it takes, as files that are renewed while it runs."""

import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import Fault, InvalidInputError
from service.adapters.file_stamp import Stamp, stamp_of
from service.core.certificate import Pem
from service.log import Log


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where the server's certificate is.

    Attributes:
        certificate: File of the certificate, the server's own first.
        key: File of its key.
        client_authorities: File of who signs clients' certificates; None where clients need none.
    """

    certificate: Path
    key: Path
    client_authorities: Path | None = None

    @property
    def all(self) -> Sequence[Path]:
        """The files."""
        return [path for path in (self.certificate, self.key, self.client_authorities) if path is not None]

    def read(self) -> Pem:
        """What is in them, which goes together.

        Raises:
            InvalidInputError: Names every file at fault.
        """
        faults: list[Fault] = []
        certificate, key = (_content(path, faults) for path in (self.certificate, self.key))
        authorities = None if self.client_authorities is None else _content(self.client_authorities, faults)
        if certificate and key:
            self._check_pair(faults)
        if authorities and self.client_authorities is not None:
            try:
                ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authorities.decode("ascii"))
            except (ssl.SSLError, ValueError):
                faults.append(Fault(str(self.client_authorities), "holds no certificates in PEM form"))
        if faults:
            raise InvalidInputError("the server's certificate", faults)
        return Pem(certificate, key, authorities)

    def _check_pair(self, faults: list[Fault]) -> None:
        try:
            # Where none is given OpenSSL asks the terminal for one.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key, password="")
        except OSError as error:
            if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
                faults.append(Fault(str(self.key), f"is not the key of {self.certificate}: give the two that belong"))
            else:
                hint = f"one of {self.certificate} and {self.key} is none"
                faults.append(
                    Fault(str(self.key), f"no certificate with its key, both in PEM form, no password: {hint}")
                )


class FollowedCertificate:
    """Reads the files again when they have changed; may be asked from any thread.

    Args:
        files: To follow.
        log: For a renewal, and for files that went bad.

    Raises:
        InvalidInputError: Names every file at fault.
    """

    def __init__(self, files: CertificateFiles, log: Log) -> None:
        self._files, self._log = files, log
        self._lock = threading.Lock()
        self._stamps = self._stamped()
        self.first = files.read()

    def renewed(self) -> Pem | None:
        """What is in the files, None where nothing has changed or they went bad: then what was before stays."""
        with self._lock:
            stamps = self._stamped()
            if stamps == self._stamps:
                return None
            self._stamps = stamps
            try:
                pem = self._files.read()
            except InvalidInputError as error:
                self._log.warning("certificate_not_renewed", message=str(error))
                return None
            self._log.info("certificate_renewed", file=str(self._files.certificate))
            return pem

    def _stamped(self) -> list[Stamp]:
        return [stamp_of(path) for path in self._files.all]


def _content(path: Path, faults: list[Fault]) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        faults.append(Fault(str(path), f"cannot be read: {error.strerror}"))
        return b""
    if not content:
        faults.append(Fault(str(path), "is empty"))
    return content
