"""Scripts, clocks, levers and three accounts in any order: the mock's own law holds after each step.

Nothing is a 5xx that nobody scripted, no task goes back, no slot leaks, no charge is without a task, no task without
its charge; and what is done to one account never shows in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import requests
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from mock_bfl.clock import ManualClock
from mock_bfl.contract import GUIDE, LIVE, statuses
from mock_bfl.core.ledger import EntryKind
from mock_bfl.core.presets import PRESETS
from mock_bfl.core.task import is_settled
from mock_bfl.engine import Engine, account_of
from mock_bfl.testing import IN_PROCESS_URL, WSGIAdapter
from mock_bfl.web import create_app

KEYS = ("one", "two", "three")
BALANCE = Decimal(60)
DIRECTIVES = (
    "",
    "[mock: after=0s]",
    "[mock: after=2s]",
    "[mock: after=2polls]",
    '[mock: status="Content Moderated" after=1s]',
    '[mock: status="Request Moderated" after=2polls]',
    "[mock: error=internal_error after=0s]",
    "[mock: status=Pending]",
    "[mock: grace=1s after=2s]",
    "[mock: while=Thinking after=3s]",
)
MODELS = ("flux-2-klein-4b", "flux-2-max", "flux-kontext-max", "flux-dev")
ROUTES = ("submit", "get_result", "sample", "credits", None)


class EverythingAtOnce(RuleBasedStateMachine):
    """Does anything to a mock in process, over the transport that a client uses."""

    tasks = Bundle("tasks")

    @initialize(dialect=st.sampled_from([LIVE, GUIDE]))
    def begin(self, dialect: Any) -> None:
        self.clock = ManualClock()
        self.engine = Engine(dialect=dialect, clock=self.clock, starting_balance=BALANCE)
        self.session = requests.Session()
        self.session.mount(IN_PROCESS_URL, WSGIAdapter(create_app(self.engine)))
        self.ended: dict[str, str] = {}

    def _send(self, method: str, path: str, key: str | None, **parts: Any) -> requests.Response | None:
        """Return the answer, or None where a fault left none."""
        url = path if path.startswith("http") else f"{IN_PROCESS_URL}{path}"
        headers = {} if key is None else {"x-key": key}
        try:
            return self.session.request(method, url, headers=headers, timeout=1, allow_redirects=False, **parts)
        except requests.RequestException:
            return None

    def _was_scripted(self) -> bool:
        return self.engine.control.journal(None)[-1].fault is not None

    def _look(self, reply: requests.Response | None) -> None:
        if reply is None or reply.status_code >= 500:
            assert self._was_scripted(), "an answer in the 500s, or none, that nobody scripted"

    @rule(target=tasks, key=st.sampled_from(KEYS), slug=st.sampled_from(MODELS), directive=st.sampled_from(DIRECTIVES))
    def submit(self, key: str, slug: str, directive: str) -> Any:
        body = {"prompt": f"a cube {directive}", "input_image": None if slug != "flux-kontext-max" else _PIXEL}
        reply = self._send("POST", f"/v1/{slug}", key, json=body)
        self._look(reply)
        if reply is None or reply.status_code != 200 or self._was_scripted():
            return multiple()
        return key, reply.json()["id"]

    @rule(task=tasks, has_key=st.booleans())
    def poll(self, task: tuple[str, str], has_key: bool) -> None:
        key, task_id = task
        reply = self._send("GET", f"/v1/get_result?id={task_id}", key if has_key else None)
        self._look(reply)
        if reply is None or self._was_scripted() or "status" not in reply.json():
            return
        word = reply.json()["status"]
        if task_id in self.ended and word != statuses.TASK_NOT_FOUND:
            assert word == self.ended[task_id]
        if word in statuses.TERMINAL - {statuses.TASK_NOT_FOUND}:
            self.ended[task_id] = word
        if word == statuses.READY:
            picture = self._send("GET", reply.json()["result"]["sample"], None)
            self._look(picture)
            assert picture is None or picture.status_code == 200 or self._was_scripted()

    @rule(key=st.sampled_from(KEYS), preset=st.sampled_from(sorted(PRESETS)), times=st.integers(1, 3))
    def fail(self, key: str, preset: str, times: int) -> None:
        self.engine.scripts.fail_next(account_of(key), {"preset": preset, "times": times})

    @rule(key=st.none() | st.sampled_from(KEYS), ms=st.integers(0, 4000))
    def advance(self, key: str | None, ms: int) -> None:
        self.engine.control.advance(None if key is None else account_of(key), ms=ms)

    @rule(key=st.none() | st.sampled_from(KEYS), rate=st.sampled_from([0, 1, 10]))
    def set_rate(self, key: str | None, rate: int) -> None:
        self.engine.control.set_rate(None if key is None else account_of(key), rate)

    @rule(ms=st.integers(0, 4000))
    def time_passes(self, ms: int) -> None:
        self.clock.advance(ms=ms)

    @rule(key=st.sampled_from(KEYS))
    def reset(self, key: str) -> None:
        others = {other: self._books(other) for other in KEYS if other != key}
        for task in self.engine.context.store.tasks(account_of(key)) if self._is_open(key) else ():
            self.ended.pop(task.id, None)
        self.engine.control.reset(account_of(key))
        assert {other: self._books(other) for other in others} == others

    def _is_open(self, key: str) -> bool:
        return self.engine.context.store.has_account(account_of(key))

    def _books(self, key: str) -> Sequence[Any]:
        store, account = self.engine.context.store, account_of(key)
        if not self._is_open(key):
            return ()
        return store.tasks(account), store.entries(account), store.scripts.scripts(account), store.timeline(account)

    @invariant()
    def the_books_agree(self) -> None:
        for key in KEYS if hasattr(self, "engine") else ():
            if self._is_open(key):
                self._check_books(account_of(key))

    def _check_books(self, account: str) -> None:
        store = self.engine.context.store
        now_ms = self.engine.context.now_ms(account)
        tasks = {task.id: task for task in store.tasks(account)}
        entries = store.entries(account)
        charged = [entry.task_id for entry in entries if entry.kind is EntryKind.CHARGED]
        refunded = [entry.task_id for entry in entries if entry.kind is EntryKind.REFUNDED]
        assert sorted(map(str, charged)) == sorted(tasks)
        assert len(refunded) == len(set(refunded))
        assert all(tasks[str(task_id)].final_status != statuses.READY for task_id in refunded)
        in_effect = sum((entry.credits for entry in entries if entry.effective_at_ms <= now_ms), Decimal(0))
        assert store.balance(account, now_ms=now_ms) == in_effect >= 0
        running = {task.id for task in tasks.values() if not is_settled(task, now_ms=now_ms)}
        assert {task.id for task in store.active_tasks(account, now_ms=now_ms)} == running
        assert len(running) <= store.allowance(account).active_tasks


_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

TestEverythingAtOnce = EverythingAtOnce.TestCase
TestEverythingAtOnce.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=40)
