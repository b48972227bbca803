"""A submit that is accepted and answered late, or in drips: who goes away and submits the same again pays twice."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from mock_bfl.core.verdict import Level
from mock_bfl.engine import account_of
from tests.verdict.story import PRICE, Story
from tests.verdict.world import KEY, World, new_world


@pytest.fixture
def story() -> Story:
    return Story()


def again_and_fetched(story: Story) -> None:
    story.download(story.ready(story.submit()))


@pytest.mark.parametrize("is_over", [True, False], ids=["answered since", "not answered yet"])
def test_a_job_submitted_again_into_the_silence_is_found(story: Story, is_over: bool) -> None:
    story.stalled(is_over=is_over)
    story.wait(5)
    again_and_fetched(story)
    found = story.verdict()["resubmitted_paid_job"]
    assert (found.level, found.cost_credits, found.evidence[0].requests) == (Level.FAIL, PRICE, (1, 2))
    assert found.evidence[0].what.startswith("#1 was accepted; then it was silent for 5 s, and #2 submitted the same")


def test_each_time_into_a_silence_is_paid(story: Story) -> None:
    for _ in range(3):
        story.stalled()
        story.wait(5)
    again_and_fetched(story)
    assert story.verdict()["resubmitted_paid_job"].cost_credits == 3 * PRICE


def test_who_waits_through_the_silence_beside_another_caller_is_good(story: Story) -> None:
    first = story.stalled(seconds=8)
    second = story.wait(2).submit()
    story.ready(second)
    story.wait(8).download(second)
    story.download(story.ready(first))
    assert story.codes == ()


def test_without_a_fault_it_was_another_caller_that_asked_meanwhile(story: Story) -> None:
    story.stalled(fault=None)
    story.wait(5)
    again_and_fetched(story)
    assert story.codes == ()


def test_who_asks_at_once_is_another_caller_that_was_started_beside_it(story: Story) -> None:
    story.stalled(is_over=False)
    story.wait(0.1)
    again_and_fetched(story)
    assert story.codes == ()


def test_with_more_callers_at_work_on_the_same_it_is_in_doubt_whose_the_next_is(story: Story) -> None:
    other = story.submit()
    story.stalled(is_over=False)
    story.wait(5)
    again_and_fetched(story)
    story.download(story.ready(other))
    assert story.codes == ()


def test_a_caller_that_waits_for_a_webhook_need_not_poll(story: Story) -> None:
    first = story.stalled(seconds=8, leads_to=None)
    second = story.wait(2).submit(leads_to=None)
    story.wait(10)
    story.deliver(first, 200)
    story.deliver(second, 200)
    assert story.codes == ()


def test_who_submits_again_after_the_whole_answer_had_come_may_have_read_it(story: Story) -> None:
    story.stalled(seconds=8)
    story.wait(10)
    again_and_fetched(story)
    assert story.codes == ()


def test_who_submits_again_after_it_was_gone_pays_twice(story: Story) -> None:
    story.submit(status=None, task_id="lost", cost_credits=PRICE, fault="stall", is_broken=True, took_ms=8000)
    story.wait(10)
    again_and_fetched(story)
    assert story.codes == ("resubmitted_paid_job",)


# --- the mock in this process: a client's patience is known there


SILENCES: tuple[dict[str, Any], ...] = (
    {"wire": "stall", "stall_s": 60},
    {"wire": "stall", "stall_s": 60, "then": "close"},
    {"wire": "drip", "chunk_bytes": 8, "pause_ms": 9000},
)


def submit(world: World, *, timeout_s: float) -> requests.Response:
    url = "http://mock.bfl.localhost/v1/flux-2-pro"
    return world.session.post(url, json={"prompt": "a red cube"}, headers={"x-key": KEY}, timeout=timeout_s)


@pytest.mark.parametrize("fault", SILENCES, ids=["stall", "stall and close", "drip"])
def test_a_client_that_times_out_and_submits_again_is_found(fault: dict[str, Any]) -> None:
    world = new_world()
    world.fail_next(route="submit", **fault)
    with pytest.raises(requests.Timeout):
        submit(world, timeout_s=5)
    world.sleep(5)
    world.get(world.sample(submit(world, timeout_s=5).json()))
    assert world.codes == {"resubmitted_paid_job"}
    assert world.verdict().cost_credits == 3


@pytest.mark.parametrize("fault", SILENCES, ids=["stall", "stall and close", "drip"])
def test_a_client_that_times_out_and_stops_is_good(fault: dict[str, Any]) -> None:
    world = new_world()
    world.fail_next(route="submit", **fault)
    with pytest.raises(requests.Timeout):
        submit(world, timeout_s=5)
    assert world.verdict(strict=True).codes == ()


@pytest.mark.parametrize("fault", [SILENCES[0], SILENCES[2]], ids=["stall", "drip"])
def test_a_client_with_patience_is_good(fault: dict[str, Any]) -> None:
    world = new_world()
    for _ in range(2):
        world.fail_next(route="submit", **fault)
        world.get(world.sample(submit(world, timeout_s=90).json()))
    assert world.verdict(strict=True).codes == ()


def test_the_journal_says_that_a_client_was_gone() -> None:
    world = new_world()
    world.fail_next(route="submit", **SILENCES[0])
    with pytest.raises(requests.Timeout):
        submit(world, timeout_s=5)
    (row,) = world.engine.control.journal(account_of(KEY))
    assert (row.status, row.is_broken, row.cost_credits, row.fault) == (None, True, PRICE, "wire=stall, stall_s=60.0")


# --- a poll, a download


def test_a_job_submitted_again_into_the_silence_of_its_poll_is_found(story: Story) -> None:
    story.wait(0.6).poll(story.submit(), took_ms=30_000, fault="stall")
    story.rewind(30).wait(5)
    again_and_fetched(story)
    found = story.verdict()["resubmitted_paid_job"]
    assert found.evidence[0].requests == (1, 2, 3)
    assert "then #2 was silent for 5 s, and #3 submitted" in found.evidence[0].what


def test_who_reads_the_end_in_a_late_poll_beside_another_caller_is_good(story: Story) -> None:
    story.wait(0.6).poll(story.submit(), "Request Moderated", took_ms=8000, fault="stall")
    story.rewind(8).wait(5)
    again_and_fetched(story)
    assert story.codes == ()


def test_a_job_submitted_again_into_the_silence_of_its_picture_is_found(story: Story) -> None:
    story.download(story.ready(story.submit()), status=None, fault="stall", is_broken=True, took_ms=30_000)
    story.rewind(30).wait(5)
    again_and_fetched(story)
    assert story.codes == ("resubmitted_paid_job",)


def test_who_waits_for_a_late_picture_beside_another_caller_is_good(story: Story) -> None:
    story.download(story.ready(story.submit()), fault="stall", took_ms=8000)
    story.rewind(8).wait(5)
    again_and_fetched(story)
    assert story.codes == ()
