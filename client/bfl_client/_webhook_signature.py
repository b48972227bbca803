"""Whether a delivery comes from who knows the secret: HMAC-SHA256 over the raw body, compared in constant time.

The header is `X-BFL-Signature: sha256=<hexadecimal digits>`; it comes only if the submit had a `webhook_secret`.
[GUIDE webhook-integration]
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from typing import Protocol

from ._clock import SystemClock
from ._errors import ConfigurationError, WebhookRejected
from ._webhook_event import WebhookEvent, parse_event

_UNAUTHORIZED = 401
_HEADER = "X-BFL-Signature"
_SPELLINGS = frozenset({_HEADER.lower(), "http_x_bfl_signature"})  # the second as WSGI and CGI have it
_FORM = re.compile(r"sha256=([0-9a-fA-F]{64})")  # capitals are the same number (ASSUMED to be allowed)


class Headers(Protocol):
    """The headers of any framework, or a WSGI environ: whatever has names and values."""

    def items(self) -> Iterable[tuple[object, object]]:
        """Return the pairs."""
        ...


def receive(
    body: bytes, headers: Headers, secret: str, *, now: float | None = None, tolerance_s: float | None = None
) -> WebhookEvent:
    """Return the event of a delivery that is signed with the secret; the arguments are those of `verify`.

    Answer a WebhookRejected with its `status_code`.
    """
    verify(body, headers, secret, now=now, tolerance_s=tolerance_s)
    return parse_event(body)


def verify(
    body: bytes, headers: Headers, secret: str, *, now: float | None = None, tolerance_s: float | None = None
) -> None:
    """Return if the raw `body` is signed with the secret that the submit had as `webhook_secret`.

    `body` is what came, before anything parsed it. With `tolerance_s`, an event whose `timestamp` is older is refused:
    the guide's form alone has one. Retries come up to 36 s later [GUIDE], each after an attempt of up to 30 s. `now` is
    the Unix time, by default the machine's. Raises WebhookRejected, or ConfigurationError for a secret that is none.
    """
    expected = hmac.digest(checked_secret(secret), body, "sha256")
    if not hmac.compare_digest(expected, _signature_in(headers)):
        raise _rejected(
            f"The {_HEADER} does not fit the body: it was made with another secret, or the body is not what was sent. "
            "Give the secret that the submit had as webhook_secret, and the raw bytes, before anything parses them."
        )
    if tolerance_s is not None:
        _check_age(body, now=SystemClock().epoch_s() if now is None else now, tolerance_s=tolerance_s)


def checked_secret(secret: str) -> bytes:
    """Return the secret as bytes. Raises ConfigurationError if it is empty or cannot be written in UTF-8."""
    if not secret:
        raise ConfigurationError(
            "The webhook secret is empty, so anybody could sign. Give the one that the submit had as webhook_secret."
        )
    try:
        return secret.encode()
    except UnicodeEncodeError:  # its own message would show a part of the secret
        raise ConfigurationError("The webhook secret holds what is no text and cannot have been sent.") from None


def _signature_in(headers: Headers) -> bytes:
    values = [_text(value) for name, value in headers.items() if _text(name).lower() in _SPELLINGS]
    if not values:
        raise _rejected(
            f"The delivery has no {_HEADER} header, so anybody may have sent it. Events are signed only if the submit "
            "had a webhook_secret; if it had, see whether a proxy drops the header."
        )
    if len(values) > 1:
        raise _rejected(f"The {_HEADER} header comes {len(values)} times; the API sends one. See what your proxy adds.")
    found = _FORM.fullmatch(values[0].strip())
    if found is None:
        raise _rejected(
            f"The {_HEADER} header is not `sha256=` and 64 hexadecimal digits, but {len(values[0])} characters of "
            "another form. The API does not sign so; see whether a proxy changes the header."
        )
    return bytes.fromhex(found[1])


def _text(name_or_value: object) -> str:
    return name_or_value.decode("latin-1") if isinstance(name_or_value, bytes) else str(name_or_value)


def _check_age(body: bytes, *, now: float, tolerance_s: float) -> None:
    try:
        event = parse_event(body)
    except WebhookRejected:
        return  # whether it is an event is not asked here
    age_s = 0.0 if event.timestamp is None else now - event.timestamp.timestamp()
    if age_s > tolerance_s:
        error = _rejected(
            f"The event is {age_s:.0f} s old, more than the {tolerance_s:g} s of tolerance_s: it comes late, or "
            "somebody repeats it. If new events are refused, set the clock of this machine."
        )
        error.task_id = event.task_id
        raise error


def _rejected(message: str) -> WebhookRejected:
    return WebhookRejected(message, status_code=_UNAUTHORIZED)
