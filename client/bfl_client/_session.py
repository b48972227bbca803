"""The wire: one `requests.Session`, asked so that the key stays where it belongs and no exchange outlives its time."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import BinaryIO

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ._clock import Clock, Deadline
from ._effects import Effect, Fetch, Listen, Pause, Send
from ._inbox import Inbox
from ._replies import Fault, FaultKind, Outcome, Reply
from ._transport import (
    CHUNK_BYTES,
    CONNECT_TIMEOUT_S,
    DELIVERY_HEADERS,
    MIN_TIMEOUT_S,
    CutOff,
    ReplyBody,
    api_headers,
    check_time,
    key_withheld,
    log_exchange,
    lower,
    reason_of,
    reply_from,
)
from ._urls import Origin, may_receive_key

_POOL_SIZE = 32  # above the 24 tasks that can be active  [HELP-CONC]
# A certificate is checked before the request is sent.
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
_UNUSABLE = (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)


class Wire:
    """Sends requests and returns what came of them as values; it raises nothing of the wire and never tries again.

    An injected `session` is used as it is and not closed; it may be a subclass that takes further arguments, such as
    Locust's HttpSession, or have a transport adapter mounted. Its adapters must not retry POST requests by themselves.
    """

    def __init__(
        self,
        *,
        session: requests.Session | None,
        api_key: str,
        api: Origin,
        clock: Clock,
        inbox: Inbox | None = None,
    ) -> None:
        self._session = session if session is not None else _new_session()
        self._owns_session = session is None
        self._api_key = api_key
        self._api = api
        self._clock = clock
        self._inbox = inbox

    def __repr__(self) -> str:
        return f"Wire(api={self._api.host!r})"

    def perform(self, effect: Effect) -> object:
        """Do what a flow asks for."""
        match effect:
            case Send():
                return self.send(effect)
            case Fetch():
                return self.fetch(effect)
            case Pause(seconds):
                self._clock.sleep(seconds)
                return None
            case Listen(task_id, seconds):
                return None if self._inbox is None else self._inbox.wait(task_id, timeout_s=seconds)

    def send(self, effect: Send) -> Outcome:
        """Send a request with the key, if its host may see that."""
        if not may_receive_key(effect.url, api=self._api):
            return key_withheld(effect.url)
        started_s = self._clock.monotonic_s()
        headers = api_headers(self._api_key, has_body=effect.body is not None)
        response = self._open(effect.method, effect.url, headers=headers, body=effect.body, deadline=effect.deadline)
        outcome = response if isinstance(response, Fault) else self._closed_reply(response, deadline=effect.deadline)
        log_exchange(effect, outcome, elapsed_s=self._clock.monotonic_s() - started_s)
        return outcome

    def fetch(self, effect: Fetch) -> Outcome:
        """Pour a picture into its file."""
        with effect.partial.open("wb") as sink:
            # None takes a header out that an injected session may have set for all requests.
            headers = {**DELIVERY_HEADERS, "x-key": None}
            response = self._open("GET", effect.url, headers=headers, body=None, deadline=effect.deadline)
            if isinstance(response, Fault):
                return response
            with closing(response):
                if response.status_code != 200:
                    return self._reply(response, deadline=effect.deadline)
                return _pour(response, sink, deadline=effect.deadline)

    def close(self) -> None:
        """Close the session, if it is the client's own."""
        if self._owns_session:
            self._session.close()

    def _open(
        self, method: str, url: str, *, headers: Mapping[str, str | None], body: bytes | None, deadline: Deadline
    ) -> requests.Response | Fault:
        read_timeout_s = max(MIN_TIMEOUT_S, deadline.remaining_s)
        try:
            response = self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(min(CONNECT_TIMEOUT_S, read_timeout_s), read_timeout_s),
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
        body, is_complete = ReplyBody(), True
        try:
            for chunk in _pieces(response, deadline=deadline):
                body.add(chunk)
        except (requests.RequestException, HTTPError, CutOff):
            is_complete = False  # the status came, and says more than no reply would
        return reply_from(
            response.status_code, response.headers, body.content, is_complete=is_complete, api_key=self._api_key
        )


def _pour(response: requests.Response, sink: BinaryIO, *, deadline: Deadline) -> Outcome:
    try:
        for chunk in _pieces(response, deadline=deadline):
            sink.write(chunk)
    except (requests.RequestException, HTTPError, CutOff) as error:
        return fault_from(error)
    sink.flush()
    os.fsync(sink.fileno())  # so that a crash after the rename leaves a picture, not an empty name
    return Reply(200, lower(response.headers))


def fault_from(error: Exception) -> Fault:
    """Return the fault an exception of the wire stands for; whatever does not prove the contrary may have arrived."""
    kind = FaultKind.LOST
    if _is_never_sent(error):
        kind = FaultKind.NOT_SENT
    elif isinstance(error, _UNUSABLE):
        kind = FaultKind.UNUSABLE
    return Fault(kind, reason_of(error, root=_root_cause(error)), cause=error)


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


def _pieces(response: requests.Response, *, deadline: Deadline) -> Iterator[bytes]:
    """Yield the decoded body as it arrives; raise CutOff at the deadline, which a dripping body would outlast."""
    raw = response.raw
    if not isinstance(raw, urllib3.HTTPResponse) or raw.closed:
        yield response.content  # a transport without a socket has it all at once; a hook may have read it already
        return
    while piece := raw.read1(CHUNK_BYTES, decode_content=True):
        yield piece
        check_time(deadline)


def _new_session() -> requests.Session:
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_POOL_SIZE))
    return session
