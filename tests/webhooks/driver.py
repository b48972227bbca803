"""Verbs for the tests of webhooks: an engine and its courier over a sender that answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from mock_bfl.clock import Clock, ManualClock
from mock_bfl.contract import LIVE, Dialect
from mock_bfl.core.outgoing import Outgoing
from mock_bfl.core.reply import Reply
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.webhook import Delivery
from mock_bfl.courier import Answer, Courier
from mock_bfl.engine import Call, Engine, account_of
from mock_bfl.store import MemoryStore

START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ORIGIN = "http://mock.test"
HOOK = "http://127.0.0.1:9/hook"
SECRET = "s3cret"
KEY = "a-key"
ACCOUNT = account_of(KEY)


class ScriptedSender:
    """Answers with the statuses it was given, the last one for ever; keeps what was sent. None: no answer."""

    def __init__(self, *statuses: int | None) -> None:
        self._statuses = list(statuses) or [200]
        self._lock = threading.Lock()
        self.answer_within_s = 30.0
        self.sent: list[Outgoing] = []
        self.meanwhile: Callable[[Outgoing], None] = lambda outgoing: None

    def send(self, outgoing: Outgoing) -> Answer:
        with self._lock:
            self.sent.append(outgoing)
            status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        self.meanwhile(outgoing)
        return Answer(error="no answer") if status is None else Answer(status=status)

    @property
    def events(self) -> list[Any]:
        """The JSON of what was sent."""
        with self._lock:
            return [json.loads(outgoing.body) for outgoing in self.sent]


class Bench:
    """A mock whose webhooks go to a sender of ours."""

    def __init__(
        self,
        sender: ScriptedSender | None = None,
        *,
        dialect: Dialect = LIVE,
        clock: Clock | None = None,
        store: MemoryStore | None = None,
        is_frozen: bool = True,
    ) -> None:
        self.sender = sender or ScriptedSender()
        self.clock = clock or ManualClock(START_MS)
        self.store = store or MemoryStore(Timeline(START_MS, START_MS))
        self.courier = Courier(self.store, self.clock, dialect=dialect, sender=self.sender)
        self.engine = Engine(dialect=dialect, clock=self.clock, store=self.store, dispatcher=self.courier)
        if is_frozen:
            self.engine.control.freeze(None)

    def submit(
        self, prompt: str = "a [mock: after=4s]", *, key: str = KEY, url: str = HOOK, slug: str = "flux-2-pro"
    ) -> Reply:
        """Submit a task with a webhook."""
        fields = {"prompt": prompt, "webhook_url": url, "webhook_secret": SECRET, "width": 256, "height": 256}
        path = f"/v1/{slug}"
        call = Call(
            method="POST",
            path=path,
            origin=ORIGIN,
            key=key,
            content_type="application/json",
            body=json.dumps(fields).encode(),
        )
        return self.engine.generation.submit(slug, call)

    def poll(self, task_id: str) -> Any:
        """Poll a task and return the JSON."""
        call = Call(method="GET", path="/v1/get_result", origin=ORIGIN, query={"id": task_id})
        return json.loads(self.engine.generation.result(call).body)

    def advance(self, seconds: float, *, key: str | None = None) -> None:
        """Move time."""
        account = None if key is None else account_of(key)
        self.engine.control.advance(account, ms=round(seconds * 1000))

    def now_ms(self, account: str | None = None) -> int:
        """What the clock shows."""
        return self.engine.control.clock(account).now_ms

    def deliveries(self, account: str | None = None) -> Sequence[Delivery]:
        """All deliveries."""
        return [logged.delivery for logged in self.engine.webhooks.log(account)]

    def seconds_of_attempts(self) -> list[list[float]]:
        """For each delivery the instants of its attempts, in seconds since the start."""
        return [[(made.at_ms - START_MS) / 1000 for made in row.attempts] for row in self.deliveries()]
