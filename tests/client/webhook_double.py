"""Events as the API sends them, in every form, and a condition whose waiting passes the time of a `FakeClock`."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from io import BytesIO
from types import TracebackType
from typing import Any

from bfl_client.webhooks import WebhookEvent
from tests.client.wire_double import SAMPLE, TASK_ID, FakeClock

SECRET = "s3cret"
SENT_AT = "2025-01-15T10:30:00Z"  # [GUIDE webhook-integration]
SENT_AT_S = 1736937000.0
REASONS = {"Moderation Reasons": ["Derivative Works Filter"]}

# [CONTRACT 8: observed in 2025]
READY_2025 = {
    "task_id": TASK_ID,
    "status": "SUCCESS",
    "progress": 100,
    "result": {"sample": SAMPLE, "prompt": "a red cube", "seed": 42, "task_id": TASK_ID, "width": 256, "height": 256},
    "error": None,
    "cost": 3.0,
    "input_mp": 0.0,
    "output_mp": 0.06,
}
FAILED_2025 = {"task_id": TASK_ID, "status": "FAILED", "progress": 100, "result": None, "error": "no luck"}
# [CONTRACT 8: changed 2026-02-17]
READY_2026 = {"id": TASK_ID, "status": "Ready", "result": {"sample": SAMPLE, "prompt": "a red cube", "seed": 42}}
FAILED_2026 = {"id": TASK_ID, "status": "Error", "error": "generation_timeout"}
MODERATED_2026 = {"id": TASK_ID, "status": "Error", "error": "content_policy_violation", "details": REASONS}
PROGRESS = {"task_id": TASK_ID, "status": "processing", "progress": 25}
# [GUIDE webhook-integration]
READY_GUIDE = {**READY_2026, "timestamp": SENT_AT}
FAILED_GUIDE = {
    "id": TASK_ID,
    "status": "Error",
    "error": "content_policy_violation",
    "message": "Request violates content policy",
    "timestamp": SENT_AT,
}


def bytes_of(document: object) -> bytes:
    """Return JSON as the API writes it: compact."""
    return json.dumps(document, separators=(",", ":")).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    """Return the header's value as the guide makes it."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a delivery."""
    return {"Content-Type": "application/json", "X-BFL-Signature": signature(body, secret)}


def event(status: str = "Ready", *, task_id: str = TASK_ID, progress: float | None = None) -> WebhookEvent:
    """Return an event that was parsed already."""
    result = {"sample": SAMPLE} if status == "Ready" else {}
    return WebhookEvent(task_id=task_id, status=status, progress=progress, result=result)


class PassingTime:
    """A condition for one thread: waiting moves the clock on, at most to the next thing that is to happen."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._happenings: dict[float, Callable[[], object]] = {}
        self.waits: list[float] = []
        self.notified = 0

    def at(self, instant_s: float, happening: Callable[[], object]) -> None:
        """Let something happen at an instant of the clock."""
        self._happenings[instant_s] = happening

    def __enter__(self) -> bool:
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hold nothing."""

    def wait(self, timeout: float | None = None) -> bool:
        """Let time pass until something happens, or until the time is up."""
        assert timeout is not None
        self.waits.append(timeout)
        end_s = self._clock.now_s + timeout
        due = [at_s for at_s in self._happenings if at_s <= end_s]
        self._clock.now_s = min(due, default=end_s)
        if due:
            self._happenings.pop(min(due))()
        return bool(due)

    def notify_all(self) -> None:
        """Count; there is nobody else to wake."""
        self.notified += 1


def environ(body: bytes, *, method: str = "POST", path: str = "/hook", **changes: Any) -> dict[str, Any]:
    """Return what a WSGI server makes of a delivery; a key whose value is None is left out."""
    made = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "HTTP_X_BFL_SIGNATURE": signature(body),
        "wsgi.input": BytesIO(body),
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}
