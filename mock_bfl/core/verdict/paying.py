"""Find jobs that were paid for twice: submitted again after the first task was left.

Law: in doubt for the client. That a task was left shows in what was met last; whose the next equal submit is, in that
nobody else was at work on the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mock_bfl.contract import conduct, statuses

from .facts import Facts, TaskFacts
from .request import GET_RESULT, SUBMIT, Request
from .saying import credits_text, evidence, seconds
from .values import Evidence

_TOLD_TO_COME_AGAIN = (429, 503)  # answers that say "not accepted": who submits again does not pay twice


@dataclass(frozen=True, slots=True)
class _Job:
    """A task, its submit, and the last exchange about it."""

    task: TaskFacts
    submit: Request
    last: Request


def resubmitted_paid_job(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were paid for again: an equal one was accepted, and left for what was met last.

    Not where the answer said that nothing was accepted, and not while the earlier task is still followed.
    """
    announced = {delivery.task_id for delivery in facts.deliveries}
    by_request: dict[tuple[str | None, ...], list[_Job]] = {}
    for task in facts.tasks:
        if task.submit is not None and task.last is not None and task.submit.row.body_digest is not None:
            row = task.submit.row
            job = _Job(task, task.submit, task.last)
            by_request.setdefault((row.account, row.path, row.body_digest), []).append(job)
    for equal in by_request.values():
        yield from _paid_again(equal, announced)


def _paid_again(equal: Sequence[_Job], announced: Collection[str]) -> Iterator[Evidence]:
    """Match each task that was left with the next equal one that was submitted after it was."""
    free = sorted(equal, key=_number)
    is_anybodys = _at_work_on(equal)
    for left in (job for job in equal if _may_be_left(job, announced)):
        place = bisect_right(free, left.last.number, key=_number)
        again = next((job for job in _soon_after(left.last, free, place) if _comes_after(left.last, job.submit)), None)
        if again is not None and not is_anybodys(again.submit):
            del free[bisect_left(free, again.submit.number, key=_number)]
            yield _evidence_of(left, again)


def _number(job: _Job) -> int:
    return job.submit.number


def _soon_after(last: Request, jobs: Sequence[_Job], place: int) -> Iterator[_Job]:
    """Yield the jobs from a place on, as long as they come soon enough for a loop, by either clock."""
    for job in islice(jobs, place, None):
        row = job.submit.row
        if max(row.real_ms - last.row.real_ms, row.at_ms - last.row.at_ms) > conduct.PAID_AGAIN_WITHIN_S.value * 1000:
            return
        yield job


def _evidence_of(left: _Job, again: _Job) -> Evidence:
    asked = tuple(dict.fromkeys((left.submit, left.last, again.submit)))
    told = f"#{left.submit.number} was accepted; then {_what_was_met(left, again)}, and #{again.submit.number}"
    price = again.task.price_credits
    said = f"{told} submitted the same request again: this retry loop cost {credits_text(price)}."
    return evidence(asked, said, task_id=again.task.id, cost_credits=price)


def _may_be_left(job: _Job, announced: Collection[str]) -> bool:
    """Tell whether a client may have gone away from a task before its end, or without its picture."""
    task, last = job.task, job.last
    if task.end not in {None, statuses.READY} or task.was_fetched:
        return False
    if last.row.route == SUBMIT and last.row.status in _TOLD_TO_COME_AGAIN:
        return False
    return _has_gone_wrong(last) or (last.row.fault is not None and not _may_be_heard_of(job, announced))


def _has_gone_wrong(last: Request) -> bool:
    """Tell whether an exchange failed, or a poll was refused: neither says that the task is lost."""
    is_refused_poll = last.row.route == GET_RESULT and last.row.status in conduct.NOT_RETRYABLE.value
    return last.has_failed or (is_refused_poll and last.word is None)


def _may_be_heard_of(job: _Job, announced: Collection[str]) -> bool:
    """Tell whether a late answer may have been read, and left nothing to ask: an end, or a webhook to wait for."""
    row = job.last.row
    is_last_word = row.status_word in statuses.TERMINAL if row.route == GET_RESULT else job.task.id in announced
    return row.status is not None and is_last_word


def _comes_after(last: Request, again: Request) -> bool:
    """Tell whether a submit follows what went wrong, or comes into its silence."""
    return (_has_gone_wrong(last) and last.ends_before(again)) or _is_into_silence(last, again)


def _is_into_silence(silent: Request, again: Request) -> bool:
    """Tell whether a submit came while an earlier answer was scripted to be long in coming.

    Silences are real, whatever the account's clock does. Without a fault nothing is silent, and what overlaps are
    several callers; so they are where the second one comes at once, for nobody gives up so soon.
    """
    ended_ms, since_ms = silent.row.ended_real_ms, again.row.real_ms - silent.row.real_ms
    is_silent = silent.row.fault is not None and (ended_ms is None or again.row.real_ms <= ended_ms)
    return is_silent and since_ms >= conduct.SILENCE_S.value * 1000


def _at_work_on(equal: Sequence[_Job]) -> Callable[[Request], bool]:
    """Return what tells whether others were at work on the same at a submit: it may be one more caller's then."""
    firsts = sorted(job.submit.number for job in equal)
    lasts = sorted(job.last.number for job in equal)
    return lambda submit: bisect_left(firsts, submit.number) > bisect_left(lasts, submit.number)


def _what_was_met(left: _Job, again: _Job) -> str:
    last = left.last
    if not _has_gone_wrong(last):
        subject = "it" if last is left.submit else f"#{last.number}"
        return f"{subject} was silent for {seconds(again.submit.row.real_ms - last.row.real_ms)}"
    if last.row.status is None:
        return f"#{last.number} got no answer"
    broken = f" that did not come whole ({last.row.fault})" if last.row.is_broken else ""
    return f"#{last.number} failed with {last.row.status}{broken}"
