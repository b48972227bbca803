"""A full account, and submits of different bodies: who goes on without a pause has no back-off for the limit."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from mock_bfl.core.verdict import Level
from mock_bfl.core.verdict.values import NOTHING
from mock_bfl.engine import Engine
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.verdict.story import Story
from tests.verdict.world import KEY, World, new_world

STUCK = "[mock: status=Pending]"


@pytest.fixture
def story() -> Story:
    return Story()


def refused(story: Story, times: int, *, first: int = 0, every_s: float = 0.0, **more: Any) -> None:
    for number in range(first, first + times):
        story.submit(f"job {number}", status=429, **more)
        story.wait(every_s)


def full_world() -> World:
    world = new_world()
    for number in range(24):
        world.submit(f"job {number} {STUCK}")
    return world


def test_a_loop_over_many_jobs_that_never_pauses_is_found(story: Story) -> None:
    refused(story, 24, retry_after="5")
    found = story.verdict()["over_concurrency"]
    assert (found.level, found.cost_credits, found.evidence[0].count) == (Level.FAIL, NOTHING, 24)
    assert found.evidence[0].what == "24 submits in a row were refused with 429, with at most 0 ms between."


def test_fewer_may_be_as_many_callers(story: Story) -> None:
    refused(story, 23)
    assert story.codes == ()


def test_jobs_that_are_tried_in_turn_are_found(story: Story) -> None:
    for _ in range(3):
        refused(story, 60)
    found = story.verdict()["over_concurrency"]
    assert [evidence.count for evidence in found.evidence] == [180]


@pytest.mark.parametrize("every_s", [0.1, 0.5])
def test_a_loop_that_pauses_after_each_refusal_is_good(story: Story, every_s: float) -> None:
    refused(story, 60, every_s=every_s)
    assert story.codes == ()


def test_callers_that_wait_and_come_back_are_good_however_many(story: Story) -> None:
    for _ in range(3):
        refused(story, 100, retry_after="5")
        story.wait(5)
    for number in range(100):
        story.submit(f"job {number}")
    assert story.codes == ()


def test_callers_that_overlap_are_many_and_each_was_refused_once(story: Story) -> None:
    for number in range(60):
        story.submit(f"job {number}", status=429, took_ms=8)
        story.rewind(0.004 if number % 2 else 0)
    assert story.codes == ()


def test_what_is_accepted_in_between_ends_the_row(story: Story) -> None:
    for turn in range(4):
        refused(story, 20, first=20 * turn)
        story.submit(f"through {turn}")
    assert story.codes == ()


def test_one_account_is_not_held_to_account_for_another(story: Story) -> None:
    for number in range(40):
        story.submit(f"job {number}", status=429, account="one" if number % 2 else "other")
    assert story.codes == ()


def test_one_job_over_and_over_is_told_once(story: Story) -> None:
    for _ in range(30):
        story.submit(status=429)
    assert len(story.verdict()["over_concurrency"].evidence) == 1


# --- against the mock itself


def test_who_hammers_a_full_account_with_other_jobs_is_found() -> None:
    world = full_world()
    for number in range(40):
        assert world.submit(f"other {number}").status_code == 429
    assert world.codes == {"over_concurrency"}


def test_who_waits_after_each_refusal_is_good() -> None:
    world = full_world()
    for number in range(40):
        assert world.submit(f"other {number}").status_code == 429
        world.sleep(5)
    assert world.verdict(strict=True).codes == ()


def test_who_tells_one_user_after_the_other_that_it_is_full_is_good() -> None:
    world = full_world()
    for turn in range(6):
        for number in range(8):
            world.submit(f"user {number} at {turn}")
        world.sleep(1)
    assert world.verdict(strict=True).codes == ()


@pytest.fixture(params=["fixtures", "serve"])
def base_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "fixtures":
        with LiveServer(create_app(Engine(speed=0.1))) as server:
            yield server.base_url
        return
    command = [sys.executable, "-m", "mock_bfl", "serve", "--listen", "127.0.0.1:0", "--speed", "0.1", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["base_url"]
        process.terminate()


def test_thirty_callers_that_each_are_refused_once_are_good(base_url: str) -> None:
    together = threading.Barrier(30)

    def submit(number: int) -> int:
        together.wait(30)
        body = {"prompt": f"job {number} {STUCK}"}
        reply = requests.post(f"{base_url}/v1/flux-2-pro", json=body, headers={"x-key": KEY}, timeout=30)
        return reply.status_code

    with ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(submit, range(30)))
    assert sorted(statuses) == [200] * 24 + [429] * 6
    judged = requests.get(f"{base_url}/_mock/verdict?strict=1", headers={"x-key": KEY}, timeout=30).json()
    assert judged["findings"] == []
