"""The calls of a client, from the first request to their end, as flows: the loops here, the decisions in `_policy`."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from ._budget import Expense
from ._clock import Deadline
from ._effects import Flow, Send, asked, paused
from ._errors import BFLError, Moderated, PollingRefused, RateLimited, TaskFailed, UnknownOutcome
from ._explain import polling_refused
from ._listening import Ear, resting
from ._pacing import poll_interval_s
from ._policy import (
    Accepted,
    Again,
    Answered,
    Finished,
    Stop,
    Turn,
    first_poll_wait_s,
    is_end,
    judge_poll,
    judge_read,
    judge_submit,
    seen,
)
from ._replies import Fault, FaultKind, Outcome, Reply, Snapshot, Ticket, cause_of
from ._runtime import Runtime
from ._slots import Slot
from ._urls import is_same_origin, redact_url

_LOG = logging.getLogger("bfl_client")
_MAX_REDIRECTS = 3
_NOISE_CREDITS = 1e-6  # 7.000000000000001  [CASS]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A submit that is ready to be sent. `estimate_credits` is None where the price is not known.

    `is_price_certain`: every document agrees on it, and all sizes are known.
    """

    model: str
    path: str
    body: bytes = field(repr=False)
    estimate_credits: float | None = None
    is_price_certain: bool = False


@dataclass(eq=False, slots=True)
class Followed:
    """An accepted task and what was seen of it. `final` is the poll that showed its end."""

    ticket: Ticket
    accepted_at_s: float | None = None
    slot: Slot | None = None
    expense: Expense | None = None
    final: Outcome | None = None
    words_warned_of: set[str] = field(default_factory=set)


def submitting(order: Order, *, runtime: Runtime, deadline: Deadline) -> Flow[Followed]:
    """Take a slot, set the money aside, submit. Raises as `BFLClient.submit` says."""
    expense = runtime.budget.reserve(order.estimate_credits)
    slot = None
    try:
        slot = yield from _slot_for(order.path, runtime=runtime, deadline=deadline)
        ticket = yield from _submitted(order, expense=expense, runtime=runtime, deadline=deadline)
    except BaseException:
        if slot is not None:
            runtime.slots.free(slot)
        # A submit that was cut off on its way may be billed, as one whose answer says nothing.
        if not expense.is_at_stake:
            runtime.budget.give_back(expense)
        raise
    runtime.budget.settle(expense, ticket.cost)
    slot.task_id, slot.polling_url = ticket.id, ticket.polling_url
    return Followed(ticket, runtime.clock.monotonic_s(), slot, expense)


def waiting(
    task: Followed,
    *,
    runtime: Runtime,
    deadline: Deadline,
    on_update: Callable[[Snapshot], None] | None = None,
    ear: Ear | None = None,
) -> Flow[Finished]:
    """Poll until the task has ended, with an `ear` for its webhook. Raises TaskFailed or TaskUnfinished.

    An event is a reason to poll: the poll is the authority, and signs the URL of the picture anew. The event itself is
    believed only where polls fail.
    """
    with _watched(task.slot, runtime=runtime):
        if task.final is None:
            first_s = first_poll_wait_s(turn=_turn(task, runtime, deadline))
            yield from resting(task.ticket.id, first_s, ear=ear, runtime=runtime, deadline=deadline)
        polls = failures = 0
        while True:
            outcome = task.final or (yield from asking(task.ticket.polling_url, runtime=runtime, deadline=deadline))
            outcome = outcome if ear is None else ear.instead_of(outcome)
            snapshot = _noted(task, outcome, runtime=runtime)
            if snapshot is not None and on_update is not None:
                on_update(snapshot)
            turn = _turn(task, runtime, deadline, failures=failures, polls=polls)
            match judge_poll(outcome, ticket=task.ticket, turn=turn):
                case Finished() as finished:
                    _end(task, outcome, runtime=runtime)
                    return finished
                case Stop(error):
                    _end(task, outcome, runtime=runtime, error=error)
                    raise error from cause_of(outcome)
                case Again() as again:
                    _warn_once(task, again.unknown_status)
                    yield from resting(task.ticket.id, again.wait_s, ear=ear, runtime=runtime, deadline=deadline)
                    polls += 1
                    failures = failures + 1 if again.snapshot is None else 0


def renewing(task: Followed, *, runtime: Runtime, deadline: Deadline) -> Flow[Finished]:
    """Poll a finished task once more: that signs the URL of its picture anew.  [LIVE-UPS]"""
    task.final = None
    return (yield from waiting(task, runtime=runtime, deadline=deadline))


def refreshing(task: Followed, *, runtime: Runtime) -> Flow[Snapshot]:
    """Poll once and return what it shows, whatever the status. Raises PollingRefused if it shows nothing."""
    outcome = task.final
    if outcome is None:
        outcome = yield from asking(task.ticket.polling_url, runtime=runtime, deadline=runtime.deadline(None))
    snapshot = _noted(task, outcome, runtime=runtime)
    if snapshot is None:
        raise polling_refused(task.ticket, outcome) from cause_of(outcome)
    return snapshot


def reading(path: str, *, runtime: Runtime, deadline: Deadline) -> Flow[Reply]:
    """Ask for something that is free, such as the balance."""
    failures = 0
    while True:
        outcome = yield from asking(runtime.base_url + path, runtime=runtime, deadline=deadline)
        match judge_read(outcome, turn=runtime.turn(deadline, failures=failures)):
            case Answered(reply):
                return reply
            case Stop(error):
                raise error from cause_of(outcome)
            case Again(wait_s):
                yield from paused(wait_s)
                failures += 1


def asking(url: str, *, runtime: Runtime, deadline: Deadline) -> Flow[Outcome]:
    """Ask the API or a polling_url; a few redirects are followed, as long as they stay on the same origin."""
    deadline = runtime.for_one_request(deadline)
    for _ in range(_MAX_REDIRECTS + 1):
        outcome = yield from asked(Send("GET", url, deadline))
        target = _redirect_target(outcome, url=url)
        if target is None:
            return outcome
        if not is_same_origin(target, url):
            return Fault(FaultKind.UNUSABLE, f"a redirect to another host, {redact_url(target)}, was refused")
        url = target
    return Fault(FaultKind.UNUSABLE, f"more than {_MAX_REDIRECTS} redirects")


def _submitted(order: Order, *, expense: Expense, runtime: Runtime, deadline: Deadline) -> Flow[Ticket]:
    failures = 0
    while True:
        # It gets a whole read timeout whatever is left: not to hear the answer costs money.
        sent = Send("POST", runtime.base_url + order.path, runtime.for_one_request(), order.body)
        expense.is_at_stake = True
        outcome = yield from asked(sent)
        turn = runtime.turn(deadline, failures=failures)
        match judge_submit(outcome, turn=turn, fallback_url=runtime.result_url):
            case Accepted(ticket):
                _LOG.info(
                    "The task %s was accepted (cost %s): %s", ticket.id, ticket.cost, redact_url(ticket.polling_url)
                )
                _compare(order, ticket)
                return replace(ticket, model=order.model)
            case Stop(error):
                expense.is_at_stake = isinstance(error, UnknownOutcome)
                raise error from cause_of(outcome)
            case Again(wait_s):
                expense.is_at_stake = False
                yield from paused(wait_s)
                failures += 1


def _compare(order: Order, ticket: Ticket) -> None:
    """Say so where the API charges otherwise than the price list has it: prices change, and budgets rest on them."""
    if ticket.cost is None or order.estimate_credits is None or not order.is_price_certain:
        return
    if not math.isclose(ticket.cost, order.estimate_credits, abs_tol=_NOISE_CREDITS):
        _LOG.warning(
            "The task %s costs %g credits; by the price list of this client it would be %g.",
            *(ticket.id, ticket.cost, order.estimate_credits),
        )


def _slot_for(path: str, *, runtime: Runtime, deadline: Deadline) -> Flow[Slot]:
    """Wait for a slot, and meanwhile look after the tasks that hold one and that nobody else asks after."""
    turns = 0
    while (slot := runtime.slots.take(path)) is None:
        if deadline.remaining_s <= 0:
            raise RateLimited(
                f"As many tasks of this client are active as may be ({len(runtime.slots)}), and none ended before the "
                "deadline. Nothing was sent; wait for some of them, or give the call more time."
            )
        idle = runtime.slots.idle(path, now_s=runtime.clock.monotonic_s())
        if idle is not None and (yield from _has_ended(idle, runtime=runtime, deadline=deadline)):
            runtime.slots.free(idle)
            continue
        interval_s = poll_interval_s(turns, pacing=runtime.pacing, rng=runtime.rng)
        yield from paused(max(0.0, min(interval_s, deadline.remaining_s)))
        turns += 1
    return slot


def _has_ended(slot: Slot, *, runtime: Runtime, deadline: Deadline) -> Flow[bool]:
    """Poll a task once. One that cannot be asked after counts as ended: the API itself still counts its slots."""
    ticket, for_ever = Ticket(slot.task_id or "", slot.polling_url or ""), Deadline.after(math.inf, clock=runtime.clock)
    with runtime.slots.watching(slot):
        outcome = yield from asking(ticket.polling_url, runtime=runtime, deadline=deadline)
        judged = judge_poll(outcome, ticket=ticket, turn=runtime.turn(for_ever))
        if isinstance(judged, Again):
            slot.not_before_s = runtime.clock.monotonic_s() + judged.wait_s
        return not isinstance(judged, Again)


@contextmanager
def _watched(slot: Slot | None, *, runtime: Runtime) -> Iterator[None]:
    if slot is None:
        yield
        return
    with runtime.slots.watching(slot):
        yield


def _noted(task: Followed, outcome: Outcome, *, runtime: Runtime) -> Snapshot | None:
    """Return what a poll shows; a task that has ended holds no slot any more."""
    snapshot = seen(outcome)
    if snapshot is not None and task.slot is not None and is_end(snapshot):
        runtime.slots.free(task.slot)
    return snapshot


def _end(task: Followed, outcome: Outcome, *, runtime: Runtime, error: BFLError | None = None) -> None:
    """Remember how a task ended, so that it is not polled again."""
    if error is None or isinstance(error, TaskFailed):
        task.final = outcome
    if task.slot is not None and error is not None:
        _let_go(task.slot, error, runtime=runtime)
    if isinstance(error, Moderated) and task.expense is not None:
        runtime.budget.give_back(task.expense)  # moderated tasks are not charged  [HELP-FAIL]


def _let_go(slot: Slot, error: BFLError, *, runtime: Runtime) -> None:
    """Free the slot of a task that has ended or cannot be asked after; else say from when on others may ask."""
    if isinstance(error, TaskFailed | PollingRefused):
        runtime.slots.free(slot)
    elif error.retry_after_s is not None:
        slot.not_before_s = runtime.clock.monotonic_s() + error.retry_after_s


def _turn(task: Followed, runtime: Runtime, deadline: Deadline, *, failures: int = 0, polls: int = 0) -> Turn:
    return runtime.turn(deadline, failures=failures, polls=polls, accepted_at_s=task.accepted_at_s)


def _warn_once(task: Followed, word: str | None) -> None:
    # New words for "in progress" did appear (Reasoning, Generating), so an unknown one is no end.  [KAIBO]
    # A log line and no `warnings` one: that can be turned into an error, which would lose a paid task.
    if word is not None and word not in task.words_warned_of:
        task.words_warned_of.add(word)
        _LOG.warning("The task %s has the unknown status %r; polling goes on.", task.ticket.id, word)


def _redirect_target(outcome: Outcome, *, url: str) -> str | None:
    if isinstance(outcome, Fault) or outcome.status_code not in _REDIRECTS:
        return None
    location = outcome.headers.get("location")
    try:
        return urljoin(url, location) if location else None
    except ValueError:
        return None  # such as "http://[bad": it leads nowhere, and the reply is judged as it is
