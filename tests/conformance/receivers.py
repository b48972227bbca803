"""Webhook receivers: a good one, and one with each mistake. They know the scheme of the guide, nothing of ours."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Flask, request

SECRET = "a-webhook-secret"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
_STALE_S = 300

Verify = Callable[[bytes, str], bool]
Handle = Callable[["Seen", bytes], int]


@dataclass
class Seen:
    """What a receiver remembers."""

    ids: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(body: bytes, given: str) -> bool:
    return hmac.compare_digest(signature(body).encode(), given.encode("utf-8", "replace"))


def handle(seen: Seen, body: bytes) -> int:
    try:
        event = json.loads(body)
    except ValueError:
        return 400
    if not isinstance(event, dict):
        return 400
    if "timestamp" in event and (NOW - datetime.fromisoformat(event["timestamp"])).total_seconds() > _STALE_S:
        return 409
    with seen.lock:
        seen.ids.add(event.get("id") or event["task_id"])
    return 200


def receiver(*, verify: Verify = verify, handle: Handle = handle) -> Flask:
    """Return a receiver at `/hook`; a mistake is another `verify` or `handle`."""
    app, seen = Flask("receiver"), Seen()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.logger.disabled = True

    @app.post("/hook")
    def hook() -> tuple[str, int]:
        body = request.get_data()
        if not verify(body, request.headers.get("X-BFL-Signature", "")):
            return "", 401
        return "", handle(seen, body)

    return app


# The mistakes, each in a few lines.


def accepts_all(body: bytes, given: str) -> bool:
    return True


def accepts_the_unsigned(body: bytes, given: str) -> bool:
    return not given or verify(body, given)


def looks_at_the_presence_only(body: bytes, given: str) -> bool:
    return given.startswith("sha256=") and len(given) == len(signature(b""))


def verifies_reserialised(body: bytes, given: str) -> bool:
    try:
        body = json.dumps(json.loads(body), separators=(",", ":")).encode()
    except ValueError:
        return False
    return verify(body, given)


def compares_a_beginning(body: bytes, given: str) -> bool:
    return bool(given) and signature(body).startswith(given)


def accepts_either_spelling(body: bytes, given: str) -> bool:
    """Verifies the raw bytes, and where that fails their re-serialised JSON."""
    return verify(body, given) or verifies_reserialised(body, given)


def crashes_on_an_odd_signature(body: bytes, given: str) -> bool:
    return hmac.compare_digest(signature(body), given)


def refuses_all(seen: Seen, body: bytes) -> int:
    return 404


def redirects(seen: Seen, body: bytes) -> int:
    return 302


def refuses_duplicates(seen: Seen, body: bytes) -> int:
    event_id = json.loads(body).get("id", "")
    with seen.lock:
        if event_id in seen.ids:
            return 409
        seen.ids.add(event_id)
    return 200


def is_one_at_a_time(seen: Seen, body: bytes) -> int:
    if not seen.lock.acquire(blocking=False):
        return 503
    try:
        threading.Event().wait(0.3)
        return 200
    finally:
        seen.lock.release()


def is_strict_about_age(seen: Seen, body: bytes) -> int:
    event = json.loads(body)
    age = NOW - datetime.fromisoformat(event.get("timestamp", NOW.isoformat()))
    return 409 if age.total_seconds() > 10 else 200


def takes_any_age(seen: Seen, body: bytes) -> int:
    json.loads(body)
    return 200


def refuses_progress(seen: Seen, body: bytes) -> int:
    return 400 if json.loads(body)["status"] == "processing" else 200


def refuses_failures(seen: Seen, body: bytes) -> int:
    return 200 if json.loads(body)["status"] in {"Ready", "processing"} else 400


def refuses_moderation(seen: Seen, body: bytes) -> int:
    return 400 if json.loads(body).get("error") == "content_policy_violation" else 200


def refuses_unknown_fields(seen: Seen, body: bytes) -> int:
    known = {"id", "status", "result", "error", "message", "timestamp", "progress"}
    return 200 if set(json.loads(body)) <= known else 422


def crashes_on_what_is_no_json(seen: Seen, body: bytes) -> int:
    return 200 if json.loads(body) else 400
