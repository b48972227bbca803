"""What a client saw, as frozen values: the oracle judges these and nothing else.

An instant is uncertain: the target decided somewhere between `sent_at_ms` and `received_at_ms`, both on the target's
own clock. With a frozen clock the two are equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Document: TypeAlias = Mapping[str, Json]

_EXCERPT_CHARS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer. Header names are lower case; `document` is the body's JSON object, `{}` when it is none."""

    sent_at_ms: int
    received_at_ms: int
    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    document: Document = field(default_factory=dict)

    def excerpt(self) -> str:
        """Return the start of the body as text, for a person."""
        text = self.body.decode("utf-8", "replace")
        return text if len(text) <= _EXCERPT_CHARS else f"{text[:_EXCERPT_CHARS]}…"

    @property
    def content_type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip()


def document_of(body: bytes) -> Document:
    """Return the JSON object in `body`; `{}` when it holds anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """An accepted submission. `faults` names the fields that the sender knows to be invalid."""

    reply: Reply
    key: str
    model: str
    request: Document
    faults: tuple[str, ...] = ()

    @property
    def task_id(self) -> str:
        """The id of the new task; empty when the reply names none."""
        return text_of(self.reply.document.get("id"))

    @property
    def polling_url(self) -> str:
        """Where the task is polled; empty when the reply does not say."""
        return text_of(self.reply.document.get("polling_url"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that was not served. `what` names the use: submission, poll, look at credits, request."""

    reply: Reply
    key: str
    what: str
    model: str = ""
    request: Document = field(default_factory=dict)
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A look at a task that came back with a status word, whatever the HTTP status."""

    reply: Reply
    key: str
    task_id: str

    @property
    def status(self) -> str:
        """The status word."""
        return text_of(self.reply.document.get("status"))

    @property
    def result(self) -> Document:
        """The result; `{}` when there is none."""
        value = self.reply.document.get("result")
        return value if isinstance(value, dict) else {}

    @property
    def sample(self) -> str:
        """The URL of the picture; empty when there is none."""
        return text_of(self.result.get("sample"))

    @property
    def progress(self) -> float | None:
        """The progress as it came, a fraction or a percentage; None when null or absent."""
        return number_of(self.reply.document.get("progress"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A download of `url`, the sample of a task; `is_forged` when the client changed the URL's signature."""

    reply: Reply
    task_id: str
    url: str
    is_forged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditsSeen:
    """A look at the balance of the account behind `key`."""

    reply: Reply
    key: str

    @property
    def credits(self) -> float | None:
        """The balance in credits; None when the reply holds no number."""
        return number_of(self.reply.document.get("credits"))


Observation: TypeAlias = Submitted | Refused | Polled | Sampled | CreditsSeen


def text_of(value: Json) -> str:
    """Return `value` when it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def number_of(value: Json) -> float | None:
    """Return `value` when it is a number (a boolean is none)."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def expiry_of(url: str) -> int | None:
    """Return the instant in the query parameter `se` in milliseconds; None when it is absent or unreadable."""
    values = parse_qs(urlsplit(url).query).get("se", [])
    try:
        return round(datetime.fromisoformat(values[0]).timestamp() * 1000)
    except (IndexError, ValueError):
        return None
