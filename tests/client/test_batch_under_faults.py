"""A great batch in bad weather: every fault that has a name strikes, and each item ends, paid at most once.

The mock is a live server on loopback. Client and mock share a clock that moves when a thread of the client sleeps, so
that a day's wait takes none; with many threads it moves faster than each of them believes, hence the long time-outs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

import bfl_client as bfl
from bfl_client._records import Accepted, record_from
from mock_bfl.clock import ManualClock
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.presets import PRESETS
from mock_bfl.engine import Engine, account_of
from mock_bfl.engine.oversight import Change
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.client.batch_shop import accepted, charged, check_books, most_active, numbered_jobs, submitted_again
from tests.verdict.world import SharedClock

KEY = "a-key"
ROUTES = ("submit", "get_result", "sample")
SHARE = 0.05  # of the calls of each route
MOST_ACTIVE = 24
MOST_RUNS = 60
FOR_EVER_S = 1e6
A_LOOK_S = 61
SLOWNESS = 4.0  # so that there are always more to submit than may be active
# Real time that would be waited for: cut down to what shows the same.
QUICKER: dict[str, dict[str, Any]] = {
    "stall": {"stall_s": 0.02},
    "stall_then_close": {"stall_s": 0.02},
    "slow_body": {"pause_ms": 1},
    "huge_body": {"huge_bytes": 1_000_000},
}
# Ends that are no picture's, and long ways to one; each twentieth prompt has one.
ODD = (
    *('status="Request Moderated"', 'status="Content Moderated" reasons=Violence', "error=generation_timeout"),
    *('status="Task not found" after=1s', "while=Upscaling after=9s", "grace=2s", "after=3polls"),
)


@dataclass
class Town:
    """A live mock with a bank, and the clients that come to it one after the other."""

    engine: Engine
    clock: ManualClock
    base_url: str
    runs: list[bfl.BatchResult] = field(default_factory=list)

    def client(self) -> bfl.BFLClient:
        return bfl.BFLClient(
            KEY,
            base_url=self.base_url,
            clock=SharedClock(self.clock),
            rng=Random(len(self.runs)),
            timeout_s=FOR_EVER_S,
            read_timeout_s=FOR_EVER_S,
        )

    def run(self, jobs: list[bfl.Job], journal: Path) -> bfl.BatchResult:
        with self.client() as client:
            self.runs.append(client.batch(jobs, journal=journal))
        return self.runs[-1]

    def sit_out(self, result: bfl.BatchResult) -> None:
        """Let the time pass that the API asked for, which is a day now and then, and that a person needs to look."""
        waits = [item.error.retry_after_s or 0 for item in result.items if item.error is not None]
        self.clock.advance(seconds=max([0, *waits]) + A_LOOK_S)

    @property
    def exchanges(self) -> list[Exchange]:
        return list(self.engine.control.journal(account_of(KEY)))


@contextmanager
def town(*, seed: int = 0) -> Iterator[Town]:
    clock = ManualClock()
    engine = Engine(clock=clock, seed=seed, speed=SLOWNESS, starting_balance=Decimal(1_000_000))
    with LiveServer(create_app(engine)) as server:
        yield Town(engine, clock, server.base_url)


def let_it_rain(engine: Engine) -> None:
    """Strike a share of the calls of each route, by all faults alike that are for it."""
    for route in ROUTES:
        names = [name for name, preset in PRESETS.items() if preset.route in {None, route}]
        for name in names:
            rule = {"preset": name, "match": {"route": route}, "times": None, "probability": SHARE / len(names)}
            engine.scripts.fail_next(account_of(KEY), {**rule, "fault": QUICKER.get(name)})


def prompts(count: int) -> list[str]:
    return [f"cube {n} [mock: {ODD[n // 20 % len(ODD)]}]" if n % 20 == 7 else f"cube {n}" for n in range(count)]


def is_over(item: bfl.BatchItem) -> bool:
    """Whether running the batch again would change nothing about an item."""
    is_settled = item.outcome in {bfl.BatchOutcome.SAVED, bfl.BatchOutcome.UNKNOWN}
    return is_settled or isinstance(item.error, bfl.TaskFailed)


def accepted_ids(journal: Path) -> set[str]:
    records = [record_from(line) for line in journal.read_bytes().splitlines()]
    return {record.id for record in records if isinstance(record, Accepted)}


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.deep)])
def test_a_batch_in_bad_weather(count: int, tmp_path: Path) -> None:
    journal = tmp_path / "batch.journal"
    jobs = numbered_jobs(prompts(count), tmp_path)
    with town(seed=count) as mock:
        let_it_rain(mock.engine)
        for _ in range(MOST_RUNS):
            result = mock.run(jobs, journal)
            check_books(mock.engine, KEY, result)
            if all(is_over(item) for item in result.items):
                break
            mock.sit_out(result)
        engine = mock.engine
        report(mock, result)
        assert len(result.items) == count
        assert not result.counts[bfl.BatchOutcome.NOT_STARTED]
        assert submitted_again(engine, KEY) == []
        assert max(accepted(engine, KEY).values()) <= 1
        assert most_active(engine, KEY) <= MOST_ACTIVE
        assert {item.id for item in result.items if item.id} >= accepted_ids(journal)
        pictures = [item.path.read_bytes()[:4] for item in result.items if item.path is not None]
        assert pictures == [b"\x89PNG"] * result.counts[bfl.BatchOutcome.SAVED]
        verdict = engine.verdict(api_key=KEY, strict=True, shared_clock=True)
        assert str(verdict).startswith("A good client: nothing to find."), str(verdict)


def report(mock: Town, result: bfl.BatchResult) -> None:
    """Write the numbers down; pytest shows them with -s, or when the test fails."""
    exchanges, unknown = mock.exchanges, bfl.BatchOutcome.UNKNOWN
    struck = [row for row in exchanges if row.fault is not None]
    quotes = sum(item.unknown_credits or 0 for item in result.items if item.outcome is unknown)
    sys.stdout.write(f"""
items          {len(result.items)}: {", ".join(f"{number} {outcome}" for outcome, number in result.counts.items())}
runs           {len(mock.runs)}, stopped by {[type(run.stopped_by).__name__ for run in mock.runs if run.stopped_by]}
exchanges      {len(exchanges)}, struck {len(struck)} by {len({row.fault for row in struck})} kinds of faults
429 unasked    {sum(row.status == 429 and row.fault is None for row in exchanges)}
known credits  {result.known_credits} <= ledger {charged(mock.engine, KEY)} <= + {result.unknown_credits}
               of which {quotes} are quotes of unknown outcomes
most active    {most_active(mock.engine, KEY)}
""")


def test_no_more_tasks_run_than_may_whatever_the_mock_would_allow(tmp_path: Path) -> None:
    """The mock would take a thousand; the client keeps to twenty-four of itself."""
    with town() as mock:
        mock.engine.oversight.enter(KEY)
        mock.engine.oversight.change(account_of(KEY), Change(active_tasks=1000))
        result = mock.run(numbered_jobs(["a cube [mock: after=100s]"] * 60, tmp_path), tmp_path / "batch.journal")
        assert result.counts[bfl.BatchOutcome.SAVED] == 60
        assert most_active(mock.engine, KEY) <= MOST_ACTIVE
