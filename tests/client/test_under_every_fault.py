"""Whatever is scripted to happen, a call of the client ends in time, pays once, loses no task and is no bad client.

The mock is in this process and shares its clock with the client, so that a silence of thirty seconds takes none.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.presets import PRESETS
from mock_bfl.core.verdict import Verdict
from mock_bfl.testing import IN_PROCESS_URL
from tests.verdict.world import KEY, SharedClock, World, new_world

READ_TIMEOUT_S = 30.0
# A round trip in the mock's world takes 2 ms, and the last request after a deadline has at least a second.
SLACK_S = 2.0

DIRECTIVES = st.sampled_from(
    [
        *("", "after=0s", "after=4s", "after=3polls", "after=25s", "after=400s", "grace=4s after=6s"),
        *("status=Pending", "status=Generating", "while=Upscaling after=9s", "progress=0.1,0.5,null after=5s"),
        *('status="Request Moderated" after=0s', 'status="Content Moderated" after=6s reasons=Violence'),
        *("error=generation_timeout after=2s", 'status="Task not found" after=0s', 'status="Task not found" after=5s'),
    ]
)
ROUTES = st.sampled_from([None, "submit", "get_result", "sample"])
NAMED = st.fixed_dictionaries({"preset": st.sampled_from(sorted(PRESETS)), "route": ROUTES, "times": st.integers(1, 8)})
STATUSES = st.fixed_dictionaries(
    {"route": ROUTES, "status": st.integers(200, 599), "times": st.integers(1, 4)},
    optional={
        "retry_after": st.sampled_from(["0", "3", "59", "61", "86400", "-1", "NaN", "soon", "", "1e3"]),
        "body": st.sampled_from(["", "null", "[]", '"Ready"', '{"id":7}', '{"detail":[[]]}', "{", {"status": "Ready"}]),
        "content_type": st.sampled_from(["text/html", "image/png", "application/json"]),
    },
)
WHAT: tuple[dict[str, Any], ...] = (
    *({"status": 500}, {"status": 202}, {"garbage_bytes": 64}),
    *({"body": "{}"}, {"keep": 0.9}, {"wire": "reset"}),
)
SPOILT = st.builds(
    lambda what, route, times: {**what, "when": "after", "route": route, "times": times},
    st.sampled_from(WHAT),
    ROUTES,
    st.integers(1, 4),
)


class Patience(requests.adapters.BaseAdapter):
    """Lets the time of a silence pass that a client sat out."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world, self._inner = world, world.session.get_adapter(IN_PROCESS_URL)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        try:
            response = self._inner.send(request, *args, **options)
        except requests.ReadTimeout:
            self._world.sleep(options["timeout"][1])
            raise
        return response

    def close(self) -> None:
        """Close nothing."""


@dataclass(frozen=True)
class Ending:
    """How a call ended, and how long it took."""

    error: bfl.BFLError | None
    picture: bytes | None
    elapsed_s: float


def call(world: World, prompt: str, *, timeout_s: float, seed: int) -> Ending:
    """Generate a picture. Anything but a result or an error of the client's tree fails the test."""
    session = requests.Session()
    session.mount("http://", Patience(world))
    clock = SharedClock(world.clock)
    client = bfl.BFLClient(
        KEY, base_url=IN_PROCESS_URL, session=session, clock=clock, rng=Random(seed), read_timeout_s=READ_TIMEOUT_S
    )
    began_s = clock.monotonic_s()
    with tempfile.TemporaryDirectory() as folder:
        output, error = Path(folder) / "a.png", None
        try:
            client.generate("flux-2-pro", prompt, width=64, height=64, output=output, timeout_s=timeout_s)
        except bfl.BFLError as raised:
            error = raised
        assert [path.name for path in Path(folder).iterdir()] == ([] if error else ["a.png"])
        return Ending(error, None if error else output.read_bytes(), clock.monotonic_s() - began_s)


def check(world: World, ending: Ending, *, tasks_before: int, timeout_s: float) -> None:
    """Check one call against what the mock knows of it."""
    assert ending.elapsed_s <= timeout_s + READ_TIMEOUT_S + SLACK_S
    if ending.picture is not None:
        assert ending.picture.startswith(b"\x89PNG")
    tasks = world.engine.oversight.tasks(None)[tasks_before:]
    assert len(tasks) <= 1, "one call was accepted twice"
    for task in tasks:
        answer = next(row for row in submits(world) if row.task_id == task.id)
        if ending.error is not None and answer.fault is None:
            assert isinstance(ending.error, (bfl.TaskFailed, bfl.TaskUnfinished, bfl.DownloadFailed)), ending.error
            assert (ending.error.task_id, ending.error.polling_url) == (task.id, f"{answer.leads_to}?id={task.id}")
        elif ending.error is not None and answer.status is None:
            assert isinstance(ending.error, bfl.UnknownOutcome), ending.error


def submits(world: World) -> list[Exchange]:
    return [row for row in world.engine.control.journal(None) if row.route == "submit"]


def verdict(world: World) -> Verdict:
    return world.verdict(strict=True)


@given(
    directives=st.lists(DIRECTIVES, min_size=1, max_size=3),
    faults=st.lists(NAMED | STATUSES | SPOILT, max_size=4),
    timeout_s=st.sampled_from([1.0, 20.0, 300.0]),
    dialect=st.sampled_from([LIVE, GUIDE]),
    seed=st.integers(0, 1000),
)
def test_random_scripts(
    *, directives: list[str], faults: list[dict[str, Any]], timeout_s: float, dialect: Dialect, seed: int
) -> None:
    world = new_world(dialect=dialect)
    for fault in faults:
        world.fail_next(**fault)
    for number, directive in enumerate(directives):
        before = len(world.engine.oversight.tasks(None))
        ending = call(world, f"cube {number} [mock: {directive}]", timeout_s=timeout_s, seed=seed)
        check(world, ending, tasks_before=before, timeout_s=timeout_s)
    assert str(verdict(world)).startswith("A good client: nothing to find.")


@pytest.mark.parametrize(
    "dialect", [pytest.param(LIVE, id="live"), pytest.param(GUIDE, id="guide", marks=pytest.mark.deep)]
)
@pytest.mark.parametrize("route", ["submit", "get_result", "sample"])
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_each_named_fault_for_ever(preset: str, route: str, dialect: Dialect) -> None:
    world = new_world(dialect=dialect)
    world.fail_next(preset=preset, route=route, times=None)
    ending = call(world, "a red cube", timeout_s=120, seed=7)
    check(world, ending, tasks_before=0, timeout_s=120)
    assert str(verdict(world)).startswith("A good client: nothing to find.")
