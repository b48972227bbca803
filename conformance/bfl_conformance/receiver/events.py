"""The deliveries that a receiver may get, as bytes and headers; written from the contract's facts alone."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Literal
from uuid import UUID

from mock_bfl.contract import webhooks
from mock_bfl.contract.webhooks import FORM_2025, FORM_2026, FORM_GUIDE, EventForm

FormName = Literal["2025", "2026", "guide"]
FORMS: Mapping[FormName, EventForm] = {"2025": FORM_2025, "2026": FORM_2026, "guide": FORM_GUIDE}


@dataclass(frozen=True, slots=True)
class Posted:
    """One POST to a receiver: the exact bytes, and the headers beside Content-Type."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_header(self, name: str, value: str | None) -> Posted:
        """Return the same delivery with another header of that name; None: without it."""
        kept = {known: text for known, text in self.headers.items() if known.lower() != name.lower()}
        return replace(self, headers=kept if value is None else {**kept, name: value})

    def with_body(self, body: bytes) -> Posted:
        """Return other bytes under the same headers, the signature included."""
        return replace(self, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Writes events in one form. `task_id` None: a task of its own for each event, drawn from `rng`.

    `now` is the instant from which an event's age counts.
    """

    form: EventForm
    now: datetime
    rng: Random
    task_id: str | None = None
    has_timestamp: bool = False

    def ready(self, *, age_s: float = 0) -> dict[str, Any]:
        """Return the event of a task that ended Ready `age_s` ago."""
        result = {"sample": "https://delivery.example/results/sample.jpeg", "prompt": "a red cube", "seed": 42}
        return self._event(self.form.ready, {"result": result}, age_s=age_s)

    def failed(self, code: str = "generation_timeout") -> dict[str, Any]:
        """Return the event of a task that failed."""
        return self._event(self.form.failed, {"error": code, "message": "The task has failed"}, age_s=0)

    def moderated(self) -> dict[str, Any]:
        """Return the event of a task that was moderated."""
        return self.failed(webhooks.MODERATED.value)

    def progress(self) -> dict[str, Any]:
        """Return an event before the end."""
        half = webhooks.PROGRESS_IS_PERCENT.value // 2
        return {self.form.progress_id_key: self._id(), "status": self.form.progress_status, "progress": half}

    def _event(self, status: str, more: Mapping[str, Any], *, age_s: float) -> dict[str, Any]:
        event = {self.form.id_key: self._id(), "status": status, **more}
        if not self.has_timestamp:
            return event
        at = self.now - timedelta(seconds=age_s)
        return {**event, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _id(self) -> str:
        return self.task_id or str(UUID(int=self.rng.getrandbits(128), version=4))


def compact(event: Mapping[str, Any]) -> bytes:
    """Return an event as the API writes JSON: no blanks."""
    return json.dumps(event, separators=(",", ":")).encode()


def spaced(event: Mapping[str, Any]) -> bytes:
    """Return the same event in other bytes: keys in another order, indented, its letters escaped."""
    text = json.dumps(dict(reversed(list(event.items()))), indent=2)
    return text.replace("red", "\\u0072ed").encode()


def signature(body: bytes, secret: str) -> str:
    """Return the value of the signature header over exactly these bytes.  [GUIDE webhook-integration]"""
    return webhooks.SIGNATURE_PREFIX.value + hmac.new(secret.encode(), body, sha256).hexdigest()


def signed(body: bytes, secret: str, *, over: bytes | None = None) -> Posted:
    """Return a delivery whose signature is that of `over`, or of the body itself."""
    value = signature(body if over is None else over, secret)
    return Posted(body, {webhooks.SIGNATURE.value: value})
