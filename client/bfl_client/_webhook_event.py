"""What an event says, whichever form it has: one value, in the words of a poll. Pure.

| Form              | Id                                    | The end         | Before it    |
|-------------------|---------------------------------------|-----------------|--------------|
| before 2026-02-17 | `task_id`                             | SUCCESS, FAILED | `processing` |
| since then        | `id`; before the end `task_id`        | Ready, Error    | `processing` |
| the guide's       | `id`                                  | Ready, Error    | no events    |

The guide's alone has a `timestamp`.  [CONTRACT 8: GUIDE, WH-1..4, WH-NOTES]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from ._errors import WebhookRejected
from ._explain import TERMINAL_FAILURES
from ._policy import IN_PROGRESS, READY
from ._replies import Reply, as_number, moderation_reasons

_BAD_REQUEST = 400
_ERROR, _PENDING = "Error", "Pending"
_MODERATED = frozenset({"Request Moderated", "Content Moderated"})
_MODERATION_CODE = "content_policy_violation"  # the guide's dialect has no status for moderation  [GUIDE]
_ENDS = TERMINAL_FAILURES | {READY}
# Found in any letter case (ASSUMED), because the words changed theirs once before.
_WORDS: Mapping[str, str] = MappingProxyType(
    {word.casefold(): word for word in _ENDS | IN_PROGRESS}
    | {"success": READY, "failed": _ERROR, "processing": _PENDING}  # [CONTRACT 8: WH-1..4]
)
_NAMES_OF_JSON: Mapping[type, str] = MappingProxyType(
    {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a truth value", type(None): "null"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """One event of a task.

    `status` is the word that a poll would show: "Ready" for SUCCESS, "Error" for FAILED, "Pending" for `processing`;
    an unknown word stays as it came. `progress` counts to 100 [WH-1..4] (that of a poll to 1). `cost` is in credits,
    where the event has it. `timestamp` knows its zone; only the guide's form has one. `fields` is the whole event.
    """

    task_id: str
    status: str
    progress: float | None = None
    cost: float | None = None
    result: Mapping[str, object] = field(default_factory=dict, repr=False)
    reasons: tuple[str, ...] = ()
    timestamp: datetime | None = None
    fields: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def sample(self) -> str | None:
        """The signed URL of the picture, if there is one; it dies ten minutes after it was signed [GUIDE]."""
        sample = self.result.get("sample")
        return sample if isinstance(sample, str) and sample else None

    @property
    def is_final(self) -> bool:
        """Tell whether the task has ended.

        An unknown word with a picture is an end, too (ASSUMED: a receiver that waits for a word that was changed would
        lose a task that is paid for).
        """
        return self.status in _ENDS or (self.status not in IN_PROGRESS and self.sample is not None)

    @property
    def is_moderated(self) -> bool:
        """Tell whether moderation refused the task; `reasons` may be empty, as the guide's form names none."""
        return self.status in _MODERATED or self.fields.get("error") == _MODERATION_CODE

    @property
    def error(self) -> str | None:
        """What the event says of a failure: its `error` and `message` in one line; None if it says nothing."""
        parts = (self.fields.get(key) for key in ("error", "message"))
        return ": ".join(str(part) for part in parts if part) or None


def parse_event(body: bytes) -> WebhookEvent:
    """Return the event that these bytes hold; verify them first. Raises WebhookRejected if they hold none."""
    document = read_document(body)
    task_id = _task_id(document)
    if task_id is None:
        raise _unreadable("it has neither id nor task_id, so it is not known which task it tells of")
    result = document.get("result")
    return WebhookEvent(
        task_id=task_id,
        status=_status(document.get("status")),
        progress=as_number(document.get("progress")),
        cost=as_number(document.get("cost")),
        result=result if isinstance(result, dict) else {},
        reasons=moderation_reasons(document),
        timestamp=_instant(document.get("timestamp")),
        fields=document,
    )


def as_poll(event: WebhookEvent) -> Reply:
    """Return what a poll would have answered that shows what the event tells."""
    status = event.status if event.status in _ENDS or event.sample is None else READY
    body = {**event.fields, "id": event.task_id, "status": status, "result": dict(event.result)}
    return Reply(200, {}, json.dumps(body).encode())


def read_document(body: bytes) -> Mapping[str, object]:
    """Return the JSON object that these bytes are. Raises WebhookRejected if they are none."""
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unreadable("it is empty" if not body else "it is no JSON") from error
    if not isinstance(document, dict):
        raise _unreadable(f"it is {_NAMES_OF_JSON[type(document)]}, not a JSON object")
    return document


def _task_id(document: Mapping[str, object]) -> str | None:
    ids = (document.get(key) for key in ("id", "task_id"))
    return next((each for each in ids if isinstance(each, str) and each), None)


def _status(word: object) -> str:
    return _WORDS.get(word.casefold(), word) if isinstance(word, str) else ""


def _instant(text: object) -> datetime | None:
    # Whatever is no ISO 8601 counts as none: a form that is not known must not lose an event.
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return instant if instant is None or instant.tzinfo else instant.replace(tzinfo=UTC)


def _unreadable(why: str) -> WebhookRejected:
    message = f"The body of the delivery is no event: {why}. If it is signed, look at what the sender sends."
    return WebhookRejected(message, status_code=_BAD_REQUEST)
