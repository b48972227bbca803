"""However often a batch is killed, and wherever, running it again pays for nothing twice and ends every item.

The kill is an error that no code of the client catches, raised before or after any journal write and any exchange,
with half a line in the journal if need be. The mock is in this process and shares its clock with the client.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import requests
from hypothesis import given, settings
from hypothesis import strategies as st

import bfl_client as bfl
from bfl_client._batch_flow import Note, Step
from bfl_client._batch_plan import planned
from bfl_client._batch_run import Terms, bring_to_end, noting
from bfl_client._effects import Fetch, Send
from bfl_client._journal import Journal
from bfl_client._records import Accepted, line_of, record_from
from tests.client.batch_shop import accepted, check_books, numbered_jobs, submitted_again
from tests.client.test_under_every_fault import DIRECTIVES, NAMED, SPOILT, STATUSES, Patience
from tests.verdict.world import KEY, SharedClock, World, new_world

MOST_RUNS = 12
MOST_EXAMPLES = 500  # each is several batches


class Killed(BaseException):
    """The process is no more."""


@dataclass(frozen=True)
class Kill:
    """At which step (journal writes and exchanges counted) the process ends; `torn`: how much of a line is written."""

    step: int
    is_before: bool
    torn: int


KILLS = st.builds(Kill, step=st.integers(1, 40), is_before=st.booleans(), torn=st.integers(0, 60))


class Mortal:
    """Performs steps until it is killed, and then none."""

    def __init__(self, perform: Callable[[Step], object], *, kill: Kill | None, journal: Path) -> None:
        self._perform, self._kill, self._journal = perform, kill, journal
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._steps = 0
        self.is_dead = False

    def __call__(self, step: Step) -> object:
        is_last = self._is_last(step)
        if isinstance(step, Note):
            with self._writing:  # half a line is the last that a killed process writes
                return self._done(step, is_last=is_last)
        return self._done(step, is_last=is_last)

    def _done(self, step: Step, *, is_last: bool) -> object:
        self._check()
        if is_last and self._kill and self._kill.is_before:
            self._die(step, torn=self._kill.torn)
        done = self._perform(step)
        if is_last:
            self._die(step, torn=0)
        self._check()  # another thread was killed meanwhile, and the process is one
        return done

    def _is_last(self, step: Step) -> bool:
        with self._lock:
            self._steps += isinstance(step, Note | Send | Fetch)
            return self._kill is not None and self._steps == self._kill.step

    def _die(self, step: Step, *, torn: int) -> None:
        self.is_dead = True
        if isinstance(step, Note) and torn:
            with self._journal.open("ab") as file:
                file.write(line_of(step.record)[:-1][:torn])
        raise Killed

    def _check(self) -> None:
        if self.is_dead:
            raise Killed


def client_of(world: World, *, max_active: int, seed: int) -> bfl.BFLClient:
    session = requests.Session()
    session.mount("http://", Patience(world))
    return bfl.BFLClient(
        KEY,
        base_url="http://mock.bfl.localhost",
        session=session,
        clock=SharedClock(world.clock),
        max_active=max_active,
        rng=Random(seed),
    )


def run(world: World, jobs: Sequence[bfl.Job], journal: Path, *, kill: Kill | None, workers: int) -> bfl.BatchResult:
    """Run the batch as a process of its own would; raise Killed if it was."""
    client = client_of(world, max_active=workers, seed=7)
    items = planned(jobs, output_dir=None, journal=journal)
    with Journal(journal, digests=[item.digest for item in items]) as opened:
        perform = Mortal(noting(client._wire.perform, opened.append), kill=kill, journal=journal)
        result = bring_to_end(
            items,
            opened.known,
            terms=Terms(),
            runtime=client._runtime,
            perform=perform,
            finish=lambda end: end.item,
        )
    if perform.is_dead:  # in a step whose error was a pause's to swallow
        raise Killed
    return result


def run_to_the_end(world: World, jobs: Sequence[bfl.Job], journal: Path, *, workers: int) -> bfl.BatchResult:
    """Run the batch until nothing is left that was not begun: an error that all share stops a run."""
    for _ in range(MOST_RUNS):
        result = run(world, jobs, journal, kill=None, workers=workers)
        if not result.counts[bfl.BatchOutcome.NOT_STARTED]:
            return result
    raise AssertionError("items are left that no run begins")


def check(world: World, result: bfl.BatchResult, journal: Path) -> None:
    assert submitted_again(world.engine, KEY) == []
    assert max(accepted(world.engine, KEY).values(), default=0) <= 1
    check_books(world.engine, KEY, result)
    seen = [record_from(line) for line in journal.read_bytes().splitlines()]
    for row in seen:
        if isinstance(row, Accepted):
            item = result.items[row.item]
            assert (item.id, item.polling_url) == (row.id, row.polling_url)
    for item in result.items:
        assert item.outcome in {bfl.BatchOutcome.SAVED, bfl.BatchOutcome.FAILED, bfl.BatchOutcome.UNKNOWN}
        assert (item.error is None) == (item.outcome is bfl.BatchOutcome.SAVED)
        if item.path is not None:
            assert item.path.read_bytes().startswith(b"\x89PNG")


@settings(max_examples=min(MOST_EXAMPLES, settings.default.max_examples if settings.default else 0))
@given(
    directives=st.lists(DIRECTIVES, min_size=1, max_size=5),
    faults=st.lists(NAMED | STATUSES | SPOILT, max_size=3),
    kills=st.lists(KILLS, min_size=1, max_size=4),
    workers=st.sampled_from([1, 3]),
)
def test_a_batch_that_is_killed_again_and_again(
    *, directives: list[str], faults: list[dict[str, Any]], kills: list[Kill], workers: int
) -> None:
    world = new_world()
    for fault in faults:
        world.fail_next(**fault)
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "batch.journal"
        prompts = [f"cube {number} [mock: {directive}]" for number, directive in enumerate(directives)]
        jobs = numbered_jobs(prompts, Path(folder))
        for kill in kills:
            with contextlib.suppress(Killed):
                run(world, jobs, journal, kill=kill, workers=workers)
        result = run_to_the_end(world, jobs, journal, workers=workers)
        check(world, result, journal)
        saved = [item.path.name for item in result.items if item.path is not None]
        assert sorted(path.name for path in Path(folder).iterdir()) == sorted(["batch.journal", *saved])
