"""What a served mock holds while it is served, ports and certificates, and how it is known to answer."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

from mock_bfl.core.region import AUTO
from mock_bfl.errors import ServerError
from mock_bfl.settings import Settings

from .certificates import Certificate, certificate, names_in
from .ports import Claim, claim_port

_READY_TRIES = 1000
_READY_PAUSE_S = 0.01
_HOSTS_WITH_ANOTHER_NAME = ("127.0.0.1", "0.0.0.0")  # noqa: S104 -- compared, not bound


@dataclass(frozen=True, slots=True)
class Serving:
    """How a mock is served: its settings as they came out, its port, the second one and the certificate if any."""

    settings: Settings
    claim: Claim
    second: Claim | None = None
    certificate: Certificate | None = None

    def as_json(self) -> dict[str, object]:
        """Return what a script is told once the mock answers."""
        settings = self.settings
        ready: dict[str, object] = {
            "base_url": self.claim.base_url,
            "dialect": settings.dialect,
            "speed": settings.speed,
            "seed": settings.seed,
        }
        if settings.poll_origin is not None:
            ready["poll_origin"] = settings.poll_origin
        if self.certificate is not None:
            ready["ca_file"] = str(self.certificate.ca_file)
        return ready


@contextmanager
def prepared(settings: Settings) -> Iterator[Serving]:
    """Hold the ports and the certificate that settings ask for. Raises ServerError."""
    host, port = settings.address()
    with ExitStack() as held:
        claim = held.enter_context(claim_port(host, port, scheme=settings.scheme))
        second: Claim | None = None
        if settings.poll_port is not None:
            second = held.enter_context(claim_port(host, settings.poll_port, scheme=settings.scheme))
            settings = replace(settings, poll_origin=second.base_url)
        if settings.poll_origin == AUTO and claim.host not in _HOSTS_WITH_ANOTHER_NAME:
            raise ServerError(f"poll_origin auto needs a mock on 127.0.0.1, not {claim.host}: name an origin, or :PORT")
        shown = held.enter_context(_certificate(settings, claim)) if settings.scheme == "https" else None
        yield Serving(settings, claim, second, shown)


def announce_when_ready(serving: Serving, announce: Callable[[Serving], None]) -> None:
    """Call `announce` once every port answers, from a thread of its own."""
    threading.Thread(target=_wait_and_announce, args=(serving, announce), daemon=True).start()


def _certificate(settings: Settings, claim: Claim) -> AbstractContextManager[Certificate]:
    names = (*settings.admin_hosts, *names_in((claim.base_url, settings.public_url, settings.poll_origin)))
    return certificate(names, kept_in=None if settings.tls_dir is None else Path(settings.tls_dir))


def _wait_and_announce(serving: Serving, announce: Callable[[Serving], None]) -> None:
    pause = threading.Event()
    claims = [claim for claim in (serving.claim, serving.second) if claim is not None]
    for _ in range(_READY_TRIES):
        if all(_answers(claim, serving.certificate) for claim in claims):
            announce(serving)
            return
        pause.wait(_READY_PAUSE_S)


def _answers(claim: Claim, shown: Certificate | None) -> bool:
    connection = _connection(claim, shown)
    try:
        connection.request("GET", "/_mock/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _connection(claim: Claim, shown: Certificate | None) -> HTTPConnection:
    if shown is None:
        return HTTPConnection(claim.reachable_host, claim.port, timeout=1)
    trusted = ssl.create_default_context(cafile=str(shown.ca_file))
    return HTTPSConnection(claim.reachable_host, claim.port, timeout=1, context=trusted)
