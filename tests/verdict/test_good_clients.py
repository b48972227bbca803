"""A good client gets no finding, whatever is scripted to happen to it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfl_client import BFLClient, BFLError
from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.core.presets import PRESETS
from mock_bfl.testing import IN_PROCESS_URL
from tests.verdict.world import KEY, SharedClock, World, new_world, routes_of_presets

# --- the reference client, under random directives and faults

DIRECTIVES = st.sampled_from(
    [
        "after=0s",
        "after=4s",
        "after=3polls",
        "after=12polls",
        "after=25s",
        "status=Pending",
        "status=Generating",
        'status="Request Moderated" after=0s',
        'status="Content Moderated" after=6s',
        "error=generation_timeout after=2s",
        "while=Upscaling after=9s",
        'status="Task not found" after=0s',
        'status="Task not found" after=5s',
        "progress=0.1,0.5,null after=5s",
    ]
)
FAULTS = st.fixed_dictionaries(
    {
        "preset": st.sampled_from(sorted(PRESETS)),
        "route": st.sampled_from([None, "submit", "get_result", "sample"]),
        "times": st.integers(1, 4),
    }
)


def generate(world: World, prompt: str, *, timeout_s: float, seed: int) -> None:
    """Generate a picture with the reference client; what it raises is its own affair."""
    client = BFLClient(
        KEY, base_url=IN_PROCESS_URL, session=world.session, clock=SharedClock(world.clock), rng=Random(seed)
    )
    with tempfile.TemporaryDirectory() as folder:
        try:
            output = Path(folder) / "a.png"
            client.generate("flux-2-pro", prompt, width=64, height=64, output=output, timeout_s=timeout_s)
        except BFLError:
            pass


@given(
    directives=st.lists(DIRECTIVES, min_size=1, max_size=3),
    faults=st.lists(FAULTS, max_size=3),
    timeout_s=st.sampled_from([1.0, 20.0, 300.0]),
    dialect=st.sampled_from([LIVE, GUIDE]),
    seed=st.integers(0, 1000),
)
def test_the_reference_client_gets_no_finding(
    *, directives: list[str], faults: list[dict[str, Any]], timeout_s: float, dialect: Dialect, seed: int
) -> None:
    world = new_world(dialect=dialect)
    for fault in faults:
        world.fail_next(**fault)
    for number, directive in enumerate(directives):
        generate(world, f"cube {number} [mock: {directive}]", timeout_s=timeout_s, seed=seed)
    assert str(world.verdict(strict=True)).startswith("A good client: nothing to find.")


@pytest.mark.parametrize(("preset", "route"), routes_of_presets())
def test_the_reference_client_survives_each_fault_without_a_finding(preset: str, route: str) -> None:
    world = new_world()
    world.fail_next(preset=preset, route=route, times=3)
    for number in range(2):
        generate(world, f"cube {number}", timeout_s=120, seed=number)
    assert world.codes == set()


# --- good clients by hand, each under the circumstances that tempt a bad one

Client = Callable[[World], None]


def retries_polls_after_failures(world: World) -> None:
    task = world.task()
    world.fail_next(route="get_result", status=500, times=3)
    pause_s = 0.5
    while world.poll(task).status_code == 500:
        world.sleep(pause_s)
        pause_s *= 2
    world.get(world.sample(task))


def waits_for_retry_after(world: World) -> None:
    world.fail_next(route="submit", status=503, retry_after="7", times=2)
    while (reply := world.submit()).status_code == 503:
        world.sleep(int(reply.headers["Retry-After"]))
    world.get(world.sample(reply.json()))


def polls_at_leisure_whatever_a_200_advises(world: World) -> None:
    task = world.task("a red cube [mock: after=20s]")
    while world.status(task) != "Ready":
        world.sleep(0.3)
    world.get(world.sample(task))


def stops_on_moderation(world: World) -> None:
    task = world.task('a red cube [mock: status="Content Moderated" after=3s]')
    while world.status(task) == "Pending":
        world.sleep(0.5)


def leaves_a_stuck_task_at_its_deadline(world: World) -> None:
    task = world.task("a red cube [mock: status=Pending]")
    for _ in range(60):
        world.status(task)
        world.sleep(1)


def renews_an_expired_link(world: World) -> None:
    task = world.task()
    sample = world.sample(task)
    world.sleep(601)
    assert world.get(sample).status_code == 403
    assert world.get(world.poll(task).json()["result"]["sample"]).status_code == 200


def is_patient_with_a_new_task(world: World) -> None:
    task = world.task("a red cube [mock: grace=8s]")
    while world.status(task) != "Ready":
        world.sleep(1)
    world.get(world.sample(task))


def waits_for_a_webhook(world: World) -> None:
    world.task("a red cube", webhook_url="http://127.0.0.1:9/hook")
    world.sleep(30)


def resumes_in_another_process(world: World) -> None:
    task = world.task()
    world.sample(task)
    world.sleep(90)
    world.get(world.sample(task))


def sends_the_same_prompt_again_on_purpose(world: World) -> None:
    for _ in range(3):
        world.get(world.sample(world.task()))


def corrects_its_request(world: World) -> None:
    assert world.submit(width=10).status_code == 422
    world.get(world.sample(world.task(width=256)))


def gives_up_at_402(world: World) -> None:
    world.fail_next(route="submit", status=402)
    world.submit()


GOOD: tuple[Client, ...] = (
    retries_polls_after_failures,
    waits_for_retry_after,
    polls_at_leisure_whatever_a_200_advises,
    stops_on_moderation,
    leaves_a_stuck_task_at_its_deadline,
    renews_an_expired_link,
    is_patient_with_a_new_task,
    waits_for_a_webhook,
    resumes_in_another_process,
    sends_the_same_prompt_again_on_purpose,
    corrects_its_request,
    gives_up_at_402,
)


@pytest.mark.parametrize("client", GOOD, ids=lambda client: client.__name__)
def test_a_good_client_gets_no_finding(client: Client) -> None:
    world = new_world()
    client(world)
    assert str(world.verdict(strict=True)).startswith("A good client: nothing to find.")
