"""Whoever waits for a task meets its final event, be it there already, on its way, or never coming."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

import bfl_client as bfl
from bfl_client.webhooks import Inbox, WebhookEvent
from tests.client.webhook_double import PassingTime, event
from tests.client.wire_double import TASK_ID, FakeClock

PATIENCE_S = 10
DONE, FAILED = event(), event("Error")


def progress(share: float, *, task_id: str = TASK_ID) -> WebhookEvent:
    return event("Pending", progress=share, task_id=task_id)


def test_an_event_that_came_before_the_reply_to_the_submit_is_there() -> None:
    inbox = Inbox()
    inbox.put(DONE)
    assert inbox.wait(TASK_ID, timeout_s=0) == DONE


def test_a_wait_without_time_says_what_is_there_now() -> None:
    inbox = Inbox()
    inbox.put(progress(25))
    assert inbox.wait(TASK_ID, timeout_s=0) is None


def test_the_latest_event_is_the_last_that_came() -> None:
    inbox = Inbox()
    inbox.put(progress(25))
    inbox.put(progress(50))
    assert inbox.latest(TASK_ID) == progress(50)


def test_nothing_is_known_of_a_task_that_sent_nothing() -> None:
    assert Inbox().latest(TASK_ID) is None


@pytest.mark.parametrize("late", [progress(75), FAILED], ids=["progress", "another end"])
def test_the_first_final_event_stays_whatever_comes_later(late: WebhookEvent) -> None:
    inbox = Inbox()
    inbox.put(DONE)
    inbox.put(late)
    assert inbox.latest(TASK_ID) == DONE


def test_a_final_event_can_be_waited_for_again_until_it_is_forgotten() -> None:
    inbox = Inbox()
    inbox.put(DONE)
    assert inbox.wait(TASK_ID, timeout_s=0) == inbox.wait(TASK_ID, timeout_s=0) == DONE
    inbox.forget(TASK_ID)
    assert inbox.latest(TASK_ID) is None


def test_forgetting_an_unknown_task_changes_nothing() -> None:
    Inbox().forget(TASK_ID)


def waiting(**happenings: WebhookEvent) -> tuple[Inbox, FakeClock, PassingTime]:
    """Return an inbox into which events fall after so many seconds, given as `after_2=event`."""
    clock = FakeClock()
    start_s, condition = clock.now_s, PassingTime(clock)
    inbox = Inbox(clock=clock, condition=condition)
    for name, each in happenings.items():
        condition.at(start_s + float(name.removeprefix("after_")), partial(inbox.put, each))
    return inbox, clock, condition


def test_a_wait_ends_as_soon_as_the_final_event_comes() -> None:
    inbox, clock, _ = waiting(after_2=DONE)
    assert inbox.wait(TASK_ID, timeout_s=30) == DONE
    assert clock.now_s == 1002


def test_a_wait_goes_on_over_progress_and_other_tasks_with_the_time_that_is_left() -> None:
    inbox, _, condition = waiting(after_1=progress(25), after_2=event(task_id="other"), after_3=DONE)
    assert inbox.wait(TASK_ID, timeout_s=30) == DONE
    assert condition.waits == [30, 29, 28]


def test_a_wait_ends_with_none_when_its_time_is_up() -> None:
    inbox, clock, _ = waiting(after_2=progress(25), after_31=DONE)
    assert inbox.wait(TASK_ID, timeout_s=30) is None
    assert clock.now_s == 1030


def test_a_wait_may_be_without_end() -> None:
    """A real condition takes no more than TIMEOUT_MAX at a time."""
    inbox, _, condition = waiting(after_2=DONE)
    assert inbox.wait(TASK_ID, timeout_s=float("inf")) == DONE
    assert condition.waits == [threading.TIMEOUT_MAX]


def test_the_oldest_tasks_make_room_for_new_ones() -> None:
    inbox = Inbox(2)
    for name in ("a", "b", "c"):
        inbox.put(event(task_id=name))
    known = {name for name in "abc" if inbox.latest(name)}
    assert (known, len(inbox)) == ({"b", "c"}, 2)


def test_a_task_that_was_heard_of_again_counts_as_young() -> None:
    inbox = Inbox(2)
    for name in ("a", "b", "a", "c"):
        inbox.put(progress(25, task_id=name))
    assert {name for name in "abc" if inbox.latest(name)} == {"a", "c"}


def test_a_task_that_is_waited_for_is_not_pushed_out() -> None:
    """Its event came, and a thousand others, before the one who waits was awake."""
    clock = FakeClock()
    condition = PassingTime(clock)
    inbox = Inbox(1, clock=clock, condition=condition)

    def flood() -> None:
        for name in (TASK_ID, "a", "b", "c"):
            inbox.put(event(task_id=name))

    condition.at(1001, flood)
    assert inbox.wait(TASK_ID, timeout_s=30) == DONE


def test_tasks_that_are_all_waited_for_are_all_kept() -> None:
    clock = FakeClock()
    condition = PassingTime(clock)
    inbox = Inbox(1, clock=clock, condition=condition)
    other: list[WebhookEvent | None] = []

    def both_end() -> None:
        for name in (TASK_ID, "other"):
            inbox.put(event(task_id=name))

    condition.at(1001, lambda: other.append(inbox.wait("other", timeout_s=30)))
    condition.at(1002, both_end)
    assert inbox.wait(TASK_ID, timeout_s=30) == DONE
    assert other == [event(task_id="other")]


def test_a_task_that_nobody_waits_for_any_more_can_be_pushed_out() -> None:
    inbox = Inbox(1)
    inbox.put(DONE)
    inbox.wait(TASK_ID, timeout_s=0)
    inbox.put(event(task_id="other"))
    assert inbox.latest(TASK_ID) is None


@pytest.mark.parametrize("capacity", [0, -1])
def test_an_inbox_without_room_is_a_wrong_set_up(capacity: int) -> None:
    with pytest.raises(bfl.ConfigurationError, match="capacity"):
        Inbox(capacity)


def test_each_event_wakes_all_who_wait() -> None:
    inbox, _, condition = waiting()
    inbox.put(progress(25))
    inbox.put(DONE)
    assert condition.notified == 2


class Noticed(threading.Condition):
    """A condition that says how many are waiting."""

    def __init__(self, many: int) -> None:
        super().__init__()
        self._left = many
        self.all_wait = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        """Count, then wait."""
        self._left -= 1
        if self._left == 0:
            self.all_wait.set()
        return super().wait(timeout)


def test_a_receivers_thread_wakes_every_thread_that_waits() -> None:
    condition = Noticed(3)
    inbox = Inbox(condition=condition)
    with ThreadPoolExecutor(3) as pool:
        waits = [pool.submit(inbox.wait, TASK_ID, timeout_s=PATIENCE_S) for _ in range(3)]
        assert condition.all_wait.wait(PATIENCE_S)
        inbox.put(DONE)
        assert [each.result(PATIENCE_S) for each in waits] == [DONE] * 3


def test_each_of_many_threads_gets_the_event_of_its_own_task() -> None:
    inbox, names = Inbox(), [str(number) for number in range(8)]
    with ThreadPoolExecutor(16) as pool:
        waits = {name: pool.submit(inbox.wait, name, timeout_s=PATIENCE_S) for name in names}
        for name in names:
            pool.submit(inbox.put, event(task_id=name))
        got = {name: each.result(PATIENCE_S) for name, each in waits.items()}
    assert {name: each.task_id for name, each in got.items() if each} == dict(zip(names, names, strict=True))
