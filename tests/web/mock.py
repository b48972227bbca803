"""The mock in this process, under a clock that moves when told to, with verbs that read like a story."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

from mock_bfl.clock import ManualClock
from mock_bfl.contract import Dialect
from mock_bfl.engine import Engine
from mock_bfl.web import create_app
from tests.web.wire import KEY, Answer, Ask, call_wsgi

START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
FLUX_2_PRO = "/v1/flux-2-pro"
A_CUBE: dict[str, Any] = {"prompt": "a red cube"}


@dataclass(frozen=True)
class Mock:
    """A mock and its levers."""

    app: Flask
    engine: Engine
    clock: ManualClock

    @property
    def client(self) -> Client:
        """A plain HTTP client in this process."""
        return self.app.test_client()

    def answer(self, ask: Ask) -> Answer:
        """Put a request in bytes to the application."""
        return call_wsgi(self.app.wsgi_app, ask)

    def submit(self, path: str = FLUX_2_PRO, *, key: str = KEY, **fields: Any) -> TestResponse:
        """POST a body to a model; a cube unless `fields` say otherwise."""
        return self.client.post(path, json={**A_CUBE, **fields}, headers={"x-key": key})

    def script(self, directive: str, *, path: str = FLUX_2_PRO, **fields: Any) -> TestResponse:
        """Submit a cube whose prompt carries a directive."""
        return self.submit(path, **{"prompt": f"a red cube [mock: {directive}]", **fields})

    def poll(self, task: TestResponse) -> Any:
        """GET the polling URL of a submit reply and return the JSON."""
        return self.client.get(json_of(task)["polling_url"]).json

    def ready(self, path: str = FLUX_2_PRO, **fields: Any) -> Any:
        """Submit, let the task settle and return the JSON of the poll."""
        task = self.submit(path, **{"prompt": "a red cube [mock: after=1s]", **fields})
        self.clock.advance(seconds=1)
        return self.poll(task)

    def credits(self, *, key: str = KEY) -> Any:
        """Return the balance."""
        return json_of(self.client.get("/v1/credits", headers={"x-key": key}))["credits"]


def json_of(response: TestResponse) -> Any:
    """Return the JSON of a response that must have some."""
    assert response.is_json, response.data
    return response.json


def new_mock(**settings: Any) -> Mock:
    """Return a fresh mock; `settings` are the engine's."""
    clock = ManualClock(START_MS)
    engine = Engine(clock=clock, **settings)
    return Mock(create_app(engine), engine, clock)


def bottomless_mock(dialect: Dialect | None = None) -> Mock:
    """Return a mock that never runs out of credits or slots: tasks settle at once."""
    settings: dict[str, Any] = {} if dialect is None else {"dialect": dialect}
    return new_mock(speed=0, starting_balance=Decimal(10**12), **settings)
