"""A batch from its jobs to its result: plan it, open its journal, set the threads to work, collect what they bring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ._batch import BatchItem, BatchResult, BatchUpdate, Job
from ._batch_crew import Crew, Work
from ._batch_flow import ItemEnd, ItemFlow, Note, Step, pursuing
from ._batch_outcome import costs_money, settled, untouched
from ._batch_plan import PlannedItem, planned
from ._effects import Effect
from ._journal import Journal
from ._records import ItemRecord, Known
from ._runtime import Runtime
from ._slots import MOST_ACTIVE
from ._tasks import Result, Task, result_of

OnUpdate = Callable[[BatchUpdate], None]
Append = Callable[[ItemRecord], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a batch is run: whether to pay again for what may have been paid, how long an item may take, whom to tell."""

    resubmit_unknown: bool = False
    timeout_s: float | None = None
    on_update: OnUpdate | None = None


def run_batch(
    jobs: Sequence[Job],
    *,
    terms: Terms,
    runtime: Runtime,
    perform: Callable[[Effect], object],
    journal: Path | None,
    output_dir: Path | None,
) -> BatchResult:
    """Run a batch, as `BFLClient.batch` says."""
    items = planned(jobs, output_dir=output_dir, journal=journal)

    def finish(end: ItemEnd) -> BatchItem:
        if end.followed is None or end.finished is None:
            return end.item
        task = Task(end.followed, runtime=runtime, perform=perform)
        return replace(end.item, result=result_of(end.followed.ticket, end.finished, kind=Result, save=task.download))

    with _remembered(items, journal) as (known, append):
        performed = noting(perform, append)
        return bring_to_end(items, known, terms=terms, runtime=runtime, perform=performed, finish=finish)


def bring_to_end(
    items: Sequence[PlannedItem],
    known: Sequence[Known],
    *,
    terms: Terms,
    runtime: Runtime,
    perform: Callable[[Step], object],
    finish: Callable[[ItemEnd], BatchItem],
) -> BatchResult:
    """Do what is left to do about each item, and return how all came out; `finish` makes an outcome of an end."""

    def pursue(work: Work, tell: OnUpdate) -> ItemFlow[ItemEnd]:
        deadline, again = runtime.deadline(terms.timeout_s), terms.resubmit_unknown
        return pursuing(work.item, work.known, runtime=runtime, deadline=deadline, resubmit_unknown=again, tell=tell)

    before = [settled(*each, resubmit_unknown=terms.resubmit_unknown) for each in zip(items, known, strict=True)]
    done = {item.index: item for item in before if item is not None}
    work = _work(items, known, done=done.keys(), resubmit_unknown=terms.resubmit_unknown)
    crew = Crew(work, size=runtime.slots.limit or MOST_ACTIVE, pursue=pursue, perform=perform)
    with _cut_off(crew):
        for update in _updates(tuple(done.values()), crew, finish=finish):
            if update.item is not None:
                done[update.index] = update.item
            if terms.on_update is not None:
                terms.on_update(update)
    all_items = (done.get(item.index) or untouched(item, each) for item, each in zip(items, known, strict=True))
    return BatchResult(tuple(all_items), crew.halted_by)


def noting(perform: Callable[[Effect], object], append: Append) -> Callable[[Step], object]:
    """Return what performs the steps of an item: a record goes into the journal, the rest over the wire."""

    def performed(step: Step) -> object:
        if isinstance(step, Note):
            append(step.record)
            return None
        return perform(step)

    return performed


def _work(
    items: Sequence[PlannedItem], known: Sequence[Known], *, done: Collection[int], resubmit_unknown: bool
) -> list[Work]:
    """Return what is left to do: first the tasks that run already, for they are paid, and hold slots of the API."""
    work = [
        Work(item, each, costs_money(each, resubmit_unknown=resubmit_unknown))
        for item, each in zip(items, known, strict=True)
        if item.index not in done
    ]
    return sorted(work, key=lambda each: each.is_submit)


def _updates(
    settled_items: Sequence[BatchItem], crew: Crew, *, finish: Callable[[ItemEnd], BatchItem]
) -> Iterator[BatchUpdate]:
    for item in settled_items:
        yield _ended(item)
    for news in crew.news():
        yield _ended(finish(news)) if isinstance(news, ItemEnd) else news


def _ended(item: BatchItem) -> BatchUpdate:
    return BatchUpdate(index=item.index, stage="ended", id=item.id, cost_credits=item.cost_credits, item=item)


@contextmanager
def _cut_off(crew: Crew) -> Iterator[None]:
    """Stop the threads, if what happens is not to be waited for: a Ctrl-C, or an error of the caller's own function."""
    try:
        yield
    except BaseException:
        crew.cut()
        raise


@contextmanager
def _remembered(items: Sequence[PlannedItem], journal: Path | None) -> Iterator[tuple[Sequence[Known], Append]]:
    if journal is None:
        yield [Known()] * len(items), lambda record: None
        return
    with Journal(journal, digests=[item.digest for item in items]) as opened:
        yield opened.known, opened.append
