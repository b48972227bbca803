"""One item of a batch from its submit to its picture, as a flow, with a journal record before or after each step.

The threads of `_batch_crew` run it; an event loop could as well. Besides the effects of every flow it yields a `Note`:
nothing goes on before that is on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ._batch import BatchItem, BatchUpdate
from ._batch_outcome import item_of, unknown_error
from ._batch_plan import PlannedItem
from ._clock import Deadline
from ._download import downloading
from ._effects import Effect, Flow, Send, paused
from ._errors import BFLError, InvalidRequest, PollingRefused, TaskFailed, UnknownOutcome
from ._flows import Followed, refreshing, submitting, waiting
from ._policy import NOT_FOUND, Finished
from ._records import (
    Accepted,
    Ended,
    Intent,
    ItemRecord,
    ItemState,
    Known,
    Lost,
    Refused,
    Saved,
    after,
    text_in,
)
from ._replies import Fault, FaultKind, Snapshot, Ticket
from ._runtime import Runtime
from ._slots import Slot
from ._tasks import ticket_from_dict


@dataclass(frozen=True, slots=True)
class Note:
    """Write a record into the journal, and go on when it is on the disk."""

    record: ItemRecord


Step = Effect | Note

T = TypeVar("T")
ItemFlow = Generator[Step, Any, T]


@dataclass(frozen=True, slots=True)
class ItemEnd:
    """How an item ended; with `followed` and `finished` if its picture can be fetched, once more or still."""

    item: BatchItem
    followed: Followed | None = None
    finished: Finished | None = None


@dataclass(slots=True)
class Course:
    """How far an item has come. `is_out`: its submit is on its way; `is_ready`: the task was seen to be Ready."""

    item: PlannedItem
    known: Known
    tell: Callable[[BatchUpdate], None]
    is_out: bool = False
    is_ready: bool = False

    def announce(self) -> ItemFlow[None]:
        """Note that the item is about to be submitted; if that cannot be noted, nothing has changed."""
        item = self.item
        intent = Intent(item=item.index, digest=item.digest, quote_credits=item.quote_credits)
        yield Note(intent)
        self.known, self.is_out = after(self.known, intent), True
        self.tell(BatchUpdate(index=item.index, stage="submitting"))

    def report(self, record: ItemRecord) -> ItemFlow[None]:
        """Note what has happened; it has, whether or not it can be noted."""
        self.known, self.is_out = after(self.known, record), False
        yield Note(record)

    def refused(self, error: BFLError | None = None) -> ItemFlow[None]:
        """Note that the submit that is out, if one is, was not accepted."""
        if self.is_out:
            yield from self.report(Refused(item=self.item.index, error={} if error is None else error.to_dict()))

    def accepted(self, ticket: Ticket) -> ItemFlow[None]:
        """Note what the API calls the accepted task."""
        accepted = Accepted(
            item=self.item.index, id=ticket.id, polling_url=ticket.polling_url, cost_credits=ticket.cost
        )
        yield from self.report(accepted)
        self.tell_accepted()

    def tell_accepted(self) -> None:
        """Tell that there is a task."""
        known = self.known
        news = BatchUpdate(index=self.item.index, stage="accepted", id=known.id, cost_credits=known.cost_credits)
        self.tell(news)

    def end_seen(self, snapshot: Snapshot) -> None:
        """Remember that the task is Ready, and what it costs now that it is."""
        self.is_ready = True
        if snapshot.cost is not None:
            self.known = replace(self.known, cost_credits=snapshot.cost)

    def seen(self, snapshot: Snapshot) -> None:
        """Tell what a poll showed."""
        self.tell(BatchUpdate(index=self.item.index, stage="polled", id=self.known.id, snapshot=snapshot))


def pursuing(
    item: PlannedItem,
    known: Known,
    *,
    runtime: Runtime,
    deadline: Deadline,
    resubmit_unknown: bool,
    tell: Callable[[BatchUpdate], None],
) -> ItemFlow[ItemEnd]:
    """Bring an item to its end: submit it unless it was, wait, save its picture. A BFLError is part of the outcome."""
    course = Course(item, known, tell)
    task = finished = error = None
    try:
        task = yield from _task_of(course, runtime=runtime, deadline=deadline, resubmit_unknown=resubmit_unknown)
        finished = yield from _finished(course, task, runtime=runtime, deadline=deadline)
    except BFLError as raised:
        error = raised
    ended = item_of(item, course.known, error=error, is_done=finished is not None, is_ready=course.is_ready)
    return ItemEnd(ended, task, finished)


def _task_of(course: Course, *, runtime: Runtime, deadline: Deadline, resubmit_unknown: bool) -> ItemFlow[Followed]:
    known = course.known
    if known.state in {ItemState.ACCEPTED, ItemState.SAVED}:
        ticket = Ticket(known.id or "", known.polling_url or "", known.cost_credits, model=_model(course))
        course.tell_accepted()
        return _followed(course, ticket, runtime=runtime)
    if known.state is ItemState.UNKNOWN:
        found = yield from _found(course, runtime=runtime)
        if found is not None:
            return found
        if not resubmit_unknown:
            raise unknown_error(known)
    return (yield from _submitted(course, runtime=runtime, deadline=deadline))


def _submitted(course: Course, *, runtime: Runtime, deadline: Deadline) -> ItemFlow[Followed]:
    flow = submitting(course.item.order(), runtime=runtime, deadline=deadline)
    try:
        task = yield from _announced(flow, course)
    except UnknownOutcome as error:
        yield from course.report(Lost(item=course.item.index, error=error.to_dict()))
        found = yield from _found(course, runtime=runtime)
        if found is None:
            raise
        return found
    except BFLError as error:
        yield from course.refused(error)
        raise
    yield from course.accepted(task.ticket)
    return task


def _announced(flow: Flow[Followed], course: Course) -> ItemFlow[Followed]:
    """Announce each submit of a flow before it is sent, and note each refusal that the flow means to wait out."""
    try:
        effect = next(flow)
        while True:
            try:
                yield from course.refused()  # it goes on, so what was out did not end it
                if isinstance(effect, Send) and effect.method == "POST":
                    yield from _announcing(flow, course)
                answer = yield effect
            except BaseException as error:  # noqa: BLE001 - also Ctrl-C: the flow has to let go of what it holds
                effect = flow.throw(error)
            else:
                effect = flow.send(answer)
    except StopIteration as end:
        task: Followed = end.value
        return task


def _announcing(flow: Flow[Followed], course: Course) -> ItemFlow[None]:
    """Announce the submit that a flow is about to make; if that fails, let the flow know that nothing was sent."""
    try:
        yield from course.announce()
    except BaseException as error:
        with suppress(BFLError):  # it gives slot and money back, and raises
            flow.send(Fault(FaultKind.UNUSABLE, f"it was not announced: {error}"))
        raise


def _found(course: Course, *, runtime: Runtime) -> ItemFlow[Followed | None]:
    """Look for the task of a submit whose answer broke off after its polling_url; to poll that is free.

    None if there is nothing to look for, or if it does not show.
    """
    try:
        ticket = _named_in(course, runtime=runtime)
        if ticket is None:
            return None
        yield from paused(runtime.pacing.first_poll_s)
        snapshot = yield from refreshing(Followed(ticket), runtime=runtime)
    except PollingRefused:
        return None
    if snapshot.status == NOT_FOUND:
        return None
    yield from course.accepted(ticket)
    return _followed(course, ticket, runtime=runtime)


def _named_in(course: Course, *, runtime: Runtime) -> Ticket | None:
    error = course.known.error or {}
    if text_in(error, "polling_url") is None:
        return None  # an id alone does not say which cluster has the task
    try:
        return ticket_from_dict({**error, "model": _model(course)}, fallback_url=runtime.result_url)
    except InvalidRequest:
        return None


def _finished(course: Course, task: Followed, *, runtime: Runtime, deadline: Deadline) -> ItemFlow[Finished]:
    index, output = course.item.index, course.item.output
    try:
        finished = yield from waiting(task, runtime=runtime, deadline=deadline, on_update=course.seen)
        course.end_seen(finished.snapshot)
        if output is not None:
            yield from downloading(task, output, runtime=runtime, deadline=deadline)
            yield from course.report(Saved(item=index, path=str(output), cost_credits=finished.snapshot.cost))
    except TaskFailed as error:
        yield from course.report(Ended(item=index, error=error.to_dict(), cost_credits=error.cost_credits))
        raise
    return finished


def _followed(course: Course, ticket: Ticket, *, runtime: Runtime) -> Followed:
    """Return a task that is followed anew; it takes a slot, if one is free, as the API still counts it."""
    slot = _slot(course.item.path, ticket, runtime=runtime)
    return Followed(ticket, slot=slot)


def _slot(path: str, ticket: Ticket, *, runtime: Runtime) -> Slot | None:
    slot = runtime.slots.take(path)
    if slot is not None:
        slot.task_id, slot.polling_url = ticket.id, ticket.polling_url
    return slot


def _model(course: Course) -> str:
    model = course.item.job.model
    return model if isinstance(model, str) else model.MODEL
