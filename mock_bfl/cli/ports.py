"""Claim a port before a server is started, so that a taken one is a sentence and a free one stays ours."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mock_bfl.errors import ServerError


@dataclass(frozen=True, slots=True)
class Claim:
    """An address that is free to listen on."""

    host: str
    port: int
    scheme: str = "http"

    @property
    def reachable_host(self) -> str:
        """The address under which this machine reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 -- compared, not bound

    @property
    def base_url(self) -> str:
        """The URL to give to a client."""
        host = f"[{self.reachable_host}]" if ":" in self.reachable_host else self.reachable_host
        return f"{self.scheme}://{host}:{self.port}"


@contextmanager
def claim_port(host: str, port: int, *, scheme: str = "http") -> Iterator[Claim]:
    """Hold a port while a server starts on it; port 0 picks a free one. Raises ServerError if it is taken.

    Servers bind with SO_REUSEPORT and would silently share a port with another server; a plain bind shows who is there.
    """
    family, address = _resolved(host)
    with _bound(family, address, port, shared=False) as probe:
        chosen = probe.getsockname()[1]
    with _bound(family, address, chosen, shared=True):
        yield Claim(address, chosen, scheme)


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    """Return the address behind a name such as localhost: the server takes addresses only."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise ServerError(f"cannot listen on {host}: no such host ({error.strerror})") from error
    return family, str(address[0])


@contextmanager
def _bound(family: socket.AddressFamily, host: str, port: int, *, shared: bool) -> Iterator[socket.socket]:
    with socket.socket(family, socket.SOCK_STREAM) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared and hasattr(socket, "SO_REUSEPORT"):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            held.bind((host, port))
        except OSError as error:
            hint = "name another with --listen, or let port 0 pick a free one"
            raise ServerError(f"cannot listen on {host}:{port} ({error.strerror}): {hint}") from error
        yield held
