"""The asynchronous client against the mock: over a socket, many at once, and under whatever the mock can script."""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from mock_bfl.clock import ManualClock
from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.engine import Engine, account_of
from mock_bfl.testing import IN_PROCESS_URL, LiveServer
from mock_bfl.web import create_app
from tests.client.async_double import Body, as_httpx, ended
from tests.client.virtual_time import VirtualTime
from tests.client.wire_double import Answer
from tests.verdict.test_good_clients import DIRECTIVES, FAULTS
from tests.verdict.world import KEY, SharedClock, World, new_world, routes_of_presets

JOBS = 50


class Live:
    """A mock behind a socket, and the clock it shares with its clients."""

    def __init__(self, *, dialect: Dialect = LIVE) -> None:
        self.clock = ManualClock()
        self.engine = Engine(clock=self.clock, dialect=dialect)
        self.server = LiveServer(create_app(self.engine))

    def generate(self, prompts: Sequence[str], *, folder: Path, **options: Any) -> list[bfl.AsyncResult]:
        """Generate all at once, with one client."""

        async def story() -> list[bfl.AsyncResult]:
            clock = VirtualTime(self.clock)
            async with bfl.AsyncBFLClient(KEY, base_url=self.server.base_url, clock=clock, **options) as client:
                calls = [
                    client.generate("flux-2-pro", prompt, width=64, height=64, output=folder / f"{number}.png")
                    for number, prompt in enumerate(prompts)
                ]
                return await clock.all_of(calls)

        return ended(story())

    def fail_next(self, preset: str, *, route: str) -> None:
        """Let the next call of a route fail."""
        self.engine.scripts.fail_next(account_of(KEY), {"match": {"route": route}, "preset": preset})

    @property
    def peak(self) -> int:
        """How many tasks were active at once, as the mock saw it."""
        with self.engine.context.store.transaction():
            tasks = self.engine.context.store.tasks(account_of(KEY))
        starts = [task.created_at_ms for task in tasks]
        return max(sum(one.created_at_ms <= at < (one.settles_at_ms or at) for one in tasks) for at in starts)


@pytest.fixture
def live() -> Iterator[Live]:
    live = Live()
    with live.server:
        yield live
    live.engine.close()


def test_a_picture_comes_over_a_real_socket(live: Live, tmp_path: Path) -> None:
    [result] = live.generate(["a red cube"], folder=tmp_path)
    assert (tmp_path / "0.png").read_bytes().startswith(b"\x89PNG")
    assert result.sample.startswith(live.server.base_url)


def test_fifty_at_once_keep_to_the_slots_and_get_no_finding(live: Live, tmp_path: Path) -> None:
    """Twenty-four are in the making at most, none is refused, and all arrive."""
    live.generate([f"cube {number}" for number in range(JOBS)], folder=tmp_path, timeout_s=600)
    assert len(list(tmp_path.iterdir())) == JOBS
    assert live.peak == 24
    assert [row.status for row in live.engine.control.journal(None) if row.status == 429] == []
    assert str(live.engine.verdict(api_key=KEY, strict=True)).startswith("A good client: nothing to find.")


def test_without_the_clients_own_limit_the_api_refuses_some_and_all_arrive(live: Live, tmp_path: Path) -> None:
    live.generate([f"cube {number}" for number in range(30)], folder=tmp_path, timeout_s=600, max_active=None)
    assert len(list(tmp_path.iterdir())) == 30
    assert 429 in {row.status for row in live.engine.control.journal(None)}


@pytest.mark.parametrize("preset", ["reset", "close", "truncate", "reply_lost"])
def test_a_submit_whose_connection_breaks_is_an_unknown_outcome(live: Live, tmp_path: Path, preset: str) -> None:
    live.fail_next(preset, route="submit")
    with pytest.raises(bfl.UnknownOutcome):
        live.generate(["x"], folder=tmp_path)
    assert [row.path for row in live.engine.control.journal(None)] == ["/v1/flux-2-pro"]


@pytest.mark.parametrize("preset", ["reset", "close", "truncate"])
@pytest.mark.parametrize("route", ["get_result", "sample"])
def test_a_free_request_whose_connection_breaks_is_made_again(
    live: Live, tmp_path: Path, route: str, preset: str
) -> None:
    live.fail_next(preset, route=route)
    live.generate(["x"], folder=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["0.png"]


def test_an_api_that_is_not_there_is_unavailable() -> None:
    client = bfl.AsyncBFLClient(KEY, base_url="http://127.0.0.1:1", timeout_s=0)
    with pytest.raises(bfl.Unavailable, match=r"could not be reached \(ConnectError from ConnectionRefusedError\)"):
        ended(client.submit("flux-2-pro", "x"))


# ------------------------------------------------------------------------------------------- random scripts, no socket


class Bridge(httpx.AsyncBaseTransport):
    """Hands requests to a session of requests, which has the mock in this process."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]
        try:
            response = self._session.request(
                request.method,
                str(request.url),
                data=request.content,
                headers=dict(request.headers),
                timeout=(timeout["connect"], timeout["read"]),
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            raise as_httpx(error) from error
        response.raw.enforce_content_length = False  # `Body` ends a short one as httpx does
        body = response.raw.read(decode_content=False)
        answer = Answer(response.status_code, body, dict(response.headers))
        return httpx.Response(answer.status, headers=dict(answer.headers), stream=Body(answer))


class AsyncSharedClock:
    """What `AsyncBFLClient` takes for a clock: the mock's own."""

    def __init__(self, clock: SharedClock) -> None:
        self._clock = clock

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()

    def epoch_s(self) -> float:
        return self._clock.epoch_s()

    async def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


def generate(world: World, prompt: str, *, timeout_s: float, seed: int) -> None:
    """Generate a picture; what that raises is the client's own affair, if it is a `BFLError`."""
    client = bfl.AsyncBFLClient(
        KEY,
        base_url=IN_PROCESS_URL,
        session=httpx.AsyncClient(transport=Bridge(world.session)),
        clock=AsyncSharedClock(SharedClock(world.clock)),
        rng=random.Random(seed),
    )
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(bfl.BFLError):
        output = Path(folder) / "a.png"
        ended(client.generate("flux-2-pro", prompt, width=64, height=64, output=output, timeout_s=timeout_s))


@given(
    directives=st.lists(DIRECTIVES, min_size=1, max_size=3),
    faults=st.lists(FAULTS, max_size=3),
    timeout_s=st.sampled_from([1.0, 20.0, 300.0]),
    dialect=st.sampled_from([LIVE, GUIDE]),
    seed=st.integers(0, 1000),
)
def test_the_asynchronous_client_gets_no_finding(
    *, directives: list[str], faults: list[dict[str, Any]], timeout_s: float, dialect: Dialect, seed: int
) -> None:
    world = new_world(dialect=dialect)
    for fault in faults:
        world.fail_next(**fault)
    for number, directive in enumerate(directives):
        generate(world, f"cube {number} [mock: {directive}]", timeout_s=timeout_s, seed=seed)
    assert str(world.verdict(strict=True)).startswith("A good client: nothing to find.")


@pytest.mark.parametrize(("preset", "route"), routes_of_presets())
def test_the_asynchronous_client_survives_each_fault_without_a_finding(preset: str, route: str) -> None:
    world = new_world()
    world.fail_next(preset=preset, route=route, times=3)
    for number in range(2):
        generate(world, f"cube {number}", timeout_s=120, seed=number)
    assert world.codes == set()
