"""The courier in the background: lazily started, never in the way, one attempt once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from mock_bfl.clock import ManualClock, SystemClock
from mock_bfl.contract import LIVE
from mock_bfl.core.outgoing import Outgoing, Stationery
from mock_bfl.core.rules import RULES
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.webhook import DeliveryState
from mock_bfl.courier import Courier, SendingDesk, courier
from mock_bfl.courier.courier import MOST_AT_ONCE, MOST_OF_ONE_ACCOUNT
from mock_bfl.engine import Engine
from mock_bfl.store import MemoryStore
from mock_bfl.store.memory_parts import MemoryOutbox
from tests.webhooks.driver import ACCOUNT, HOOK, START_MS, Bench, ScriptedSender

PATIENCE_S = 10
AT_ONCE = "a [mock: after=0s webhook=final_only]"


class Gate:
    """A receiver that answers when it is let: tells that something arrived, and waits."""

    def __init__(self) -> None:
        self.has_come, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, outgoing: Outgoing) -> None:
        self.has_come.set()
        assert self.may_answer.wait(PATIENCE_S)


def running_bench(sender: ScriptedSender | None = None) -> Bench:
    """A bench on the machine's clock."""
    clock = SystemClock()
    now_ms = clock.real_ms()
    return Bench(sender, clock=clock, store=MemoryStore(Timeline(now_ms, now_ms)), is_frozen=False)


def until(is_so: Callable[[], bool]) -> bool:
    """Look until something is so, or patience ends."""
    pause = threading.Event()
    return any(is_so() or pause.wait(0.01) for _ in range(int(PATIENCE_S / 0.01)))


def test_what_is_due_goes_out_by_itself_while_a_clock_runs() -> None:
    bench = running_bench()
    came = threading.Event()
    bench.sender.meanwhile = lambda _: came.set()
    bench.submit("a [mock: after=50ms webhook=final_only]")
    assert came.wait(PATIENCE_S)
    assert until(lambda: bench.deliveries()[0].state is DeliveryState.DELIVERED)


def test_a_faster_clock_shortens_the_sleep() -> None:
    bench = running_bench()
    came = threading.Event()
    bench.sender.meanwhile = lambda _: came.set()
    bench.submit("a [mock: after=3600s webhook=final_only]")
    bench.engine.control.set_rate(None, 1_000_000)
    assert came.wait(PATIENCE_S)


def test_the_courier_keeps_no_thread_when_nothing_waits() -> None:
    bench, before = running_bench(), set(threading.enumerate())
    bench.submit(AT_ONCE)
    assert until(lambda: len(bench.sender.sent) == 1)
    assert until(lambda: set(threading.enumerate()) <= before)
    bench.submit(AT_ONCE)
    assert until(lambda: len(bench.sender.sent) == 2)


def test_a_receiver_that_does_not_answer_keeps_neither_a_poll_nor_a_submit_waiting() -> None:
    bench, gate = running_bench(), Gate()
    bench.sender.meanwhile = gate
    task_id = bench.submit(AT_ONCE).task_id or ""
    assert gate.has_come.wait(PATIENCE_S)
    assert bench.poll(task_id)["status"] == "Ready"
    assert bench.submit("b [mock: after=0s webhook=drop]").status == 200
    assert not gate.may_answer.is_set(), "all that happened while the receiver was still waiting"
    gate.may_answer.set()


def test_a_slow_receiver_keeps_no_other_waiting() -> None:
    bench, gate = running_bench(), Gate()
    slow, quick, came = "http://127.0.0.1:1/slow", "http://127.0.0.1:2/quick", threading.Event()
    bench.sender.meanwhile = lambda outgoing: gate(outgoing) if outgoing.url == slow else came.set()
    for _ in range(10):
        bench.submit(AT_ONCE, url=slow)
    assert gate.has_come.wait(PATIENCE_S)
    bench.submit(AT_ONCE, url=quick)
    assert came.wait(PATIENCE_S)
    assert len([sent for sent in bench.sender.sent if sent.url == slow]) <= 4
    gate.may_answer.set()
    assert until(lambda: len(bench.sender.sent) == 11)


def test_however_many_receivers_of_one_key_are_dead_those_of_another_get_their_events() -> None:
    bench, gate, came = running_bench(), Gate(), threading.Event()
    quick = "http://127.0.0.1:99/quick"
    bench.sender.meanwhile = lambda outgoing: came.set() if outgoing.url == quick else gate(outgoing)
    for port in range(1, 9):
        for _ in range(4):
            bench.submit(AT_ONCE, url=f"http://127.0.0.1:{port}/dead", key="one")
            bench.submit(AT_ONCE, url=f"http://127.0.0.1:{port + 10}/dead", key="other")
    assert gate.has_come.wait(PATIENCE_S)
    bench.submit(AT_ONCE, url=quick, key="two")
    assert came.wait(PATIENCE_S)
    assert len(bench.sender.sent) <= 2 * MOST_OF_ONE_ACCOUNT + 1
    gate.may_answer.set()
    assert until(lambda: len(bench.sender.sent) == 65)


def test_a_receiver_that_is_full_keeps_no_other_of_the_same_key_waiting_though_its_events_were_due_before() -> None:
    bench, gate, came = running_bench(), Gate(), threading.Event()
    bench.sender.meanwhile = lambda outgoing: came.set() if outgoing.url == HOOK else gate(outgoing)
    for _ in range(20):
        bench.submit(AT_ONCE, url="http://127.0.0.1:1/dead")
    bench.submit(AT_ONCE, url=HOOK)
    assert came.wait(PATIENCE_S)
    gate.may_answer.set()


def test_who_has_least_on_its_way_is_served_first() -> None:
    bench, gate = Bench(), Gate()
    bench.sender.meanwhile = gate
    for key in ("one", "two", "three", "four", "five"):
        for port in range(1, 21):
            bench.submit(AT_ONCE, key=key, url=f"http://127.0.0.1:{port}/dead")
    bench.engine.control.set_rate(None, 1)
    assert until(lambda: len(bench.sender.sent) == MOST_AT_ONCE)
    rows = bench.deliveries()
    begun = [
        sum(row.leased_until_real_ms > 0 for row in rows if row.account == name) for name in bench.store.accounts()
    ]
    assert sorted(begun) == [6, 6, 6, 7, 7]
    gate.may_answer.set()
    assert until(lambda: len(bench.sender.sent) == 100)


def test_to_look_into_the_outbox_is_not_to_look_at_all_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each submit looks, and holds the store meanwhile."""
    looked: list[str] = []
    monkeypatch.setattr(MemoryOutbox, "waiting", lambda self, account: looked.append(account))
    bench, before = running_bench(), set(threading.enumerate())
    bench.submit(AT_ONCE)
    assert until(lambda: len(bench.sender.sent) == 1)
    assert until(lambda: set(threading.enumerate()) <= before)
    bench.advance(60)
    assert looked == []


def test_the_events_of_one_task_go_out_one_after_the_other() -> None:
    bench, gate = running_bench(), Gate()
    bench.sender.meanwhile = gate
    bench.submit("a [mock: after=0s webhook=progress]")
    assert gate.has_come.wait(PATIENCE_S)
    bench.courier.notify()
    assert len(bench.sender.sent) == 1
    gate.may_answer.set()
    assert until(lambda: len(bench.sender.sent) == 4)
    assert [event["status"] for event in bench.sender.events] == ["processing"] * 3 + ["Ready"]


def test_an_advance_waits_for_what_the_background_carries() -> None:
    bench, gate = running_bench(ScriptedSender(500, 200)), Gate()
    bench.sender.meanwhile = gate
    bench.submit(AT_ONCE)
    assert gate.has_come.wait(PATIENCE_S)
    opener = threading.Timer(0.05, gate.may_answer.set)
    opener.start()
    bench.advance(2)
    opener.join()
    (delivery,) = bench.deliveries()
    assert delivery.state is DeliveryState.DELIVERED
    assert [attempt.status for attempt in delivery.attempts] == [500, 200]


def test_who_waits_for_the_background_does_so_as_long_as_an_answer_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not a shorter while, after which what is told of the round would be wrong."""
    monkeypatch.setattr(courier, "_PATIENCE_S", 0.01)
    bench, gate = running_bench(), Gate()
    bench.sender.meanwhile = gate
    bench.submit(AT_ONCE)
    assert gate.has_come.wait(PATIENCE_S)
    opener = threading.Timer(0.2, gate.may_answer.set)
    opener.start()
    assert bench.engine.webhooks.deliver(None).waiting == 0
    opener.join()


def test_what_is_on_its_way_of_an_account_that_was_reset_is_not_waited_for() -> None:
    bench, gate = running_bench(), Gate()
    bench.sender.meanwhile = gate
    bench.submit(AT_ONCE)
    assert gate.has_come.wait(PATIENCE_S)
    bench.engine.control.reset(ACCOUNT)
    bench.sender.meanwhile = lambda _: None
    bench.submit(AT_ONCE)
    bench.engine.webhooks.deliver(None)
    assert not gate.may_answer.is_set(), "all that happened while the receiver was still waiting"
    assert bench.deliveries()[0].state is DeliveryState.DELIVERED
    gate.may_answer.set()


def two_desks(*, within_s: float = 30) -> tuple[Bench, SendingDesk, SendingDesk]:
    """A bench with one delivery due, and two workers over its store."""
    bench = Bench()
    bench.sender.answer_within_s = within_s
    bench.submit(AT_ONCE)
    stationery = Stationery(dialect=LIVE, rules=RULES, secret=b"")
    first, second = (
        SendingDesk(bench.store, bench.clock, stationery=stationery, sender=bench.sender) for _ in range(2)
    )
    return bench, first, second


def test_two_workers_over_one_store_never_send_one_attempt_both() -> None:
    _, first, second = two_desks()
    assert first.take(ACCOUNT) is not None
    assert second.take(ACCOUNT) is None


def test_many_couriers_at_once_send_each_event_once() -> None:
    bench = Bench()
    for _ in range(20):
        bench.submit(AT_ONCE)
    couriers = [Courier(bench.store, bench.clock, dialect=LIVE, sender=bench.sender) for _ in range(4)]
    threads = [threading.Thread(target=courier.deliver_due, args=(ACCOUNT,)) for courier in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len({sent.body for sent in bench.sender.sent}) == len(bench.sender.sent) == 20


def test_a_lease_of_a_worker_that_died_runs_out_on_real_time_though_the_clock_is_frozen() -> None:
    bench, first, second = two_desks()
    assert first.take(ACCOUNT) is not None
    assert isinstance(bench.clock, ManualClock)
    bench.clock.advance(seconds=39)
    assert second.take(ACCOUNT) is None
    bench.clock.advance(seconds=1)
    assert second.take(ACCOUNT) is not None


@pytest.mark.parametrize("within_s", [0.3, 30, 300])
def test_a_lease_outlasts_all_the_time_that_its_attempt_may_take(within_s: float) -> None:
    bench, first, second = two_desks(within_s=within_s)
    assert first.take(ACCOUNT) is not None
    assert isinstance(bench.clock, ManualClock)
    bench.clock.advance(seconds=within_s + 9)
    assert second.take(ACCOUNT) is None


def test_who_comes_back_after_its_lease_is_logged_and_changes_no_schedule() -> None:
    bench, first, second = two_desks()
    bench.sender._statuses = [500]
    lost = first.take(ACCOUNT)
    assert isinstance(bench.clock, ManualClock)
    bench.clock.advance(seconds=40)
    held = second.take(ACCOUNT)
    assert lost is not None
    assert held is not None
    first.carry(lost)
    (delivery,) = bench.deliveries()
    assert (len(delivery.attempts), delivery.due_at_ms) == (1, START_MS)
    assert delivery.leased_until_real_ms == held.delivery.leased_until_real_ms


def test_an_answer_after_thirty_seconds_is_a_failure() -> None:
    bench = Bench()
    assert isinstance(bench.clock, ManualClock)
    clock = bench.clock
    bench.sender.meanwhile = lambda _: clock.advance(seconds=30.001)
    bench.submit(AT_ONCE)
    bench.advance(0)
    (delivery,) = bench.deliveries()
    assert delivery.state is DeliveryState.WAITING
    assert delivery.attempts[0].status == 200
    assert delivery.attempts[0].error == "answered after 30.001 s, which is too late"


def test_an_answer_after_exactly_thirty_seconds_is_in_time() -> None:
    bench = Bench()
    assert isinstance(bench.clock, ManualClock)
    clock = bench.clock
    bench.sender.meanwhile = lambda _: clock.advance(seconds=30)
    bench.submit(AT_ONCE)
    bench.advance(0)
    assert bench.deliveries()[0].state is DeliveryState.DELIVERED


def test_what_an_earlier_process_left_in_the_store_goes_out_when_the_next_one_starts() -> None:
    bench, sender, came = running_bench(), ScriptedSender(), threading.Event()
    bench.engine = Engine(clock=bench.clock, store=bench.store)
    bench.submit(AT_ONCE)
    sender.meanwhile = lambda _: came.set()
    Courier(bench.store, bench.clock, dialect=LIVE, sender=sender).start_if_due()
    assert came.wait(PATIENCE_S)


def test_a_courier_that_is_stopped_ends_its_threads_and_begins_nothing_more() -> None:
    bench, gate, before = running_bench(), Gate(), set(threading.enumerate())
    bench.sender.meanwhile = gate
    bench.submit(AT_ONCE)
    bench.submit("a [mock: after=3600s]")
    assert gate.has_come.wait(PATIENCE_S)
    opener = threading.Timer(0.05, gate.may_answer.set)
    opener.start()
    bench.engine.close()
    opener.join()
    bench.submit(AT_ONCE)
    assert until(lambda: set(threading.enumerate()) <= before)
    assert len(bench.sender.sent) == 1
    assert bench.deliveries()[0].state is DeliveryState.DELIVERED


def test_an_engine_without_a_courier_can_be_closed_too() -> None:
    Engine().close()


def test_with_nothing_left_over_nothing_is_started() -> None:
    before = set(threading.enumerate())
    Bench().courier.start_if_due()
    assert set(threading.enumerate()) <= before
