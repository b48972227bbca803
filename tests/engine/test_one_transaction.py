"""A use case is one transaction: what is read and then written cannot be torn by another thread or a reset."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from mock_bfl.clock import ManualClock
from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.core.reply import Reply
from mock_bfl.core.rules import RULES
from mock_bfl.core.timeline import Timeline
from mock_bfl.engine import Call, Engine, account_of
from mock_bfl.store import MemoryStore

KEY = "k"
BODY = b'{"prompt": "a red cube"}'


def call(method: str, path: str, **parts: Any) -> Call:
    given = {"key": KEY, "content_type": "application/json", **parts}
    return Call(method=method, path=path, origin="http://mock", **given)


def submit(engine: Engine) -> Reply:
    return engine.generation.submit("flux-2-pro", call("POST", "/v1/flux-2-pro", body=BODY))


def test_no_two_submits_are_decided_at_the_same_time() -> None:
    """Whoever is let in first would see the other not yet written: the 25th task would slip in."""
    together = threading.Barrier(2)
    met = []

    def admit_when_two_have_met(*args: Any, **seen: Any) -> Any:
        try:
            together.wait(timeout=0.05)
            met.append(True)
        except threading.BrokenBarrierError:
            together.reset()
        return RULES.admit(*args, **seen)

    engine = Engine(rules=replace(RULES, admit=admit_when_two_have_met), clock=ManualClock())
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: submit(engine), range(4)))
    assert [reply.status for reply in replies] == [200] * 4
    assert met == []


def test_of_forty_simultaneous_submits_exactly_24_are_accepted() -> None:
    engine = Engine(clock=ManualClock())
    start = threading.Barrier(8)

    def five(_: int) -> list[int]:
        start.wait()
        return [submit(engine).status for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        statuses = [status for five_of_them in pool.map(five, range(8)) for status in five_of_them]
    assert (statuses.count(200), statuses.count(429)) == (24, 16)


class TornStore(MemoryStore):
    """A store that another thread resets whenever nobody holds it."""

    def __init__(self) -> None:
        super().__init__(Timeline(0, 0))
        self.held = 0

    def transaction(self) -> Any:
        return Held(self)


class Held:
    """A transaction; entering the outermost one forgets everything first, as a reset just before it would."""

    def __init__(self, store: TornStore) -> None:
        self._store = store

    def __enter__(self) -> None:
        if self._store.held == 0:
            self._store.reset(None)
        self._store.held += 1

    def __exit__(self, *_: object) -> None:
        self._store.held -= 1


USES: dict[str, Callable[[Engine], Reply]] = {
    "submit": submit,
    "invalid submit": lambda engine: engine.generation.submit("flux-2-pro", call("POST", "/v1/flux-2-pro", body=b"{}")),
    "credits": lambda engine: engine.accounts.credits(call("GET", "/v1/credits")),
    "my_finetunes": lambda engine: engine.accounts.my_finetunes(call("GET", "/v1/my_finetunes")),
    "finetune_details": lambda engine: engine.accounts.finetune_details(
        call("GET", "/v1/finetune_details", query={"finetune_id": "nobody's"})
    ),
    "delete_finetune": lambda engine: engine.accounts.delete_finetune(
        call("POST", "/v1/delete_finetune", body=b'{"finetune_id": "my-finetune"}')
    ),
    "licence usage": lambda engine: engine.accounts.licence_usage("flux-1-dev", call("POST", "/v1/x", body=b"{}")),
}


@pytest.mark.parametrize("dialect", [LIVE, GUIDE], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_reset_at_any_gap_between_transactions_breaks_no_use_case(
    use: Callable[[Engine], Reply], dialect: Dialect
) -> None:
    engine = Engine(dialect=dialect, store=TornStore(), clock=ManualClock(0))
    assert use(engine).status in {200, 400, 404, 422}


def test_a_sample_does_not_exist_before_its_task_is_ready() -> None:
    """After a reset the same ids are born again: an old URL must not show a picture that is not made yet."""
    clock = ManualClock()
    engine = Engine(clock=clock)
    task_id = submit(engine).task_id
    clock.advance(seconds=60)
    ready = engine.generation.result(call("GET", "/v1/get_result", query={"id": task_id}))
    path, _, query = ready.body.decode().partition('"sample":"http://mock')[2].partition('"')[0].partition("?")
    old = call("GET", path, query=dict(pair.split("=", 1) for pair in _decoded(query).split("&")))
    assert engine.samples.answer(old).status == 200
    engine.control.reset(account_of(KEY))
    assert submit(engine).task_id == task_id
    assert engine.samples.answer(old).status == 404
    clock.advance(seconds=60)
    assert engine.samples.answer(old).status == 200


def _decoded(query: str) -> str:
    return query.replace("%3A", ":").replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
