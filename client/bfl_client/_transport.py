"""What both wires, the blocking and the asynchronous one, hold to: headers, limits, where the key goes. Pure."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from ._effects import Send
from ._replies import Fault, FaultKind, Outcome, Reply
from ._urls import redact_url

_LOG = logging.getLogger("bfl_client")
_USER_AGENT = "bfl-client/0.1"
CHUNK_BYTES = 65_536
MAX_REPLY_BYTES = 16 * 1024 * 1024
MIN_TIMEOUT_S = 1.0  # a request made at the very deadline still gets this long
CONNECT_TIMEOUT_S = 10.0
# A delivery host gets no key.
DELIVERY_HEADERS: Mapping[str, str] = MappingProxyType({"Accept": "image/*", "User-Agent": _USER_AGENT})


def api_headers(api_key: str, *, has_body: bool) -> dict[str, str]:
    """Return the headers of a request to the API."""
    kind = {"Content-Type": "application/json"} if has_body else {}
    return {"Accept": "application/json", "User-Agent": _USER_AGENT, "x-key": api_key, **kind}


def key_withheld(url: str) -> Fault:
    """Return what comes of a request whose host may not see the key: it is not sent."""
    return Fault(FaultKind.UNUSABLE, f"the key may not be sent to {redact_url(url)}")


def reply_from(status_code: int, headers: Mapping[str, str], body: bytes, *, is_complete: bool, api_key: str) -> Reply:
    """Return a reply as read off the wire; a proxy may echo the request's headers, and errors carry the body."""
    key = api_key.encode()
    is_telling = status_code >= 400 and len(key) >= 8
    return Reply(status_code, lower(headers), body.replace(key, b"***") if is_telling else body, is_complete)


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers under lower-case names."""
    return {name.lower(): value for name, value in headers.items()}


def log_exchange(effect: Send, outcome: Outcome, *, elapsed_s: float) -> None:
    """Log one request, without what is secret in it."""
    came = outcome.reason if isinstance(outcome, Fault) else outcome.status_code
    _LOG.debug("%s %s -> %s in %.0f ms", effect.method, redact_url(effect.url), came, elapsed_s * 1000)
