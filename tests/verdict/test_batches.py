"""Thirty prompts by thirty threads against twenty-four slots, in the guide's manner: all arrive, nothing is found."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.testing import IN_PROCESS_URL
from tests.verdict.world import KEY, World, new_world

JOBS = 30


class Worker:
    """Submits, waits for Retry-After on a 429, polls with back-off, downloads."""

    def __init__(self, world: World, together: threading.Barrier) -> None:
        self.world = world
        self.together = together

    def generate(self, prompt: str) -> bool:
        reply = self.world.submit(prompt, width=64, height=64)
        self.together.wait(30)  # until every thread has been answered: so six meet a full account
        while reply.status_code == 429:
            self.world.sleep(float(reply.headers.get("Retry-After", 5)))
            reply = self.world.submit(prompt, width=64, height=64)
        return self.fetch(reply.json()["polling_url"])

    def fetch(self, polling_url: str) -> bool:
        pause_s = 1.0
        while (shown := self.world.get(polling_url).json())["status"] == "Pending":
            self.world.sleep(pause_s)
            pause_s = min(pause_s * 1.5, 5.0)
        return self.world.get(shown["result"]["sample"]).status_code == 200


@pytest.mark.parametrize("dialect", [LIVE, GUIDE], ids=["live", "guide"])
@pytest.mark.parametrize("prompt", ["cube {}", "the same cube"], ids=["different", "equal"])
def test_a_batch_that_meets_a_full_account_is_delivered_and_good(dialect: Dialect, prompt: str) -> None:
    world = new_world(dialect=dialect)
    worker = Worker(world, threading.Barrier(JOBS))
    with ThreadPoolExecutor(JOBS) as pool:
        delivered = list(pool.map(worker.generate, [prompt.format(number) for number in range(JOBS)]))
    refused = [row for row in world.engine.control.journal(None) if row.status == 429]
    assert (sum(delivered), len(refused) >= 6) == (JOBS, True)
    assert str(world.verdict(strict=True)).startswith("A good client: nothing to find.")


def test_a_batch_that_does_not_wait_is_found() -> None:
    world = new_world()
    for number in range(24):
        world.submit(f"cube {number} [mock: status=Pending]")
    for number in range(6):
        for _ in range(4):
            world.submit(f"late cube {number}")
    assert world.codes == {"over_concurrency"}
    assert len(world.verdict()["over_concurrency"].evidence) == 6


def test_one_clients_faults_are_not_anothers() -> None:
    world = new_world()
    for _ in range(3):
        world.submit(width=1)
        requests.Session.get(world.session, f"{IN_PROCESS_URL}/v1/credits", headers={"x-key": "another"})
    assert world.codes == {"retried_non_retryable"}
    assert world.engine.verdict(api_key="another").codes == ()
    assert world.engine.verdict().codes == ("retried_non_retryable",)
    assert world.engine.verdict(api_key=KEY).totals.requests == 3
