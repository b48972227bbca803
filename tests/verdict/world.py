"""A mock in this process and a clock that client and mock share: who sleeps, lets time pass, and nobody waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from mock_bfl.clock import ManualClock
from mock_bfl.core.presets import PRESETS
from mock_bfl.core.verdict import Verdict
from mock_bfl.engine import Engine, account_of
from mock_bfl.testing import IN_PROCESS_URL, WSGIAdapter
from mock_bfl.web import create_app

KEY = "a-key"
ROUND_TRIP_S = 0.002


class SharedClock:
    """What `BFLClient` takes for a clock: the mock's own."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def monotonic_s(self) -> float:
        return self._clock.real_ms() / 1000

    def epoch_s(self) -> float:
        return self._clock.real_ms() / 1000

    def sleep(self, seconds: float) -> None:
        self._clock.advance(ms=max(0, -(-int(seconds * 1_000_000) // 1000)))


class _Far(WSGIAdapter):
    """An adapter over which a request takes a while, on the shared clock."""

    def __init__(self, app: Any, clock: ManualClock) -> None:
        super().__init__(app)
        self._clock = clock

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self._clock.advance(seconds=ROUND_TRIP_S)
        return super().send(request, *args, **options)


@dataclass(frozen=True)
class World:
    """A mock, its clock, and a plain client's view of it. Tasks take a second unless told otherwise."""

    engine: Engine
    clock: ManualClock
    session: requests.Session

    def sleep(self, seconds: float) -> None:
        self.clock.advance(ms=round(seconds * 1000))

    def submit(self, prompt: str = "a red cube", *, slug: str = "flux-2-pro", **fields: Any) -> requests.Response:
        body = {"prompt": prompt, **fields}
        return self.session.post(f"{IN_PROCESS_URL}/v1/{slug}", json=body, headers={"x-key": KEY})

    def task(self, prompt: str = "a red cube", **fields: Any) -> dict[str, Any]:
        reply = self.submit(prompt, **fields)
        assert reply.status_code == 200, reply.text
        task: dict[str, Any] = reply.json()
        return task

    def get(self, url: str) -> requests.Response:
        return self.session.get(url, headers={"x-key": KEY} if "/v1/" in url else {})

    def poll(self, task: dict[str, Any]) -> requests.Response:
        return self.get(task["polling_url"])

    def status(self, task: dict[str, Any]) -> str:
        status: str = self.poll(task).json()["status"]
        return status

    def sample(self, task: dict[str, Any]) -> str:
        """Wait for a task as a good client does; return its sample URL."""
        while (shown := self.poll(task).json())["status"] != "Ready":
            self.sleep(0.5)
        url: str = shown["result"]["sample"]
        return url

    def fail_next(
        self, *, route: str | None = None, preset: str | None = None, times: int | None = 1, **fault: Any
    ) -> None:
        """Script what the coming calls meet."""
        rule = {"match": {"route": route}, "preset": preset, "fault": fault or None, "times": times}
        self.engine.scripts.fail_next(account_of(KEY), rule)

    def verdict(self, **options: Any) -> Verdict:
        return self.engine.verdict(api_key=KEY, **options)

    @property
    def codes(self) -> set[str]:
        return set(self.verdict().codes)


def routes_of_presets() -> list[Any]:
    """Return each preset with each route; quick runs take its own, or the one that most are for."""
    return [
        pytest.param(name, route, marks=() if route == (preset.route or "get_result") else pytest.mark.deep)
        for name, preset in sorted(PRESETS.items())
        for route in ("submit", "get_result", "sample")
    ]


def new_world(**settings: Any) -> World:
    """Return a fresh world; `settings` are the engine's."""
    clock = ManualClock()
    engine = Engine(**{"clock": clock, "speed": 0.1, **settings})
    session = requests.Session()
    app = create_app(engine)
    for origin in (IN_PROCESS_URL, "http://"):
        session.mount(origin, _Far(app, clock))
    return World(engine, clock, session)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
