"""Measures, and one short table of them at the end. Nothing here asserts a time: figures are reported, not judged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from mock_bfl.clock import ManualClock
from mock_bfl.engine import Engine

ROOT = Path(__file__).parents[2]
KEY = "bench-key"
BALANCE = Decimal(10**9)
SERVE = (sys.executable, "-m", "mock_bfl", "serve", "--listen", "127.0.0.1:0", "--json", "--speed", "0")

# (factor, unit) from seconds.
MICROSECONDS, MILLISECONDS = (1e6, "us"), (1e3, "ms")


@dataclass
class Figures:
    """The rows of the table: what was measured, then its figures."""

    rows: list[tuple[str, str]]

    def add(self, what: str, figures: str) -> None:
        """Add a row of any figures."""
        self.rows.append((what, figures))

    def add_spread(self, what: str, samples_s: Sequence[float], *, unit: tuple[float, str] = MICROSECONDS) -> None:
        """Add a row of minimum, median and maximum."""
        factor, name = unit
        low, middle, high = (pick(samples_s) * factor for pick in (min, median, max))
        self.add(what, f"{low:10.2f} {middle:10.2f} {high:10.2f} {name:2}  of {len(samples_s)}")


_FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = Figures([])
    if config.pluginmanager.hasplugin("benchmark"):
        config.option.benchmark_quiet = True  # its own tables hold the same and are 200 columns wide; -v shows them


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash[_FIGURES].rows
    if not rows:
        return
    width = max(len(what) for what, _ in rows)
    terminalreporter.section("measured")
    terminalreporter.write_line(f"{'':{width}}  {'min':>10} {'median':>10} {'max':>10}")
    for what, figures in rows:
        terminalreporter.write_line(f"{what:{width}}  {figures}")


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    return pytestconfig.stash[_FIGURES]


@pytest.fixture
def measure(benchmark: Any, figures: Figures) -> Callable[..., None]:
    """Run something `rounds` times `iterations`, and add a row; `setup` and `teardown` are outside of the measure."""

    def run(what: str, target: Callable[..., object], *, unit: tuple[float, str] = MICROSECONDS, **plan: Any) -> None:
        benchmark.pedantic(target, **plan)
        figures.add_spread(what, benchmark.stats.stats.data, unit=unit)

    return run


def new_engine() -> Engine:
    """An engine whose tasks settle at once, on a clock that stands, with money for millions of them."""
    return Engine(clock=ManualClock(), speed=0, starting_balance=BALANCE)


@contextmanager
def serving(command: Sequence[str] = (*SERVE, "--balance", str(BALANCE))) -> Iterator[tuple[int, str]]:
    """Run a mock as its user does; yields its process id and base URL once it answers."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            yield server.pid, json.loads(server.stdout.readline())["base_url"]
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The base URL of one served mock."""
    with serving() as (_, base_url):
        yield base_url
