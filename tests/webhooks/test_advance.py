"""Moving a clock sends what comes due on the way, at its instant, and returns when all is answered."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from mock_bfl.clock import ManualClock
from mock_bfl.contract import GUIDE
from mock_bfl.core.timeline import LAST_MS
from mock_bfl.core.webhook import DeliveryState
from mock_bfl.engine import Engine, account_of
from tests.engine.driver import Mock as PlainMock
from tests.webhooks.driver import ACCOUNT, KEY, START_MS, Bench, ScriptedSender

PATIENCE_S = 10


def statuses_of(bench: Bench) -> list[Any]:
    return [(event["status"], event.get("progress")) for event in bench.sender.events]


def test_events_come_at_their_instants() -> None:
    bench = Bench()
    bench.submit("a [mock: after=4s]")
    bench.advance(60)
    assert bench.seconds_of_attempts() == [[1], [2], [3], [4]]
    assert statuses_of(bench) == [("processing", 25), ("processing", 50), ("processing", 75), ("Ready", None)]


def test_a_frozen_clock_sends_nothing_by_itself() -> None:
    """Not even what is due: the courier looks once, finds that nothing will be due by itself, and ends."""
    bench, before = Bench(), set(threading.enumerate())
    bench.submit("a [mock: after=0s]")
    bench.advance(0, key="another-key")
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
    assert set(threading.enumerate()) <= before
    assert bench.sender.sent == []


def test_an_advance_by_nothing_sends_what_is_due_now() -> None:
    bench = Bench()
    bench.submit("a [mock: after=0s]")
    bench.advance(0)
    assert statuses_of(bench) == [("Ready", None)]


def test_two_runs_send_the_same_bytes_in_the_same_order() -> None:
    def run() -> list[bytes]:
        bench = Bench(ScriptedSender(500, None, 200, 302, 200))
        for number in range(4):
            bench.submit(f"a [mock: after={number % 3}s webhook=duplicate]")
        bench.advance(50)
        return [outgoing.body for outgoing in bench.sender.sent]

    assert run() == run()


def test_time_goes_exactly_as_far_as_it_was_told() -> None:
    bench = Bench(ScriptedSender(500))
    bench.submit("a [mock: after=1.2s]")
    bench.advance(7.777)
    assert bench.now_ms() == START_MS + 7777


def test_a_running_clock_goes_on_from_where_it_was_moved_to() -> None:
    bench = Bench(is_frozen=False)
    bench.submit("a [mock: after=4s]")
    bench.clock.advance(seconds=1)  # type: ignore[attr-defined]  # the bench has a manual clock
    bench.advance(10)
    assert bench.now_ms() == START_MS + 11_000
    assert {row.state for row in bench.deliveries()} == {DeliveryState.DELIVERED}


def test_time_never_goes_back() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="never goes back"):
        bench.advance(-1)


def test_a_receiver_sees_the_state_of_the_event_when_it_calls_back() -> None:
    """No transaction is held meanwhile: it may poll, submit and read the log, from another thread."""
    bench = Bench()
    seen: list[Any] = []
    task_id = bench.submit("a [mock: after=2s webhook=final_only]").task_id or ""

    def call_back() -> None:
        seen.extend((bench.poll(task_id)["status"], bench.now_ms() - START_MS, bench.submit().status))

    def in_a_thread(_: object) -> None:
        if not seen:
            caller = threading.Thread(target=call_back, daemon=True)
            caller.start()
            caller.join(PATIENCE_S)

    bench.sender.meanwhile = in_a_thread
    bench.advance(2)
    assert seen == ["Ready", 2000, 200]


def test_a_receiver_may_move_the_clock_itself() -> None:
    bench = Bench()
    bench.submit("a [mock: after=1s webhook=final_only]")
    bench.submit("b [mock: after=2s webhook=final_only]")
    bench.sender.meanwhile = lambda _: bench.advance(1) if len(bench.sender.sent) == 1 else None
    bench.advance(1)
    assert len(bench.sender.sent) == 2
    assert bench.now_ms() == START_MS + 2000


def test_a_global_advance_sends_for_every_account_own_clock_or_not() -> None:
    bench = Bench()
    bench.submit(key="one")
    bench.submit(key="two")
    bench.engine.control.freeze(account_of("two"))
    bench.advance(1, key="two")
    bench.advance(60)
    for key in ("one", "two"):
        assert {row.state for row in bench.deliveries(account_of(key))} == {DeliveryState.DELIVERED}
    assert bench.seconds_of_attempts() == [[1], [2], [3], [4]] * 2


def test_one_accounts_advance_sends_nothing_of_anothers() -> None:
    bench = Bench()
    bench.submit(key="one")
    bench.submit(key="two")
    bench.advance(60, key="one")
    assert {row.state for row in bench.deliveries(account_of("two"))} == {DeliveryState.WAITING}


def test_a_task_that_a_poll_settles_sends_its_event_then_and_once() -> None:
    bench = Bench(dialect=GUIDE)
    task_id = bench.submit("a [mock: after=2polls]").task_id or ""
    bench.poll(task_id)
    assert bench.deliveries() == []
    bench.poll(task_id)
    bench.poll(task_id)
    bench.advance(0)
    assert len(bench.sender.sent) == 1
    assert bench.sender.events[0]["id"] == task_id


def test_a_stuck_task_sends_nothing() -> None:
    bench = Bench()
    bench.submit("a [mock: status=Pending]")
    bench.advance(3600)
    assert bench.sender.sent == []


def test_a_reset_forgets_what_was_to_be_sent() -> None:
    bench = Bench()
    bench.submit()
    bench.engine.control.reset(ACCOUNT)
    bench.advance(60)
    assert (bench.sender.sent, bench.deliveries()) == ([], [])


def test_an_account_that_is_reset_while_its_event_is_on_its_way_stays_forgotten() -> None:
    bench = Bench()
    bench.submit("a [mock: after=0s]")
    bench.sender.meanwhile = lambda _: bench.engine.control.reset(ACCOUNT)
    bench.advance(0, key=KEY)
    assert len(bench.sender.sent) == 1
    assert bench.deliveries() == []


def test_an_engine_without_a_courier_leaves_them_waiting_and_visible() -> None:
    mock = PlainMock(speed=0)
    mock.submit("a", webhook_url="http://127.0.0.1:9/hook")
    mock.engine.control.advance(None, ms=60_000)
    (logged,) = mock.engine.webhooks.log(None)
    assert (logged.delivery.state, logged.delivery.attempts) == (DeliveryState.WAITING, ())
    assert mock.engine.webhooks.replay(logged.delivery.id) is None
    assert mock.engine.webhooks.deliver(None).waiting == 1


def test_an_engine_is_made_without_a_thread() -> None:
    before = set(threading.enumerate())
    Engine()
    Bench()
    assert set(threading.enumerate()) <= before


class CountingClock(ManualClock):
    """Counts how often it is looked at."""

    looks = 0

    def real_ms(self) -> int:
        self.looks += 1
        return super().real_ms()


def test_an_advance_at_the_end_of_time_does_not_go_towards_what_is_due_after_it() -> None:
    clock = CountingClock(START_MS)
    bench = Bench(clock=clock)
    bench.engine.control.advance(None, ms=LAST_MS)
    bench.submit("a [mock: after=1s webhook=final_only]")
    clock.looks = 0
    bench.engine.control.advance(None, ms=1_000_000)
    assert clock.looks < 100
    assert (bench.now_ms(), bench.sender.sent) == (LAST_MS, [])
