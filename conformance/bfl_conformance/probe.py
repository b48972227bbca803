"""A client that asks, keeps what it saw, and has the oracle judge each answer as it comes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

from mock_bfl.contract import endpoints, statuses

from .errors import Inconclusive, UnexpectedRefusal
from .expect import Expectations
from .observation import CreditsSeen, Document, Observation, Polled, Refused, Reply, Sampled, Submitted
from .oracle import judge
from .target import Target
from .timeline import describe
from .verdict import Violation

Seen = TypeVar("Seen", Submitted, Polled, CreditsSeen)

_LONGEST_TASK_S = 900.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0


class Probe:
    """Asks one target, from a fresh start. `history` is all it saw, `violations` all that broke a law.

    A key goes by its label; the label "" sends none.
    """

    def __init__(self, target: Target, *, expectations: Expectations) -> None:
        self.target = target
        self.expectations = expectations
        self.history: list[Observation] = []
        self.violations: list[Violation] = []
        target.renew()

    def send(
        self,
        method: str,
        path: str,
        *,
        key: str = "A",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request as it is, and return the answer unjudged. `path` may be a whole URL."""
        url = path if "://" in path else self.target.base_url + path
        sent = {"x-key": self.target.keys[key]} if key else {}
        kind = {"Content-Type": "application/json"} if body is not None else {}
        return self.target.request(method, url, headers={**sent, **kind, **(headers or {})}, body=body)

    def submit(
        self, model: str, body: Document, *, key: str = "A", faults: tuple[str, ...] = ()
    ) -> Submitted | Refused:
        """Submit a body; `faults` names the fields that are invalid on purpose."""
        reply = self.send("POST", f"/v1/{model}", key=key, body=json.dumps(body).encode())
        if reply.status_code == 200:
            accepted = Submitted(reply=reply, key=key, model=model, request=body, faults=faults)
            self._see(accepted)
            return accepted
        refused = Refused(reply=reply, key=key, what="submission", model=model, request=body, faults=faults)
        self._see(refused)
        return refused

    def accepted(self, model: str, body: Document, *, key: str = "A") -> Submitted:
        """Submit a valid body. Raises UnexpectedRefusal when it is not accepted."""
        return _or_raise(self.submit(model, body, key=key))

    def look(self, task: Submitted, *, key: str | None = None) -> Polled | Refused:
        """Poll a task once, at the URL that its submission named."""
        key = task.key if key is None else key
        url = task.polling_url or f"{endpoints.GET_RESULT.path}?id={quote(task.task_id, safe='')}"
        return self._look(url, task_id=task.task_id, key=key)

    def look_for(self, task_id: str, *, key: str = "A") -> Polled | Refused:
        """Poll an id, at a URL built from it."""
        return self._look(f"{endpoints.GET_RESULT.path}?id={quote(task_id, safe='')}", task_id=task_id, key=key)

    def poll(self, task: Submitted) -> Polled:
        """Poll a task once. Raises UnexpectedRefusal when the answer has no status word."""
        return _or_raise(self.look(task))

    def settled(self, task: Submitted) -> Polled:
        """Poll a task until it has ended, moving the clock in between. Raises Inconclusive when it does not end."""
        waited_s, pause_s = 0.0, _FIRST_PAUSE_S
        while (seen := self.poll(task)).status in statuses.IN_PROGRESS:
            if waited_s >= _LONGEST_TASK_S:
                raise Inconclusive(f"{task.task_id} was still {seen.status} after {waited_s:.0f} s")
            self.target.advance(seconds=pause_s)
            waited_s, pause_s = waited_s + pause_s, min(pause_s * 1.5, _LONGEST_PAUSE_S)
        return seen

    def ready(self, task: Submitted) -> Polled:
        """Poll a task until it is Ready. Raises Inconclusive when it ends otherwise."""
        seen = self.settled(task)
        if seen.status != statuses.READY:
            raise Inconclusive(f"{task.task_id} ended {seen.status}")
        return seen

    def download(self, task_id: str, url: str, *, is_forged: bool = False) -> Sampled:
        """Fetch a sample, without a key."""
        seen = Sampled(reply=self.send("GET", url, key=""), task_id=task_id, url=url, is_forged=is_forged)
        self._see(seen)
        return seen

    def look_at_credits(self, *, key: str = "A") -> CreditsSeen | Refused:
        """Ask for the balance."""
        reply = self.send("GET", endpoints.CREDITS.path, key=key)
        if reply.status_code == 200:
            seen = CreditsSeen(reply=reply, key=key)
            self._see(seen)
            return seen
        refused = Refused(reply=reply, key=key, what="look at credits")
        self._see(refused)
        return refused

    def credits(self, *, key: str = "A") -> CreditsSeen:
        """Ask for the balance. Raises UnexpectedRefusal when it is not told."""
        return _or_raise(self.look_at_credits(key=key))

    def ask(self, method: str, path: str, *, key: str = "A", body: bytes | None = None) -> Refused:
        """Send a request that must be refused, and have its wording judged."""
        refused = Refused(reply=self.send(method, path, key=key, body=body), key=key, what="request")
        self._see(refused)
        return refused

    def timeline(self) -> list[str]:
        """Return what was seen, one line each."""
        return describe(self.history)

    def _look(self, url: str, *, task_id: str, key: str) -> Polled | Refused:
        reply = self.send("GET", url, key=key)
        if "status" in reply.document:
            seen = Polled(reply=reply, key=key, task_id=task_id)
            self._see(seen)
            return seen
        refused = Refused(reply=reply, key=key, what="poll")
        self._see(refused)
        return refused

    def _see(self, seen: Observation) -> None:
        self.violations += judge(self.history, seen, expectations=self.expectations)
        self.history.append(seen)


def _or_raise(seen: Seen | Refused) -> Seen:
    if isinstance(seen, Refused):
        raise UnexpectedRefusal(seen)
    return seen
