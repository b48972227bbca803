"""The asynchronous client hears of webhooks by a wake-up of its loop: no thread waits, and a cancelled call is over."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any

import httpx
import pytest

import bfl_client as bfl
from bfl_client.webhooks import Inbox
from tests.client.async_double import AsyncFakeClock, ScriptedTransport, async_client, ended, for_ever
from tests.client.webhook_double import event
from tests.client.wire_double import TASK_ID, Step, poll, ready

MANY = 64  # more than the threads of any loop


class Listener:
    """A client with an inbox, whose tasks wait for their webhooks."""

    def __init__(self, *steps: Step, clock: AsyncFakeClock | None = None) -> None:
        self.inbox = Inbox()
        self.clock = clock or AsyncFakeClock()
        self.transport = ScriptedTransport(*steps)
        self.client = async_client(httpx.AsyncClient(transport=self.transport), clock=self.clock, inbox=self.inbox)

    def wait(self, task_id: str = TASK_ID) -> asyncio.Task[bfl.AsyncResult]:
        """Begin to wait for a task."""
        return asyncio.ensure_future(self.client.resume({"id": task_id}).wait(via="webhook-or-poll"))


class Asleep(AsyncFakeClock):
    """A clock that nobody comes to the end of; says when somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.sleepers = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self.sleepers.release()
        await for_ever()


async def put_elsewhere(inbox: Inbox, *task_ids: str) -> None:
    """Put final events, from another thread as a receiver does."""

    def put() -> None:
        for task_id in task_ids:
            inbox.put(event(task_id=task_id))

    thread = threading.Thread(target=put)
    thread.start()
    thread.join()


def test_an_event_from_another_thread_ends_the_wait() -> None:
    async def story() -> int | None:
        listener = Listener(ready(), clock=Asleep())
        waiting = listener.wait()
        await listener.clock.sleepers.acquire()  # type: ignore[attr-defined]  # of Asleep
        await put_elsewhere(listener.inbox, TASK_ID)
        return (await waiting).seed

    assert ended(story()) == 42


def test_an_event_that_is_there_already_is_heard_at_once() -> None:
    async def story() -> list[float]:
        listener = Listener(ready())
        listener.inbox.put(event())
        await listener.wait()
        return listener.clock.blocking.sleeps

    assert ended(story()) == []


def test_an_event_that_does_not_come_is_not_waited_for_longer_than_a_poll_is_due() -> None:
    async def story() -> list[float]:
        listener = Listener(poll("Pending"), ready())
        await listener.wait()
        return listener.clock.blocking.sleeps

    assert ended(story()) == [10.0, 10.0]


def test_progress_and_the_events_of_others_wake_nobody() -> None:
    async def story() -> list[float]:
        listener = Listener(ready())

        async def happening() -> None:
            listener.inbox.put(event("Pending", progress=0.5))
            await put_elsewhere(listener.inbox, "another")
            for _ in range(3):  # time for whoever would be woken up
                await asyncio.sleep(0)

        listener.clock._on_sleep = happening
        await listener.wait()
        return listener.clock.blocking.sleeps

    assert ended(story()) == [10.0]


def test_many_listen_without_a_thread() -> None:
    """A thread for each would be more than a loop has, and look-ups of host names need those, too."""

    async def story() -> tuple[int, int]:
        task_ids = [str(number) for number in range(MANY)]
        listener = Listener(*[ready()] * MANY, clock=Asleep())
        before = threading.active_count()
        waiting = [listener.wait(task_id) for task_id in task_ids]
        for _ in task_ids:
            await listener.clock.sleepers.acquire()  # type: ignore[attr-defined]  # of Asleep
        more = threading.active_count() - before
        await put_elsewhere(listener.inbox, *task_ids)
        return more, len(await asyncio.gather(*waiting))

    assert ended(story()) == (0, MANY)


def test_who_has_left_is_not_woken() -> None:
    woken: list[str] = []
    inbox = Inbox()
    with inbox.listening(TASK_ID, lambda: woken.append("too late")):
        pass
    inbox.put(event())
    assert woken == []


def test_the_event_that_somebody_listens_for_does_not_make_room_for_others() -> None:
    inbox = Inbox(capacity=1)
    with inbox.listening(TASK_ID, lambda: None):
        inbox.put(event())
        inbox.put(event(task_id="another"))
    assert inbox.latest(TASK_ID) == event()


def test_a_listener_that_is_cancelled_is_over_and_hears_no_more() -> None:
    async def story() -> None:
        listener = Listener(clock=Asleep())
        waiting = listener.wait()
        await listener.clock.sleepers.acquire()  # type: ignore[attr-defined]  # of Asleep
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert len(asyncio.all_tasks()) <= 2  # this one, and the sleep that has yet to notice
        await put_elsewhere(listener.inbox, TASK_ID)

    ended(story())


def test_an_event_for_a_loop_that_is_gone_harms_no_receiver() -> None:
    loop, listener = asyncio.new_event_loop(), Listener(clock=Asleep())

    async def leave_waiting() -> None:
        listener.wait()
        await listener.clock.sleepers.acquire()  # type: ignore[attr-defined]  # of Asleep

    loop.run_until_complete(leave_waiting())
    left = asyncio.all_tasks(loop)
    loop.close()
    listener.inbox.put(event())
    assert listener.inbox.latest(TASK_ID) == event()
    forget(left)


def forget(tasks: set[asyncio.Task[Any]]) -> None:
    """Let go of tasks whose loop is gone without the complaints that this is worth elsewhere."""
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # there is no public word for it
        with contextlib.suppress(RuntimeError):
            task.get_coro().close()
