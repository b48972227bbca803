"""What both wires, the blocking and the asynchronous one, hold to: headers, limits, where the key goes. Pure."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from ._clock import Deadline
from ._effects import Send
from ._replies import Fault, FaultKind, Outcome, Reply
from ._urls import redact_url

_LOG = logging.getLogger("bfl_client")
_USER_AGENT = "bfl-client/0.1"
CHUNK_BYTES = 65_536
MAX_REPLY_BYTES = 16 * 1024 * 1024
MIN_TIMEOUT_S = 1.0  # a request made at the very deadline still gets this long
CONNECT_TIMEOUT_S = 10.0
TOO_LATE = "the deadline passed while the body was still coming"
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


class CutOff(Exception):
    """The client broke off reading a body."""


class ReplyBody:
    """The body of a reply as it arrives, kept in memory up to a limit."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size_bytes = 0

    def add(self, piece: bytes) -> None:
        """Keep a piece; raise CutOff if that is more than a reply may have."""
        self._pieces.append(piece)
        self._size_bytes += len(piece)
        if self._size_bytes > MAX_REPLY_BYTES:
            raise CutOff(f"the reply is longer than {MAX_REPLY_BYTES} bytes")

    @property
    def content(self) -> bytes:
        """What came."""
        return b"".join(self._pieces)


def check_time(deadline: Deadline) -> None:
    """Raise CutOff if the deadline has passed while a body was coming; one that drips would outlast any timeout."""
    if deadline.remaining_s <= 0:
        raise CutOff(TOO_LATE)


def reason_of(error: Exception, *, root: BaseException) -> str:
    """Return an exception of the wire in a few words, without its text: that holds whole URLs with their signatures."""
    if isinstance(error, CutOff):
        return str(error)
    names = dict.fromkeys((type(error).__name__, type(root).__name__))
    return " from ".join(names)


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers under lower-case names."""
    return {name.lower(): value for name, value in headers.items()}


def log_exchange(effect: Send, outcome: Outcome, *, elapsed_s: float) -> None:
    """Log one request, without what is secret in it."""
    came = outcome.reason if isinstance(outcome, Fault) else outcome.status_code
    _LOG.debug("%s %s -> %s in %.0f ms", effect.method, redact_url(effect.url), came, elapsed_s * 1000)
