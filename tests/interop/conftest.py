"""A mock behind a real socket: what stands on the other side knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mock_bfl.clock import ManualClock
from mock_bfl.core.exchange import Exchange
from mock_bfl.engine import Engine, account_of
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app

KEY = "bfl_your_key_here"


@dataclass(frozen=True)
class Served:
    """A live mock whose tasks are ready at once, unless their prompt says otherwise."""

    base_url: str
    engine: Engine

    def exchanges(self) -> list[Exchange]:
        """Return what the client's account asked for, in order."""
        return list(self.engine.control.journal(account_of(KEY)))


@pytest.fixture
def served() -> Iterator[Served]:
    engine = Engine(clock=ManualClock(), speed=0)
    with LiveServer(create_app(engine)) as server:
        yield Served(server.base_url, engine)
