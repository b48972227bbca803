"""Findings about retries: what was sent again, how soon, and what that cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from mock_bfl.contract import conduct

from .facts import SAMPLE, SUBMIT, Facts, Request, TaskFacts
from .saying import credits_text, evidence, seconds, times
from .values import Evidence
from .waits import asked_wait_ms

_TOLD_TO_COME_AGAIN = (429, 503)  # answers that say "not accepted": who submits again does not pay twice


def retry_after_ignored(facts: Facts) -> Iterator[Evidence]:
    """Find retries that came before the Retry-After of the 429 or 503 was over."""
    for series in facts.series:
        for failed, again in _retries(series):
            asked_ms = asked_wait_ms(failed.row) or 0
            if failed.pause_ms(again) < asked_ms - conduct.RETRY_AFTER_TOLERANCE_S.value * 1000:
                told = f"#{failed.number} was a {failed.row.status} with Retry-After: {failed.row.retry_after}"
                came = f"#{again.number} asked again after {seconds(failed.pause_ms(again))}"
                yield evidence((failed, again), f"{told}; {came} instead of {seconds(asked_ms)}.")


def no_backoff(facts: Facts) -> Iterator[Evidence]:
    """Find failures that were retried several times in a row without a pause."""
    for series in facts.series:
        for run in _hasty_runs(series, _may_pass):
            if len(run) > conduct.RETRIES_WITHOUT_PAUSE.value:
                what = f"{_asked_for(run[0])} failed {times(len(run) - 1, 'time')} in a row ({_answers(run[:-1])})"
                yield evidence(run, f"{what}, and was asked for again each time within {_longest_pause(run)}.")


def over_concurrency(facts: Facts) -> Iterator[Evidence]:
    """Find submits that were refused for want of a slot several times, without a pause between."""
    for call in facts.calls:
        for run in _hasty_runs(call, _wants_a_slot):
            refused = [request for request in run if _wants_a_slot(request)]
            if len(refused) >= conduct.REFUSALS_WITHOUT_PAUSE.value:
                what = f"one {_asked_for(run[0])} was refused with 429 {times(len(refused), 'time')}"
                yield evidence(run, f"{what} with at most {_longest_pause(run)} between.")


def retried_non_retryable(facts: Facts) -> Iterator[Evidence]:
    """Find requests that were sent again, the same, after a refusal that the same request meets again."""
    for series in facts.series:
        repeated = [pair for pair in _retries(series) if _is_vain(*pair)]
        if repeated:
            asked = [repeated[0][0], *(again for _, again in repeated)]
            said = f"#{asked[0].number} ({_asked_for(asked[0])}) was refused with {asked[0].row.status}"
            sent = "the same request was sent again" + ("" if len(asked) == 2 else f" {times(len(asked) - 1, 'time')}")
            yield evidence(asked, f"{said}; {sent}.")


def resubmitted_paid_job(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were paid for again: an equal one was accepted, left before its end, after a failure.

    Not where the answer said that nothing was accepted, and not while the earlier task is still followed.
    """
    by_request: dict[tuple[str | None, ...], list[TaskFacts]] = {}
    for task in facts.tasks:
        if task.submit is not None and task.submit.row.body_digest is not None:
            row = task.submit.row
            by_request.setdefault((row.account, row.path, row.body_digest), []).append(task)
    for equal in by_request.values():
        yield from _paid_again(equal)


def _paid_again(equal: Sequence[TaskFacts]) -> Iterator[Evidence]:
    """Match each task that was left with the next equal one that was submitted after it was."""
    taken: set[str] = set()
    for left in filter(_was_left, equal):
        again = next((task for task in equal if task.id not in taken and _comes_after(left, task)), None)
        if again is None or again.submit is None or left.submit is None or left.last is None:
            continue
        taken.add(again.id)
        price = again.price_credits
        told = f"#{left.submit.number} was accepted; then {_failure(left.last)}, and #{again.submit.number}"
        said = f"{told} submitted the same request again: this retry loop cost {credits_text(price)}."
        asked = (left.submit, *((left.last,) if left.last is not left.submit else ()), again.submit)
        yield evidence(asked, said, task_id=again.id, cost_credits=price)


def _was_left(task: TaskFacts) -> bool:
    if task.last is None or task.end is not None or not task.last.has_failed:
        return False
    refused = task.last is task.submit and task.last.row.status in _TOLD_TO_COME_AGAIN
    return not refused


def _comes_after(left: TaskFacts, task: TaskFacts) -> bool:
    return task.submit is not None and left.last is not None and left.last.ends_before(task.submit)


def _failure(request: Request) -> str:
    if request.row.status is None:
        return f"#{request.number} got no answer"
    broken = f" that did not come whole ({request.row.fault})" if request.row.is_broken else ""
    return f"#{request.number} failed with {request.row.status}{broken}"


def _retries(series: Sequence[Request]) -> list[tuple[Request, Request]]:
    """Return what did not go well, each with the request that followed it."""
    return [(one, other) for one, other in pairwise(series) if not one.is_success and one.ends_before(other)]


def _may_pass(request: Request) -> bool:
    """Whether it failed in a way that a pause cures; a full account and a Retry-After are judged by their own rules."""
    return request.has_failed and not _wants_a_slot(request) and not asked_wait_ms(request.row)


def _wants_a_slot(request: Request) -> bool:
    return request.row.route == SUBMIT and request.row.status == 429


def _is_vain(refused: Request, again: Request) -> bool:
    """Whether the second request could only be refused as the first was.

    One that was refused otherwise, or not at all, shows that something was done about it in between, unless the first
    refusal was scripted.
    """
    is_same = again.row.status == refused.row.status or refused.row.fault is not None
    is_soon = refused.pause_ms(again) < conduct.REFUSED_AGAIN_WITHIN_S.value * 1000
    is_refusal = refused.row.status in conduct.NOT_RETRYABLE.value and refused.word is None
    # "Task not found" is no refusal, and a sample URL may have been renewed in between.
    return is_refusal and is_same and is_soon and refused.row.route != SAMPLE


def _hasty_runs(series: Sequence[Request], failed: Callable[[Request], bool]) -> Iterator[list[Request]]:
    """Yield the runs of requests in which each failed and the next came without a pause."""
    run: list[Request] = []
    for one, other in pairwise(series):
        is_hasty = failed(one) and one.ends_before(other) and one.pause_ms(other) < conduct.PAUSE_S.value * 1000
        if is_hasty:
            run = [*(run or [one]), other]
        elif run:
            yield run
            run = []
    if run:
        yield run


def _longest_pause(run: Sequence[Request]) -> str:
    return seconds(max(one.pause_ms(other) for one, other in pairwise(run)))


def _answers(run: Sequence[Request]) -> str:
    found = dict.fromkeys("no answer" if one.row.status is None else str(one.row.status) for one in run)
    return ", ".join(found)


def _asked_for(request: Request) -> str:
    return f"{request.row.method} {request.row.path}"
