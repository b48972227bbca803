"""A target without a socket: a WSGI application in this process, its clock moved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import requests

from bfl_conformance import Need, Reply
from bfl_conformance.target import DEFAULT_KEYS, reply_from
from mock_bfl.clock import ManualClock
from mock_bfl.contract import LIVE, Dialect
from mock_bfl.core.rules import RULES, Rules
from mock_bfl.engine import Engine
from mock_bfl.testing import IN_PROCESS_URL, WSGIAdapter
from mock_bfl.web import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

    Wrapper = Callable[[WSGIApplication], WSGIApplication]


_STARTS_EVERY_MS = 1_000_000


class InProcessTarget:
    """An application under judgement. Each fresh start is alike to the millisecond, but for the date."""

    def __init__(self, app: WSGIApplication, *, clock: ManualClock, reset: Callable[[], None]) -> None:
        self._adapter = WSGIAdapter(app)
        self._clock = clock
        self._reset = reset

    @property
    def base_url(self) -> str:
        return IN_PROCESS_URL

    @property
    def keys(self) -> Mapping[str, str]:
        return DEFAULT_KEYS

    @property
    def abilities(self) -> frozenset[Need]:
        return frozenset(Need)

    def request(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        # Without a session: its proxies, cookies and redirects would cost more than the mock itself.
        response = self._adapter.send(requests.Request(method, url, headers=dict(headers), data=body).prepare())
        now_ms = self._clock.real_ms()
        return reply_from(response, sent_at_ms=now_ms, received_at_ms=now_ms)

    def advance(self, *, seconds: float) -> None:
        self._clock.advance(seconds=seconds)

    def renew(self) -> None:
        self._reset()
        self._clock.advance(ms=-self._clock.real_ms() % _STARTS_EVERY_MS)


def as_it_is(app: WSGIApplication) -> WSGIApplication:
    """Change nothing."""
    return app


def mock_target(
    *, dialect: Dialect = LIVE, rules: Rules = RULES, seed: int = 0, speed: float = 1.0, wrapped: Wrapper = as_it_is
) -> InProcessTarget:
    """Return the mock as a target: the true one, or a mutant by its rules, its dialect or what wraps its replies."""
    clock = ManualClock()
    engine = Engine(clock=clock, dialect=dialect, rules=rules, seed=seed, speed=speed)
    return InProcessTarget(wrapped(create_app(engine)), clock=clock, reset=lambda: engine.control.reset(None))
