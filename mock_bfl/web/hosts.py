"""Which host a request names. What names none is read as `invalid`: routing by path must not fail on it.  [FASTAPI]"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address
from types import MappingProxyType
from typing import TYPE_CHECKING

from flask import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{{1,5}}))?")
_LAST_PORT = 65_535
_LONGEST_NAME = 261  # 255 of a name, a colon, a port
_REACHABLE = MappingProxyType({"0.0.0.0": "127.0.0.1", "::": "::1"})  # noqa: S104 -- compared, not bound
_DEFAULT_PORTS = MappingProxyType({"http": 80, "https": 443})
NO_HOST = "invalid"  # a name that is reserved and never resolves.  [RFC 2606]


def names_a_host(text: str) -> bool:
    """Tell whether a Host header holds a name or an address, and perhaps a port: what can stand in a URL."""
    found = _HOST.fullmatch(text) if len(text) <= _LONGEST_NAME else None
    if found is None or int(found["port"] or 0) > _LAST_PORT:
        return False
    return found["ipv6"] is None or _is_ipv6(found["ipv6"])


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def origin_of(incoming: Request) -> str:
    """Return the scheme and host that the client used, as a proxy in front says or the request itself."""
    forwarded = _first(incoming.headers.get("X-Forwarded-Proto"))
    scheme = forwarded if forwarded in {"http", "https"} else incoming.scheme
    named = (_first(incoming.headers.get("X-Forwarded-Host")), incoming.headers.get("Host", NO_HOST), incoming.host)
    host = next((name for name in named if names_a_host(name) and name != NO_HOST), None)
    return f"{scheme}://{host or _own_address(incoming)}"


def _own_address(incoming: Request) -> str:
    """Return where the server itself listens, for who names no host: HTTP/1.0 needs no Host header."""
    name, port = incoming.server or ("localhost", None)
    name = _REACHABLE.get(name, name)
    host = f"[{name}]" if ":" in name else name
    plain = host if names_a_host(host) else "localhost"
    return plain if port in {None, _DEFAULT_PORTS.get(incoming.scheme)} else f"{plain}:{port}"


def _first(value: str | None) -> str:
    return (value or "").split(",")[0].strip()


class PlainHost:
    """WSGI middleware: werkzeug refuses some Host headers on its own, and would spell others into a Location."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request on, under a host that can be worked with."""
        if not names_a_host(environ.get("HTTP_HOST", NO_HOST)):
            environ["HTTP_HOST"] = NO_HOST
        return self._app(environ, start_response)
