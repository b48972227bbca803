"""The same tests for each store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_bfl.clock import ManualClock
from mock_bfl.core.timeline import Timeline
from mock_bfl.store import MemoryStore, Store
from mock_bfl.store.sqlite import SqliteStore

JOURNAL_LENGTH = 5  # of one account
JOURNAL_TOTAL = 12  # of all
BOUNDS = {"journal_length": JOURNAL_LENGTH, "journal_total": JOURNAL_TOTAL}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    opened: Store
    if request.param == "memory":
        opened = MemoryStore(Timeline(clock.real_ms(), clock.real_ms()), **BOUNDS)
    else:
        opened = SqliteStore(tmp_path / "tasks.db", clock=clock, **BOUNDS)
    yield opened
    opened.close()
