"""What comes back from the wire, as values, and how to read it: both dialects' errors, tickets and poll bodies."""

from __future__ import annotations

import enum
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

_MAX_TEXT = 300
_MAX_FAULTS_SHOWN = 8
# Capitals and a blank, as recorded.  [CONTRACT 3.4]
_REASONS_KEY = "Moderation Reasons"
_SALVAGE = re.compile(r'"(id|polling_url)":\s?"([^"\\]+)"')


class FaultKind(enum.Enum):
    """How far a request got that has no reply."""

    NOT_SENT = "not sent"  # the connection was never made: certainly not accepted
    LOST = "lost"  # it may have arrived
    UNUSABLE = "unusable"  # the URL may not or cannot be asked; trying again changes nothing


@dataclass(frozen=True, slots=True)
class Fault:
    """An exchange without a reply."""

    kind: FaultKind
    reason: str
    cause: Exception | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An exchange with a reply. Header names are lower-case; `is_complete` is false if the body broke off."""

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    is_complete: bool = True

    @property
    def json(self) -> object:
        """The parsed body; None if it is not JSON."""
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return parsed

    @property
    def mapping(self) -> Mapping[str, object]:
        """The parsed body if it is a JSON object, else an empty one."""
        parsed = self.json
        return parsed if isinstance(parsed, dict) else {}

    @property
    def text(self) -> str:
        """The body as text, undecodable bytes replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def content(self) -> object:
        """The parsed body, or its text if it is not JSON: what errors carry as `body`."""
        parsed = self.json
        return self.text if parsed is None else parsed


Outcome = Reply | Fault


def cause_of(outcome: Outcome) -> Exception | None:
    """Return the exception behind an outcome, to raise another one from."""
    return outcome.cause if isinstance(outcome, Fault) else None


@dataclass(frozen=True, slots=True)
class Ticket:
    """An accepted task, as the submit reply has it: cost in credits, sizes in megapixels, None where that has null."""

    id: str
    polling_url: str
    cost: float | None = None
    input_mp: float | None = None
    output_mp: float | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A task as one poll showed it."""

    status: str
    progress: float | None = None
    cost: float | None = None
    result: Mapping[str, object] = field(default_factory=dict, repr=False)
    reasons: tuple[str, ...] = ()

    @property
    def sample(self) -> str | None:
        """The signed URL of the picture, if there is one."""
        sample = self.result.get("sample")
        return sample if isinstance(sample, str) and sample else None


def read_ticket(reply: Reply, *, fallback_url: str) -> Ticket | None:
    """Return the accepted task of a submit reply, None if it names none.

    `fallback_url` is the API's get_result URL without the id: a submit with webhook_url has no polling_url [OAS].
    """
    body = reply.mapping
    task_id, polling_url = body.get("id"), body.get("polling_url")
    if not isinstance(task_id, str) or not task_id:
        return None
    return Ticket(
        id=task_id,
        polling_url=polling_url
        if isinstance(polling_url, str) and polling_url
        else fallback_url + quote(task_id, safe=""),
        cost=as_number(body.get("cost")),
        input_mp=as_number(body.get("input_mp")),
        output_mp=as_number(body.get("output_mp")),
    )


def salvage(reply: Reply) -> Mapping[str, str]:
    """Return `id` and `polling_url` out of a body that broke off, as far as they are whole."""
    return {match[1]: match[2] for match in _SALVAGE.finditer(reply.text)}


def read_snapshot(reply: Reply) -> Snapshot | None:
    """Return what a poll reply says, None if it says no status."""
    body = reply.mapping
    status, result = body.get("status"), body.get("result")
    if not isinstance(status, str):
        return None
    return Snapshot(
        status=status,
        progress=as_number(body.get("progress")),
        cost=as_number(body.get("cost")),
        result=result if isinstance(result, dict) else {},
        reasons=moderation_reasons(body),
    )


def moderation_reasons(body: Mapping[str, object]) -> tuple[str, ...]:
    """Return why moderation refused a task: the list under details, or a plain string (FLUX 3) [VERCEL]."""
    details = body.get("details")
    if isinstance(details, str) and details:
        return (details,)
    reasons = details.get(_REASONS_KEY) if isinstance(details, dict) else None
    if isinstance(reasons, str):
        return (reasons,)
    return tuple(str(reason) for reason in reasons) if isinstance(reasons, list) else ()


def error_code(reply: Reply) -> str | None:
    """Return the guide's error code, such as "content_policy_violation"; None in the other dialect."""
    code = reply.mapping.get("error")
    return code if isinstance(code, str) else None


def error_text(reply: Reply) -> str:
    """Return what an error body says to a person, whichever dialect it speaks.

    `{"detail": "..."}` and `{"detail": [{loc, msg, ...}]}` are the API's [CASS; LIVE-UPS], `{"error", "message",
    "details"}` is the guide's [GUIDE]; anything else is shown as text, shortened.
    """
    body = reply.mapping
    detail = body.get("detail")
    if isinstance(detail, list):
        return _shortened("; ".join(_fault_text(fault) for fault in detail[:_MAX_FAULTS_SHOWN]))
    if detail is not None:
        return _shortened(str(detail))
    parts = [str(body[key]) for key in ("error", "message") if body.get(key)]
    details = _details_text(body.get("details"))
    if parts or details:
        return _shortened(": ".join(parts) + (f" ({details})" if parts and details else details))
    return _shortened(" ".join(reply.text.split())) or "an empty body"


def as_number(value: object) -> float | None:
    """Return a JSON number as a finite float, None for anything else (a bool is not a number)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _fault_text(fault: object) -> str:
    if not isinstance(fault, dict):
        return str(fault)
    loc = fault.get("loc")
    where = ".".join(str(part) for part in loc if part != "body") if isinstance(loc, list) else ""
    message = str(fault.get("msg", fault))
    return f"{where}: {message}" if where else message


def _details_text(details: object) -> str:
    if isinstance(details, dict):
        return "; ".join(f"{name}: {_listed(value)}" for name, value in details.items())
    return str(details) if details else ""


def _listed(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 3] + "..."
