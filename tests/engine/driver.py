"""Verbs for the tests of the engine: submit, poll, download, advance; no web framework in sight."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mock_bfl.clock import ManualClock
from mock_bfl.contract import LIVE, Dialect
from mock_bfl.core.reply import Reply
from mock_bfl.core.rules import RULES, Rules
from mock_bfl.engine import Call, Engine, account_of
from mock_bfl.engine.references import Fetch

ORIGIN = "http://mock.test"
KEY = "a-key"


class Mock:
    """An engine over a clock that moves only when told to, driven by an account of its own."""

    def __init__(
        self,
        *,
        dialect: Dialect = LIVE,
        balance: str = "1000",
        speed: float = 1,
        seed: int = 0,
        rules: Rules = RULES,
        keys: Collection[str] | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        self.clock = ManualClock(start_ms=1_766_006_912_345)
        self.engine = Engine(
            dialect=dialect,
            clock=self.clock,
            starting_balance=Decimal(balance),
            speed=speed,
            seed=seed,
            rules=rules,
            keys=keys,
            fetch=fetch,
        )

    def call(
        self, path: str, *, key: str | None = KEY, body: object = None, query: Mapping[str, str] | None = None
    ) -> Call:
        """Return a request as the web layer would hand it on."""
        data = b"" if body is None else json.dumps(body).encode()
        return Call(
            method="GET" if body is None else "POST",
            path=path,
            origin=ORIGIN,
            key=key,
            content_type="application/json",
            body=data,
            query=query or {},
        )

    def submit(
        self, prompt: str = "a red cube", *, slug: str = "flux-2-pro", key: str | None = KEY, **fields: object
    ) -> Reply:
        """Submit a task; `fields` are further fields of the body."""
        call = self.call(f"/v1/{slug}", key=key, body={"prompt": prompt, **fields})
        return self.engine.generation.submit(slug, call)

    def task(self, prompt: str = "a red cube", *, slug: str = "flux-2-pro", key: str = KEY) -> str:
        """Submit a task that is accepted and return its id."""
        reply = self.submit(prompt, slug=slug, key=key)
        assert reply.status == 200, reply
        task_id: str = json.loads(reply.body)["id"]
        return task_id

    def poll(self, task_id: str) -> Reply:
        """Poll a task, without a key as several real clients do."""
        return self.engine.generation.result(self.call("/v1/get_result", key=None, query={"id": task_id}))

    def status(self, task_id: str) -> str:
        """Return the status word of a poll."""
        word: str = body_of(self.poll(task_id))["status"]
        return word

    def sample_url(self, task_id: str) -> str:
        """Return the sample URL of a task that is Ready."""
        url: str = body_of(self.poll(task_id))["result"]["sample"]
        return url

    def download(self, url: str) -> Reply:
        """Fetch a sample URL."""
        parts = urlsplit(url)
        return self.engine.samples.answer(self.call(parts.path, key=None, query=dict(parse_qsl(parts.query))))

    def credits(self, *, key: str | None = KEY) -> float:
        """Return the balance as the API shows it."""
        shown: float = body_of(self.engine.accounts.credits(self.call("/v1/credits", key=key)))["credits"]
        return shown

    def refunds(self, *, key: str = KEY) -> int:
        """Return how many refunds stand in the ledger."""
        entries = self.engine.context.store.entries(account_of(key))
        return len([entry for entry in entries if entry.kind == "refunded"])

    def advance(self, *, seconds: float = 0, ms: int = 0) -> None:
        """Let real time pass."""
        self.clock.advance(seconds=seconds, ms=ms)

    def now_ms(self, *, key: str | None = None) -> int:
        """Return what a clock of the mock shows."""
        return self.engine.control.clock(None if key is None else account_of(key)).now_ms


def body_of(reply: Reply) -> Any:
    """Return the JSON of a reply."""
    return json.loads(reply.body)


def expiry_ms(url: str) -> int:
    """Return the instant that a sample URL names as its end."""
    se = dict(parse_qsl(urlsplit(url).query))["se"]
    return round(datetime.fromisoformat(se).timestamp() * 1000)
