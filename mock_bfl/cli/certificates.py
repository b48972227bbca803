"""Certificates for `mock-bfl serve --tls`: a certificate authority of its own, thrown away or kept in a directory.

Law: a private key is readable by nobody else, from the first byte on; the certificate that serves is never kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mock_bfl.contract.regions import BASES, CLUSTERS
from mock_bfl.errors import ServerError

if TYPE_CHECKING:
    import trustme

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# A wildcard stands for one label, so each name that the mock answers to or hands out is listed.
VENDOR_NAMES = ("*.bfl.ai", *(row.host for row in (*BASES, *CLUSTERS)))
CA_FILE, CA_KEY_FILE = "ca.pem", "ca-key.pem"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM: what a client is given to trust, and what a server shows."""

    ca_file: Path
    cert_file: Path
    key_file: Path


@contextmanager
def certificate(names: Sequence[str], *, kept_in: Path | None = None) -> Iterator[Certificate]:
    """Issue a certificate for `names`, beside this machine's and the vendor's; it is gone after the block.

    Its authority is made anew, or with `kept_in` found in that directory, or made there once. Raises ServerError.
    """
    with TemporaryDirectory(prefix="mock-bfl-tls-") as temporary:  # made for its owner alone
        private = Path(temporary)
        home = private if kept_in is None else kept_in.absolute()
        authority = _authority(home)
        try:
            issued = authority.issue_cert(*dict.fromkeys((*LOOPBACK_NAMES, *VENDOR_NAMES, *names)))
        except ValueError as error:
            raise ServerError(f"no certificate can be made for one of the names {', '.join(names)}: {error}") from error
        made = Certificate(home / CA_FILE, private / "server.pem", private / "server-key.pem")
        _write_private(made.cert_file, b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        _write_private(made.key_file, issued.private_key_pem.bytes())
        yield made


def names_in(origins: Sequence[str | None]) -> tuple[str, ...]:
    """Return the hosts of origins; None names none."""
    return tuple(host for origin in origins if origin is not None and (host := urlsplit(origin).hostname))


def _authority(home: Path) -> trustme.CA:
    """Return the authority that is kept in a directory, or a new one, kept there from now on."""
    try:
        import trustme
    except ImportError as error:
        raise ServerError("serving https needs trustme, which is not installed: pip install 'mock-bfl[tls]'") from error
    cert, key = home / CA_FILE, home / CA_KEY_FILE
    try:
        if cert.exists() or key.exists():
            _check_private(key)
            return trustme.CA.from_pem(cert.read_bytes(), key.read_bytes())
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = trustme.CA(organization_name="mock-bfl")
        _write_private(key, made.private_key_pem.bytes())
        cert.write_bytes(made.cert_pem.bytes())
    except OSError as error:
        raise ServerError(f"cannot keep an authority in {home}: {error.strerror} ({error.filename})") from error
    except ValueError as error:
        raise ServerError(f"{cert} and {key} are no certificate authority: {error}; remove both") from error
    return made


def _check_private(key: Path) -> None:
    """Refuse a key that others may read: whoever holds it can sign for every name that its clients trust."""
    if os.name == "posix" and key.stat().st_mode & 0o077:
        raise ServerError(f"others may read {key}: chmod 600 it, or remove it and {CA_FILE} for a new authority")


def _write_private(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
