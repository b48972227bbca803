"""No more tasks of one client are active than the API takes, whoever waits for them or does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

import bfl_client as bfl
from bfl_client._slots import Slots
from tests.client.wire_double import Answer, World, accepted, poll, ready

FLUX, KONTEXT_MAX = "/v1/flux-2-pro", "/v1/flux-kontext-max"


def test_the_25th_task_finds_no_slot() -> None:
    slots = Slots()
    taken = [slots.take(FLUX) for _ in range(25)]
    assert taken.count(None) == 1
    assert taken[-1] is None


def test_the_seventh_of_kontext_max_finds_none_while_others_do() -> None:
    slots = Slots()
    taken = [slots.take(KONTEXT_MAX) for _ in range(7)]
    assert [slot is None for slot in taken] == [False] * 6 + [True]
    assert slots.take(FLUX) is not None


def test_a_slot_given_back_twice_is_free_once() -> None:
    slots = Slots(1)
    first = slots.take(FLUX)
    assert first is not None
    slots.free(first)
    slots.free(first)
    assert slots.take(FLUX) is not None
    assert slots.take(FLUX) is None


def test_without_a_limit_there_is_always_one() -> None:
    slots = Slots(None)
    assert None not in [slots.take(KONTEXT_MAX) for _ in range(30)]


def test_who_is_asked_after_is_left_alone_and_each_searcher_gets_another_task() -> None:
    slots = Slots(3)
    names = ("a", "b", "c")
    for name in names:
        slot = slots.take(FLUX)
        assert slot is not None
        slot.task_id = slot.polling_url = name
    first = slots.idle(FLUX)
    assert first is not None
    assert first.task_id == "a"
    with slots.watching(first):
        found = [slots.idle(FLUX) for _ in range(3)]
    assert [slot.task_id for slot in found if slot is not None] == ["b", "c", "b"]


def test_only_kontext_max_is_in_the_way_of_kontext_max() -> None:
    slots = Slots(10)
    other = slots.take(FLUX)
    assert other is not None
    other.polling_url = "other"
    for number in range(6):
        slot = slots.take(KONTEXT_MAX)
        assert slot is not None
        slot.polling_url = str(number)
    found = slots.idle(KONTEXT_MAX)
    assert found is not None
    assert found.polling_url == "0"


def numbered(pending_polls: int) -> Callable[[requests.PreparedRequest], Answer]:
    """Answer as an API whose tasks end after some polls."""
    polls: dict[str, int] = {}

    def answer(request: requests.PreparedRequest) -> Answer:
        if request.method == "POST":
            task_id = str(len(polls))
            polls[task_id] = 0
            return accepted(id=task_id, polling_url=f"https://api.bfl.ai/v1/get_result?id={task_id}")
        task_id = parse_qs(urlsplit(str(request.url)).query)["id"][0]
        polls[task_id] += 1
        return ready() if polls[task_id] > pending_polls else poll("Pending")

    return answer


def bounded(world: World, *, max_active: int, budget_credits: float | None = None) -> bfl.BFLClient:
    return bfl.BFLClient(
        "bfl_key", session=world.session, clock=world.clock, max_active=max_active, budget_credits=budget_credits
    )


def test_a_submit_without_a_slot_looks_after_the_tasks_that_nobody_waits_for() -> None:
    world = World(script=numbered(2))
    client = bounded(world, max_active=2)
    tasks = [client.submit("flux-2-pro", str(number)) for number in range(3)]
    kinds = [request.method for request in world.adapter.seen]
    assert kinds[:2] == ["POST", "POST"]
    assert kinds[2:] == ["GET"] * 5 + ["POST"]
    assert [task.wait().seed for task in tasks] == [42] * 3


def test_a_submit_that_gets_no_slot_in_time_was_not_sent() -> None:
    world = World(script=numbered(10_000))
    client = bounded(world, max_active=1)
    client.submit("flux-2-pro", "a")
    with pytest.raises(bfl.RateLimited, match="Nothing was sent"):
        client.submit("flux-2-pro", "b", timeout_s=20)
    assert world.adapter.submits == 1
    assert world.clock.now_s == pytest.approx(1020.0)


def test_a_task_that_nobody_can_ask_after_gives_its_slot_back() -> None:
    world = World(accepted(polling_url="https://evil.example/x"), accepted())
    client = bounded(world, max_active=1)
    client.submit("flux-2-pro", "a")
    client.submit("flux-2-pro", "b")
    assert world.adapter.submits == 2


@pytest.mark.parametrize("end", ["Ready", "Error", "Request Moderated"])
def test_a_task_whose_end_was_seen_holds_no_slot(end: str) -> None:
    world = World(accepted(), ready() if end == "Ready" else poll(end), accepted())
    client = bounded(world, max_active=1)
    client.submit("flux-2-pro", "a").refresh()
    client.submit("flux-2-pro", "b")
    assert world.adapter.left == []


def test_a_refused_submit_holds_no_slot() -> None:
    world = World(Answer(422, b"{}"), accepted())
    client = bounded(world, max_active=1)
    with pytest.raises(bfl.InvalidRequest):
        client.submit("flux-2-pro", "a")
    client.submit("flux-2-pro", "b")
    assert [json.loads(request.body or b"")["prompt"] for request in world.adapter.seen] == ["a", "b"]


def test_a_task_that_others_look_after_is_not_asked_after_before_its_retry_after() -> None:
    refused = Answer(429, b"{}", {"retry-after": "20"})
    world = World(accepted(), refused, ready(), accepted())
    client = bounded(world, max_active=1)
    client.submit("flux-2-pro", "a")
    asked_s = world.clock.now_s
    client.submit("flux-2-pro", "b")
    assert 20.0 <= world.clock.now_s - asked_s < 30.0
    assert world.adapter.left == []


def test_many_who_look_for_a_slot_do_not_ask_after_one_task_faster_than_its_owner_would() -> None:
    slots = Slots(1)
    slot = slots.take(FLUX)
    assert slot is not None
    slot.polling_url, slot.not_before_s = "a", 10.5
    assert slots.idle(FLUX, now_s=10.4) is None
    assert slots.idle(FLUX, now_s=10.5) is slot


def test_a_deadline_that_a_retry_after_outlasts_does_not_shorten_that_for_others() -> None:
    refused = Answer(429, b"{}", {"retry-after": "50"})
    world = World(accepted(), refused, ready(), accepted())
    client = bounded(world, max_active=1)
    task = client.submit("flux-2-pro", "a")
    with pytest.raises(bfl.DeadlineExceeded):
        task.wait(timeout_s=5)
    asked_s = world.clock.now_s
    client.submit("flux-2-pro", "b")
    assert world.clock.now_s - asked_s >= 50.0
    assert world.adapter.left == []


def test_a_task_that_may_not_be_asked_after_for_a_day_gives_its_slot_back_unasked() -> None:
    refused = Answer(429, b"{}", {"retry-after": "86400"})
    world = World(accepted(), refused, accepted())
    client = bounded(world, max_active=1)
    with pytest.raises(bfl.PollingRefused):
        client.submit("flux-2-pro", "a").wait()
    client.submit("flux-2-pro", "b")
    assert world.adapter.left == []
