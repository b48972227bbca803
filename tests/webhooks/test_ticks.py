"""A clock that ticks per poll: its webhooks go out by themselves though it stands, and no poll waits for them."""

from __future__ import annotations

import threading

from mock_bfl.core.webhook import DeliveryState
from tests.webhooks.driver import ACCOUNT, START_MS, Bench, ScriptedSender
from tests.webhooks.test_courier import PATIENCE_S, Gate, until

FINAL = "a [mock: after=4s webhook=final_only]"


def ticking_bench(tick_ms: int, *, sender: ScriptedSender | None = None) -> Bench:
    bench = Bench(sender)
    bench.engine.oversight.set_tick(None, tick_ms)
    return bench


def test_a_receiver_that_does_not_answer_keeps_no_poll_waiting() -> None:
    bench, gate = ticking_bench(5000), Gate()
    bench.sender.meanwhile = gate
    task_id = bench.submit(FINAL).task_id or ""
    assert [bench.poll(task_id)["status"] for _ in range(3)] == ["Ready"] * 3
    assert not gate.may_answer.is_set(), "all that happened while the receiver was still waiting"
    assert gate.has_come.wait(PATIENCE_S)
    gate.may_answer.set()
    assert until(lambda: bench.deliveries()[0].state is DeliveryState.DELIVERED)


def test_a_tick_moves_the_clock_by_exactly_so_much_whatever_is_due_on_the_way() -> None:
    bench = ticking_bench(1500)
    task_id = bench.submit("a [mock: after=4s]").task_id or ""
    for _ in range(4):
        bench.poll(task_id)
    assert bench.now_ms(ACCOUNT) == START_MS + 6000


def test_what_falls_due_with_a_tick_goes_out_in_order_and_retries_with_later_ticks() -> None:
    bench = ticking_bench(2000, sender=ScriptedSender(500, 200))
    task_id = bench.submit(FINAL).task_id or ""
    for _ in range(2):
        bench.poll(task_id)
    assert until(lambda: len(bench.deliveries()[0].attempts) == 1)
    bench.poll(task_id)
    assert until(lambda: bench.deliveries()[0].state is DeliveryState.DELIVERED)
    assert bench.seconds_of_attempts() == [[4, 6]]


def test_an_advance_sends_first_what_a_tick_left_due() -> None:
    bench, gate = ticking_bench(4000), Gate()
    bench.sender.meanwhile = gate
    task_id = bench.submit(FINAL).task_id or ""
    bench.poll(task_id)
    assert gate.has_come.wait(PATIENCE_S)
    opener = threading.Timer(0.05, gate.may_answer.set)
    opener.start()
    bench.advance(0)
    opener.join()
    assert bench.deliveries()[0].state is DeliveryState.DELIVERED


def test_more_than_may_be_on_its_way_at_once_goes_out_one_after_the_other() -> None:
    bench, gate = ticking_bench(4000), Gate()
    bench.sender.meanwhile = gate
    tasks = [bench.submit(FINAL).task_id or "" for _ in range(20)]
    bench.poll(tasks[0])
    assert gate.has_come.wait(PATIENCE_S)
    gate.may_answer.set()
    assert until(lambda: len(bench.sender.sent) == 20)


def test_ticks_leave_no_thread_behind() -> None:
    before = set(threading.enumerate())
    bench = ticking_bench(4000)
    task_id = bench.submit(FINAL).task_id or ""
    bench.poll(task_id)
    assert until(lambda: bench.deliveries()[0].state is DeliveryState.DELIVERED)
    assert until(lambda: set(threading.enumerate()) <= before)


def test_other_accounts_whose_clocks_stand_send_nothing_meanwhile() -> None:
    bench = ticking_bench(4000)
    bench.submit("b [mock: after=0s webhook=final_only]", key="other")
    task_id = bench.submit(FINAL).task_id or ""
    bench.poll(task_id)
    assert until(lambda: bench.deliveries(ACCOUNT)[0].state is DeliveryState.DELIVERED)
    assert len(bench.sender.sent) == 1
