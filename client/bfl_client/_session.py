"""The wire: one `requests.Session`, asked so that the key stays where it belongs and no exchange outlives its time."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import BinaryIO
from urllib.parse import urljoin

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ._clock import Clock, Deadline
from ._replies import Fault, FaultKind, Outcome, Reply
from ._urls import Origin, is_same_origin, may_download, may_receive_key, redact_url

_LOG = logging.getLogger("bfl_client")
_USER_AGENT = "bfl-client/0.1"
_CHUNK_BYTES = 65_536
_MAX_REPLY_BYTES = 16 * 1024 * 1024
_MAX_REDIRECTS = 3
_MIN_TIMEOUT_S = 1.0  # a request made at the very deadline still gets this long
_POOL_SIZE = 32  # above the 24 tasks that can be active  [HELP-CONC]
# A certificate is checked before the request is sent.
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
_UNUSABLE = (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Wire:
    """Sends requests and returns what came of them as values; it raises nothing and never tries again.

    An injected `session` is used as it is and not closed; it may be a subclass that takes further arguments, such as
    Locust's HttpSession, or have a transport adapter mounted. Its adapters must not retry POST requests by themselves.
    """

    def __init__(
        self, *, session: requests.Session | None, api_key: str, base_url: str, read_timeout_s: float, clock: Clock
    ) -> None:
        self._session = session if session is not None else _new_session()
        self._owns_session = session is None
        self._api_key = api_key
        self._base_url = base_url
        self._origin = _origin_of(base_url)
        self._read_timeout_s = read_timeout_s
        self._connect_timeout_s = min(10.0, read_timeout_s)
        self._clock = clock

    def __repr__(self) -> str:
        return f"Wire(base_url={redact_url(self._base_url)!r})"

    def url(self, path: str) -> str:
        """Return the URL of a path of the API."""
        return self._base_url + path

    def post(self, path: str, body: bytes) -> Outcome:
        """Send a submit and return its outcome; it gets a whole read timeout: not to hear the answer costs money."""
        deadline = Deadline.after(self._read_timeout_s, clock=self._clock)
        headers = {**self._api_headers(), "Content-Type": "application/json"}
        return self._exchange("POST", self.url(path), headers=headers, body=body, deadline=deadline)

    def get(self, url: str, *, deadline: Deadline) -> Outcome:
        """Ask the API or a polling_url; a few redirects are followed, as long as they stay on the same origin."""
        deadline = self._for_one_request(deadline)
        for _ in range(_MAX_REDIRECTS + 1):
            if not may_receive_key(url, api=self._origin):
                return Fault(FaultKind.UNUSABLE, f"the key may not be sent to {redact_url(url)}")
            outcome = self._exchange("GET", url, headers=self._api_headers(), body=None, deadline=deadline)
            target = _redirect_target(outcome, url=url)
            if target is None:
                return outcome
            if not is_same_origin(target, url):
                return Fault(FaultKind.UNUSABLE, f"a redirect to another host, {redact_url(target)}, was refused")
            url = target
        return Fault(FaultKind.UNUSABLE, f"more than {_MAX_REDIRECTS} redirects")

    def download(self, url: str, sink: BinaryIO, *, deadline: Deadline) -> Outcome:
        """Fetch a delivery URL into `sink`, without the key.

        A reply other than 200 keeps its body, and leaves the sink alone. An OSError of the sink is passed on.
        """
        if not may_download(url, api=self._origin):
            return Fault(FaultKind.UNUSABLE, f"{redact_url(url)} is no address to download from")
        # None takes a header out that an injected session may have set for all requests.
        headers = {"Accept": "image/*", "User-Agent": _USER_AGENT, "x-key": None}
        response = self._open("GET", url, headers=headers, body=None, deadline=deadline)
        if isinstance(response, Fault):
            return response
        with closing(response):
            if response.status_code != 200:
                return self._reply(response, deadline=deadline)
            return self._pour(response, sink, deadline=deadline)

    def close(self) -> None:
        """Close the session, if it is the client's own."""
        if self._owns_session:
            self._session.close()

    def _api_headers(self) -> dict[str, str | None]:
        return {"Accept": "application/json", "User-Agent": _USER_AGENT, "x-key": self._api_key}

    def _for_one_request(self, deadline: Deadline) -> Deadline:
        span_s = max(_MIN_TIMEOUT_S, min(self._read_timeout_s, deadline.remaining_s))
        return Deadline.after(span_s, clock=self._clock)

    def _exchange(
        self, method: str, url: str, *, headers: Mapping[str, str | None], body: bytes | None, deadline: Deadline
    ) -> Outcome:
        started_s = self._clock.monotonic_s()
        response = self._open(method, url, headers=headers, body=body, deadline=deadline)
        outcome = response if isinstance(response, Fault) else self._closed_reply(response, deadline=deadline)
        came = outcome.reason if isinstance(outcome, Fault) else outcome.status_code
        elapsed_ms = (self._clock.monotonic_s() - started_s) * 1000
        _LOG.debug("%s %s -> %s in %.0f ms", method, redact_url(url), came, elapsed_ms)
        return outcome

    def _open(
        self, method: str, url: str, *, headers: Mapping[str, str | None], body: bytes | None, deadline: Deadline
    ) -> requests.Response | Fault:
        read_timeout_s = max(_MIN_TIMEOUT_S, min(self._read_timeout_s, deadline.remaining_s))
        try:
            response = self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(min(self._connect_timeout_s, read_timeout_s), read_timeout_s),
                allow_redirects=False,
                stream=True,
            )
        except (
            OSError,
            HTTPError,
            ValueError,
        ) as error:  # a RequestException is an OSError, a bad Location a ValueError
            return fault_from(error)
        # Locust's HttpSession does not raise: it returns a response of status 0 that holds the error.
        swallowed: object = getattr(response, "error", None)
        return fault_from(swallowed) if isinstance(swallowed, Exception) else response

    def _closed_reply(self, response: requests.Response, *, deadline: Deadline) -> Reply:
        with closing(response):
            return self._reply(response, deadline=deadline)

    def _reply(self, response: requests.Response, *, deadline: Deadline) -> Reply:
        chunks: list[bytes] = []
        size, is_complete = 0, True
        try:
            for chunk in _pieces(response, deadline=deadline):
                chunks.append(chunk)
                size += len(chunk)
                if size > _MAX_REPLY_BYTES:
                    raise _CutOff(f"the reply is longer than {_MAX_REPLY_BYTES} bytes")
        except (requests.RequestException, HTTPError, _CutOff):
            is_complete = False  # the status came, and says more than no reply would
        body = self._without_key(b"".join(chunks), is_error=response.status_code >= 400)
        return Reply(response.status_code, _lower(response.headers), body, is_complete)

    def _pour(self, response: requests.Response, sink: BinaryIO, *, deadline: Deadline) -> Outcome:
        try:
            for chunk in _pieces(response, deadline=deadline):
                sink.write(chunk)
        except (requests.RequestException, HTTPError, _CutOff) as error:
            return fault_from(error)
        return Reply(200, _lower(response.headers))

    def _without_key(self, body: bytes, *, is_error: bool) -> bytes:
        # A debugging proxy may echo the request's headers; errors carry the body, and must not carry the key.
        key = self._api_key.encode()
        return body.replace(key, b"***") if is_error and len(key) >= 8 else body


class _CutOff(Exception):
    """The client broke off reading."""


def fault_from(error: Exception) -> Fault:
    """Return the fault an exception of the wire stands for; whatever does not prove the contrary may have arrived."""
    kind = FaultKind.LOST
    if _is_never_sent(error):
        kind = FaultKind.NOT_SENT
    elif isinstance(error, _UNUSABLE):
        kind = FaultKind.UNUSABLE
    return Fault(kind, _reason(error), cause=error)


def _is_never_sent(error: BaseException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    return isinstance(_root_cause(error), _NEVER_SENT)


def _root_cause(error: BaseException) -> BaseException:
    """Return the innermost of the exceptions that requests and urllib3 pack into each other's arguments."""
    for _ in range(8):
        inner = getattr(error, "reason", None) or getattr(error, "original_error", None)
        if not isinstance(inner, BaseException):
            inner = error.args[0] if error.args else None
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error


def _reason(error: Exception) -> str:
    # Only names: the text of these exceptions holds whole URLs, and with them the signature of a sample.
    root = _root_cause(error)
    names = [type(error).__name__] + ([type(root).__name__] if type(root) is not type(error) else [])
    return str(error) if isinstance(error, _CutOff) else " from ".join(names)


def _pieces(response: requests.Response, *, deadline: Deadline) -> Iterator[bytes]:
    """Yield the decoded body as it arrives; raise _CutOff at the deadline, which a dripping body would outlast."""
    raw = response.raw
    if not isinstance(raw, urllib3.HTTPResponse) or raw.closed:
        yield response.content  # a transport without a socket has it all at once; a hook may have read it already
        return
    while piece := raw.read1(_CHUNK_BYTES, decode_content=True):
        yield piece
        if deadline.remaining_s <= 0:
            raise _CutOff("the deadline passed while the body was still coming")


def _redirect_target(outcome: Outcome, *, url: str) -> str | None:
    if isinstance(outcome, Fault) or outcome.status_code not in _REDIRECTS:
        return None
    location = outcome.headers.get("location")
    return urljoin(url, location) if location else None


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _origin_of(base_url: str) -> Origin:
    origin = Origin.from_url(base_url)
    assert origin is not None, "base_url was checked by the settings"
    return origin


def _new_session() -> requests.Session:
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_POOL_SIZE))
    return session
