"""A receiver of webhooks as a WSGI application, for any server that speaks it.

| A request                                          | Answer                                                       |
|----------------------------------------------------|--------------------------------------------------------------|
| an event, signed; new or not                       | 200: any 2xx within 30 s is the end of it  [GUIDE]           |
| not signed with the secret, or older than allowed  | 401                                                          |
| signed and no event, or broken off                 | 400                                                          |
| without a length, or too long                      | 411, 413                                                     |
| another path, another method                       | 404, 405                                                     |
| an event whose handler raised                      | 500: it comes again after 1, 5 and 30 s  [GUIDE]             |
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO

from ._clock import Clock, SystemClock
from ._deduplicator import Deduplicator
from ._errors import WebhookRejected
from ._webhook_event import WebhookEvent
from ._webhook_signature import checked_secret, receive

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger("bfl_client")
# Room for a prompt of 32,000 tokens, written in escapes (ASSUMED to be enough).  [GUIDE: prompts up to 32K tokens]
_MAX_BYTES = 1024 * 1024
_LENGTH = re.compile(r"[0-9]{1,18}")


def wsgi_receiver(
    secret: str,
    on_event: Callable[[WebhookEvent], object],
    *,
    path: str = "/hook",
    max_bytes: int = _MAX_BYTES,
    tolerance_s: float | None = None,
    seen: Deduplicator | None = None,
    clock: Clock | None = None,
) -> WSGIApplication:
    """Return an application that takes deliveries at `path` and calls `on_event` once with each new event.

    `on_event` has to be quick: put the event into an `Inbox` or a queue, and download elsewhere. What it raises is
    logged and answered with 500, so that the event comes again and is new again. Progress is handed on, too, but not
    after the end. `tolerance_s` is that of `verify`; `seen` may be shared by receivers. Raises ConfigurationError.
    """
    checked_secret(secret)
    return _Receiver(
        secret=secret,
        on_event=on_event,
        path=path,
        max_bytes=max_bytes,
        tolerance_s=tolerance_s,
        seen=Deduplicator() if seen is None else seen,
        clock=clock or SystemClock(),
    )


class _Receiver:
    """The application; its state is what it has seen."""

    def __init__(
        self,
        *,
        secret: str,
        on_event: Callable[[WebhookEvent], object],
        path: str,
        max_bytes: int,
        tolerance_s: float | None,
        seen: Deduplicator,
        clock: Clock,
    ) -> None:
        self._secret = secret
        self._on_event = on_event
        self._path = path
        self._max_bytes = max_bytes
        self._tolerance_s = tolerance_s
        self._seen = seen
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status = self._answer(environ)
        headers = [("Content-Type", "text/plain"), ("Content-Length", "0")]
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "POST"))
        start_response(f"{status.value} {status.phrase}", headers)
        return []

    def _answer(self, environ: WSGIEnvironment) -> HTTPStatus:
        if environ.get("PATH_INFO") != self._path:
            return HTTPStatus.NOT_FOUND
        if environ["REQUEST_METHOD"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        try:
            event = self._receive(environ)
        except WebhookRejected as refusal:
            _LOG.warning("A webhook delivery was refused with %s: %s", refusal.status_code, refusal)
            return HTTPStatus(refusal.status_code or HTTPStatus.BAD_REQUEST)
        return self._hand_on(event)

    def _receive(self, environ: WSGIEnvironment) -> WebhookEvent:
        body = read_body(environ, max_bytes=self._max_bytes)
        return receive(body, environ, self._secret, now=self._clock.epoch_s(), tolerance_s=self._tolerance_s)

    def _hand_on(self, event: WebhookEvent) -> HTTPStatus:
        try:
            self._seen.run_once(event, self._on_event)
        except Exception:  # noqa: BLE001 - whatever it is, the sender has to send the event again
            _LOG.exception("The webhook event of task %r could not be handled; it comes again.", event.task_id)
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return HTTPStatus.OK


def read_body(environ: Mapping[str, Any], *, max_bytes: int) -> bytes:
    """Return the body of a request, whole. Raises WebhookRejected if it is too long, has no end, or broke off."""
    length = _length_of(environ, max_bytes=max_bytes)
    try:
        body = _read(environ["wsgi.input"], size=max_bytes + 1 if length is None else length)
    except OSError as error:
        raise _refused(HTTPStatus.BAD_REQUEST, "The connection was lost while the body came.") from error
    if len(body) > max_bytes:
        raise _too_long(f"more than {max_bytes}", max_bytes)
    if length is not None and len(body) < length:
        raise _refused(HTTPStatus.BAD_REQUEST, f"The body broke off after {len(body)} of {length} bytes.")
    return body


def _length_of(environ: Mapping[str, Any], *, max_bytes: int) -> int | None:
    """Return how many bytes will come; None if the server marks their end itself (a body in chunks)."""
    told = environ.get("CONTENT_LENGTH")
    if not told and environ.get("wsgi.input_terminated"):
        return None
    if not told:
        raise _refused(HTTPStatus.LENGTH_REQUIRED, "The delivery has no Content-Length.")
    if not told.isascii() or not told.isdigit():
        raise _refused(HTTPStatus.BAD_REQUEST, f"The Content-Length {told[:20]!r} is no number.")
    if not _LENGTH.fullmatch(told) or int(told) > max_bytes:
        raise _too_long(told[:20], max_bytes)
    return int(told)


def _read(stream: BinaryIO, *, size: int) -> bytes:
    drops: list[bytes] = []
    while size > 0 and (drop := stream.read(size)):
        drops.append(drop)
        size -= len(drop)
    return b"".join(drops)


def _too_long(size: str, max_bytes: int) -> WebhookRejected:
    message = f"The body has {size} bytes; max_bytes allows {max_bytes}. Allow more if your prompts are so long."
    return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)


def _refused(status: HTTPStatus, message: str) -> WebhookRejected:
    return WebhookRejected(message, status_code=status.value)
