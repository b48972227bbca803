"""A task's end is learnt from its webhook or from a poll, whichever comes first; no lost webhook loses a task."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import bfl_client as bfl
from bfl_client.webhooks import Inbox, WebhookEvent, parse_event
from tests.client.webhook_double import MODERATED_2026, READY_2025, PassingTime, bytes_of, event
from tests.client.wire_double import API, KEY, SAMPLE, TASK_ID, Answer, Step, World, accepted, poll, ready, reply

NEWS = {"via": "webhook-or-poll"}


class Listening(World):
    """A client with an inbox on its clock; `at_s` puts an event there once so many seconds have passed."""

    def __init__(self, *steps: Step, event: WebhookEvent | None = None, at_s: float = 0.0) -> None:
        super().__init__(*steps)
        self.time = PassingTime(self.clock)
        self.inbox = Inbox(clock=self.clock, condition=self.time)
        if event is not None:
            self.time.at(self.clock.now_s + at_s, lambda: self.inbox.put(event))
        self.client = bfl.BFLClient(
            KEY, base_url=API, session=self.session, clock=self.clock, timeout_s=60, inbox=self.inbox
        )

    def wait(self, **options: Any) -> bfl.Result:
        task = self.client.submit("flux-2-pro", "x", webhook_url="https://example.com/hook")
        return task.wait(**{"via": "webhook-or-poll", **options})

    @property
    def polls(self) -> int:
        return sum(request.method == "GET" for request in self.adapter.seen)


def test_the_webhook_ends_the_wait_and_one_poll_signs_the_picture() -> None:
    world = Listening(accepted(), ready(), event=event(), at_s=4.0)
    assert world.wait().sample == SAMPLE
    assert (world.polls, world.clock.now_s) == (1, 1004.0)


def test_without_a_webhook_polls_find_the_end_but_rarely() -> None:
    world = Listening(accepted(), poll("Pending"), poll("Pending"), ready())
    assert world.wait().seed == 42
    assert world.polls == 3
    assert world.clock.now_s == pytest.approx(1030.0)


def test_a_webhook_that_was_there_before_the_reply_is_heard_at_once() -> None:
    world = Listening(accepted(), ready())
    world.inbox.put(event())
    world.wait()
    assert world.clock.now_s == 1000.0


def test_a_poll_that_lags_behind_the_webhook_is_repeated_at_its_usual_pace() -> None:
    world = Listening(accepted(), poll("Pending"), poll("Pending"), ready(), event=event(), at_s=1.0)
    assert world.wait().seed == 42
    assert 1.5 <= world.clock.now_s - 1000 < 4


def test_where_polls_fail_the_webhook_itself_is_believed() -> None:
    world = Listening(accepted(), reply({"detail": "x"}, status=500), event=parse_event(bytes_of(READY_2025)), at_s=1)
    result = world.wait()
    assert (result.sample, result.seed, result.cost_credits) == (SAMPLE, 42, 3.0)


def test_a_moderation_that_only_the_webhook_told_has_its_reasons() -> None:
    moderated = parse_event(bytes_of(MODERATED_2026))
    world = Listening(accepted(), Answer(502), event=moderated, at_s=1.0)
    with pytest.raises(bfl.Moderated) as caught:
        world.wait()
    assert caught.value.reasons == ("Derivative Works Filter",)


def test_a_wait_for_news_keeps_the_deadline() -> None:
    world = Listening(accepted(), *(poll("Pending") for _ in range(4)))
    with pytest.raises(bfl.DeadlineExceeded):
        world.wait(timeout_s=25)
    assert world.clock.now_s == pytest.approx(1025.0)


def test_news_of_another_task_are_no_news() -> None:
    world = Listening(accepted(), ready(), event=event(task_id="another"), at_s=2.0)
    world.wait()
    assert world.clock.now_s == pytest.approx(1010.0)


def test_without_an_inbox_listening_is_a_mistake_of_the_set_up() -> None:
    task = World(accepted()).client.submit("flux-2-pro", "x")
    with pytest.raises(bfl.ConfigurationError, match="inbox"):
        task.wait(via="webhook-or-poll")


def test_the_asynchronous_client_listens_without_blocking_its_loop() -> None:
    """The event is put by the loop that a blocking wait would have stopped."""
    inbox = Inbox()

    async def scene() -> bool:
        client = bfl.AsyncBFLClient(KEY, base_url="http://127.0.0.1:1", inbox=inbox, timeout_s=5, max_active=1)
        task = client.resume({"id": TASK_ID})
        asyncio.get_running_loop().call_later(0.01, inbox.put, parse_event(bytes_of(READY_2025)))
        result = await task.wait(via="webhook-or-poll")
        await client.aclose()
        return result.sample == SAMPLE

    before = threading.active_count()
    assert asyncio.run(scene())
    assert threading.active_count() == before
