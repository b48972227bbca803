"""The decisions of the client, pure: what a reply means, and what to do next.

Nothing here waits, sends or asks the time. A submit is paid, so it is sent again only when it was certainly not
accepted; polls are free, so they go on until the deadline.

| Outcome of a submit                           | Decision                                                          |
|-----------------------------------------------|-------------------------------------------------------------------|
| 2xx that names a task                         | Accepted                                                          |
| 429                                           | Again until the deadline, then RateLimited                        |
| 503, or a connection that was never made      | Again a few times, then Unavailable                               |
| 3xx but 303                                   | Stop: ConfigurationError (that host is not the API)               |
| 4xx but 408, 425, 429                         | Stop: the error that fits the status                              |
| anything else, and no reply                   | Stop: UnknownOutcome, never sent again                            |

| Outcome of a poll                             | Decision                                                          |
|-----------------------------------------------|-------------------------------------------------------------------|
| Ready with a sample                           | Finished                                                          |
| Ready without                                 | Stop: UnreadableResult                                            |
| Request / Content Moderated, Error, Failed    | Stop: a TaskFailed                                                |
| Task not found, or a 404                      | Again within the grace after the submit, then Stop: TaskNotFound  |
| Pending, Reasoning, Generating, unknown words | Again (an unknown word is named, for one warning)                 |
| no reply, garbage, 408, 425, 429, 5xx         | Again, backing off                                                |
| any other status, or a host not to be trusted | Stop: PollingRefused                                              |
| Again, but the deadline has passed            | Stop: DeadlineExceeded                                            |

A Retry-After above the cap stops everything, with an error that holds the wait; one that ends after the deadline, too.
None is ever cut short.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from . import _errors as errors
from ._explain import (
    TERMINAL_FAILURES,
    deadline_exceeded,
    described,
    download_failed,
    never_reached,
    polling_refused,
    refusal,
    task_failed,
    unknown_outcome,
    unreadable_result,
)
from ._pacing import Pacing, asked_wait_s, backoff_s, poll_interval_s
from ._replies import Fault, FaultKind, Outcome, Reply, Snapshot, Ticket, read_snapshot, read_ticket

READY = "Ready"
NOT_FOUND = "Task not found"
IN_PROGRESS = frozenset({"Pending", "Reasoning", "Generating"})  # [OAS; the last two since August 2026: KAIBO, PROBE]

_MAYBE_ACCEPTED = frozenset({303, 408, 425})  # a redirect after the deed, or a gateway that gave up waiting
_TRANSIENT = frozenset({408, 425, 429})
_GONE = frozenset({403, 404, 410})  # an expired signed URL answers 403  [Azure]; the others are ASSUMED


@dataclass(frozen=True, slots=True)
class Turn:
    """What a decision may know besides the outcome: the time left, how often it failed in a row, and the dice."""

    remaining_s: float
    rng: random.Random = field(repr=False)
    epoch_s: float = 0.0
    pacing: Pacing = field(default_factory=Pacing)
    failures: int = 0
    polls: int = 0
    age_s: float | None = None  # since this process saw the task accepted; None for a resumed task


@dataclass(frozen=True, slots=True)
class Accepted:
    """The API took the task."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Finished:
    """The task is Ready, and this is its picture's URL."""

    snapshot: Snapshot
    sample: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """A free request got its answer."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Again:
    """Ask again after `wait_s`. Without a snapshot it was a failure, which counts towards those in a row."""

    wait_s: float
    snapshot: Snapshot | None = None

    @property
    def unknown_status(self) -> str | None:
        """The status word, if it is none that this client knows."""
        word = self.snapshot.status if self.snapshot else None
        return None if word in IN_PROGRESS or word == NOT_FOUND else word


@dataclass(frozen=True, slots=True)
class Renew:
    """Poll once more for a newly signed URL, then download that."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Raise the error."""

    error: errors.BFLError


@dataclass(frozen=True, slots=True)
class Unfit:
    """A download that came with status 200 and is not the picture; `is_partial` if it looks cut off."""

    reason: str
    is_partial: bool


def judge_submit(outcome: Outcome, *, turn: Turn, fallback_url: str) -> Accepted | Again | Stop:
    """Decide what follows a submit (see the table at the head)."""
    if isinstance(outcome, Fault):
        return _judge_unanswered_submit(outcome, turn=turn)
    ticket = read_ticket(outcome, fallback_url=fallback_url)
    status = outcome.status_code
    if 200 <= status < 300 and ticket is not None:
        return Accepted(ticket)
    if status == 429:
        return _retry(refusal(outcome), outcome, turn=turn, floor_s=turn.pacing.rate_limit_wait_s, is_endless=True)
    if status == 503:
        return _retry(refusal(outcome), outcome, turn=turn)
    if 300 <= status < 500 and status not in _MAYBE_ACCEPTED:
        return Stop(refusal(outcome))
    return Stop(unknown_outcome(outcome))


def judge_poll(outcome: Outcome, *, ticket: Ticket, turn: Turn) -> Finished | Again | Stop:
    """Decide what follows a poll (see the table at the head)."""
    snapshot = seen(outcome)
    if snapshot is not None and isinstance(outcome, Reply):
        return _judge_status(snapshot, outcome, ticket=ticket, turn=turn)
    if _may_pass(outcome):
        return _poll_again(outcome, ticket=ticket, turn=turn)
    return Stop(polling_refused(ticket, outcome))


def judge_read(outcome: Outcome, *, turn: Turn) -> Answered | Again | Stop:
    """Decide what follows a free request that is no poll, such as the balance: asked again a few times."""
    if isinstance(outcome, Reply) and outcome.status_code == 200 and outcome.mapping:
        return Answered(outcome)
    if _may_pass(outcome):
        error = errors.Unavailable(f"The API did not answer ({described(outcome)}); try later.")
        return _retry(error, outcome, turn=turn)
    if isinstance(outcome, Fault):
        return Stop(errors.ConfigurationError(f"The API cannot be asked ({outcome.reason}); check base_url."))
    return Stop(refusal(outcome))


def judge_download(outcome: Outcome | Unfit, *, ticket: Ticket, turn: Turn, is_renewed: bool) -> Again | Renew | Stop:
    """Decide what follows a download that did not succeed.

    A refusal by the delivery host, or a page in place of a picture, is cured by a newly signed URL, once [LIVE-UPS];
    what broke off or failed for the moment is fetched again a few times.
    """
    if isinstance(outcome, Unfit):
        error = download_failed(
            errors.NotAnImage, f"What was delivered is not the picture: {outcome.reason}", ticket=ticket
        )
        if outcome.is_partial:
            return _retry(error, None, turn=turn)
        return Stop(error) if is_renewed else Renew()
    if isinstance(outcome, Reply) and outcome.status_code in _GONE:
        what = f"The delivery host refused the sample URL ({described(outcome)})"
        expired = download_failed(errors.SampleExpired, what, ticket=ticket, reply=outcome)
        return Stop(expired) if is_renewed else Renew()
    reply = outcome if isinstance(outcome, Reply) else None
    what = f"The picture could not be fetched ({described(outcome)})"
    failed = download_failed(errors.DownloadFailed, what, ticket=ticket, reply=reply)
    return _retry(failed, outcome, turn=turn) if _may_pass(outcome) else Stop(failed)


def seen(outcome: Outcome) -> Snapshot | None:
    """Return what a poll shows of the task, None if it shows nothing.

    "Task not found" comes with status 404 and the body of a poll [LIVE-UPS]; other 404s mean the same [CONTRACT 3.4].
    """
    if isinstance(outcome, Fault):
        return None
    if outcome.status_code == 404:
        return Snapshot(status=NOT_FOUND)
    return read_snapshot(outcome) if 200 <= outcome.status_code < 300 else None


def is_end(snapshot: Snapshot) -> bool:
    """Tell whether a task that shows this has ended; "Task not found" may pass."""
    return snapshot.status == READY or snapshot.status in TERMINAL_FAILURES - {NOT_FOUND}


def first_poll_wait_s(*, turn: Turn) -> float:
    """Return the pause before the first poll: the rest of the interval since the submit, none for a resumed task."""
    return 0.0 if turn.age_s is None else max(0.0, min(turn.pacing.first_poll_s - turn.age_s, turn.remaining_s))


def _judge_unanswered_submit(fault: Fault, *, turn: Turn) -> Again | Stop:
    match fault.kind:
        case FaultKind.NOT_SENT:
            return _retry(never_reached(fault), fault, turn=turn)
        case FaultKind.UNUSABLE:
            return Stop(errors.ConfigurationError(f"The request cannot be sent ({fault.reason}); check base_url."))
        case _:
            return Stop(unknown_outcome(fault))


def _judge_status(snapshot: Snapshot, reply: Reply, *, ticket: Ticket, turn: Turn) -> Finished | Again | Stop:
    if snapshot.status == READY:
        sample = snapshot.sample
        return Finished(snapshot, sample) if sample else Stop(unreadable_result(ticket, reply))
    if snapshot.status in TERMINAL_FAILURES and not _is_new(snapshot, turn=turn):
        return Stop(task_failed(snapshot, reply=reply, ticket=ticket))
    if turn.remaining_s <= 0:
        return Stop(deadline_exceeded(ticket, last=f"status {snapshot.status!r}"))
    interval_s = poll_interval_s(turn.polls, pacing=turn.pacing, rng=turn.rng)
    # Cut to the deadline, so that the last poll is made when the caller's time is up and not seconds before.
    return Again(min(interval_s, turn.remaining_s), snapshot)


def _is_new(snapshot: Snapshot, *, turn: Turn) -> bool:
    # A cluster may not know a task for a moment after its submit.  [HELP-FAIL; clients tolerate up to 5 such polls]
    return snapshot.status == NOT_FOUND and turn.age_s is not None and turn.age_s < turn.pacing.not_found_grace_s


def _poll_again(outcome: Outcome, *, ticket: Ticket, turn: Turn) -> Again | Stop:
    asked_s = _asked_s(outcome, turn=turn)
    if asked_s is not None and asked_s > turn.pacing.retry_after_cap_s:
        return _stop_with_wait(polling_refused(ticket, outcome), asked_s)
    if turn.remaining_s <= 0 or (asked_s or 0.0) > turn.remaining_s:
        return _stop_with_wait(deadline_exceeded(ticket, last=described(outcome)), asked_s)
    wait_s = _failure_wait_s(asked_s, turn=turn, floor_s=turn.pacing.first_poll_s)
    return Again(max(asked_s or 0.0, min(wait_s, turn.remaining_s)))


def _retry(
    error: errors.BFLError,
    outcome: Outcome | None,
    *,
    turn: Turn,
    floor_s: float | None = None,
    is_endless: bool = False,
) -> Again | Stop:
    asked_s = _asked_s(outcome, turn=turn)
    wait_s = _failure_wait_s(asked_s, turn=turn, floor_s=turn.pacing.backoff_s if floor_s is None else floor_s)
    is_too_long = asked_s is not None and asked_s > turn.pacing.retry_after_cap_s
    is_spent = turn.failures >= turn.pacing.retries and not is_endless
    if is_too_long or is_spent or wait_s > turn.remaining_s:
        return _stop_with_wait(error, asked_s)
    return Again(wait_s)


def _failure_wait_s(asked_s: float | None, *, turn: Turn, floor_s: float) -> float:
    if asked_s is not None:
        floor_s = max(asked_s, turn.pacing.backoff_s)  # "Retry-After: 0" is no leave to hammer
    return backoff_s(turn.failures, floor_s=floor_s, pacing=turn.pacing, rng=turn.rng)


def _asked_s(outcome: Outcome | None, *, turn: Turn) -> float | None:
    return asked_wait_s(outcome, epoch_s=turn.epoch_s) if isinstance(outcome, Reply) else None


def _may_pass(outcome: Outcome) -> bool:
    """Whether asking again, for free, may bring an answer."""
    if isinstance(outcome, Fault):
        return outcome.kind is not FaultKind.UNUSABLE
    return 200 <= outcome.status_code < 300 or outcome.status_code >= 500 or outcome.status_code in _TRANSIENT


def _stop_with_wait(error: errors.BFLError, asked_s: float | None) -> Stop:
    error.retry_after_s = asked_s
    return Stop(error)
