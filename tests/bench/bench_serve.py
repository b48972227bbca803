"""`mock-bfl serve`: from its start to its first answer, and the memory of all its processes when idle."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench.conftest import MILLISECONDS, Figures, serving

STARTS = 9


def test_start_to_first_answer(measure: Callable[..., None]) -> None:
    """The mock prints its line when its health route has answered 200; process start and imports are in."""
    running = ExitStack()
    measure(
        "mock-bfl serve: start to first answer",
        lambda: running.enter_context(serving()),
        unit=MILLISECONDS,
        rounds=STARTS,
        warmup_rounds=1,
        teardown=running.close,
    )


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
def test_idle_memory(figures: Figures) -> None:
    with serving() as (process_id, _):
        family = [process_id, *descendants(process_id)]
        pss_mb, rss_mb = (sum(memory_mb(each, name) for each in family) for name in ("Pss:", "Rss:"))
    figures.add("mock-bfl serve: idle memory", f"{pss_mb:.1f} MB PSS, {rss_mb:.1f} MB RSS in {len(family)} processes")


def descendants(process_id: int) -> list[int]:
    """The processes below one, read from the parent (fourth) field of /proc/PID/stat."""
    stats = {int(path.parent.name): path.read_text() for path in Path("/proc").glob("[0-9]*/stat")}
    parents = {each: int(stat.rpartition(")")[2].split()[1]) for each, stat in stats.items()}
    children = [each for each, parent in parents.items() if parent == process_id]
    return [*children, *(below for child in children for below in descendants(child))]


def memory_mb(process_id: int, name: str) -> float:
    """A line of smaps_rollup: PSS shares pages between the processes that use them, RSS counts them for each."""
    lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))
