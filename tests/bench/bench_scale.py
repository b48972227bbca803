"""100,000 tasks in one process: what a poll and a submit cost beside 1,000 tasks, and what a task weighs.

The engines of each size are measured by turns, so that the ratios hold on a machine that others use, too.
"""

from __future__ import annotations

import gc
import json
import resource
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from tests.bench.conftest import Figures, new_engine
from tests.bench.traffic import ByEngine

SIZES = (1_000, 10_000, 100_000)
TURNS = 15
POLLS_A_TURN, SUBMITS_A_TURN = 200, 20
ASKED = 1_000  # of each size as many, spread evenly, so that the list of them weighs nothing


class Filled:
    """An engine that has had a number of tasks, all of one account, and is asked about them all over."""

    def __init__(self, size: int) -> None:
        self.by = ByEngine(new_engine())
        ids: list[str] = []
        for number in range(size):
            body = self.by.submit()[1]
            if number % (size // ASKED) == 0:
                ids.append(json.loads(body)["id"])
        self._ids = cycle(ids)

    def poll(self) -> None:
        self.by.poll(next(self._ids))


@pytest.fixture(scope="module")
def filled(figures: Figures) -> dict[int, Filled]:
    before = resident_bytes()
    largest = Filled(SIZES[-1])
    grown = resident_bytes() - before
    figures.add(f"memory per task, of {SIZES[-1]:,}", f"{grown / SIZES[-1]:.0f} bytes resident, its ledger in it")
    return {**{size: Filled(size) for size in SIZES[:-1]}, SIZES[-1]: largest}


def test_poll_does_not_grow_with_the_tasks(filled: dict[int, Filled], figures: Figures) -> None:
    samples = by_turns({size: each.poll for size, each in filled.items()}, calls=POLLS_A_TURN)
    report("poll", samples, figures=figures)


def test_submit_does_not_grow_with_the_tasks(filled: dict[int, Filled], figures: Figures) -> None:
    samples = by_turns({size: each.by.submit for size, each in filled.items()}, calls=SUBMITS_A_TURN)
    report("submit", samples, figures=figures)


def by_turns(targets: dict[int, Callable[[], object]], *, calls: int) -> dict[int, list[float]]:
    """Seconds per call, one sample for each size in each turn."""
    samples: dict[int, list[float]] = {size: [] for size in targets}
    for _ in range(TURNS):
        for size, target in targets.items():
            samples[size].append(seconds_per_call(target, calls=calls))
    return samples


def seconds_per_call(target: Callable[[], object], *, calls: int) -> float:
    started = perf_counter()
    for _ in range(calls):
        target()
    return (perf_counter() - started) / calls


def report(what: str, samples: dict[int, list[float]], *, figures: Figures) -> None:
    for size, seconds in samples.items():
        figures.add_spread(f"{what} among {size:,} tasks", seconds)
    for size in SIZES[1:]:
        ratios = [many / few for many, few in zip(samples[size], samples[SIZES[0]], strict=True)]
        spread = " ".join(f"{pick(ratios):10.2f}" for pick in (min, median, max))
        figures.add(f"{what}: {size:,} tasks / {SIZES[0]:,}", f"{spread} x   of {TURNS}")


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
