"""Findings about retries: what was sent again, and how soon."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from itertools import pairwise

from mock_bfl.contract import conduct

from .facts import Facts
from .request import SAMPLE, SUBMIT, Request
from .saying import evidence, seconds, times
from .values import Evidence
from .waits import asked_wait_ms


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
    told: set[int] = set()
    for call in facts.calls:
        for run in _hasty_runs(call, _wants_a_slot):
            refused = [request for request in run if _wants_a_slot(request)]
            if len(refused) >= conduct.REFUSALS_WITHOUT_PAUSE.value:
                told.update(request.number for request in refused)
                what = f"one {_asked_for(run[0])} was refused with 429 {times(len(refused), 'time')}"
                yield evidence(run, f"{what} with at most {_longest_pause(run)} between.")
    for row in _refused_in_a_row(facts):
        if len(row) - len(told.intersection(request.number for request in row)) >= conduct.REFUSALS_IN_A_ROW.value:
            what = f"{times(len(row), 'submit')} in a row were refused with 429"
            yield evidence(row, f"{what}, with at most {_longest_pause(row)} between.")


def _refused_in_a_row(facts: Facts) -> Iterator[list[Request]]:
    """Yield the rows of refused submits, whatever their bodies, that follow each other without a pause.

    A long one is certain: each was answered before the next began, so it is no crowd of callers that were started
    together, who overlap and end the row; and none was sent again after a wait, so nobody in it backs off. It is one
    loop, or as many callers beside those that hold the slots who all give up: the account's limit slows down neither.
    """
    submits: dict[str | None, list[Request]] = {}
    for request in facts.requests:
        if request.row.route == SUBMIT:
            submits.setdefault(request.row.account, []).append(request)
    for asked in submits.values():
        in_vain = {one.number for one in asked if _wants_a_slot(one)} - _waited_with(asked)
        for run in _hasty_runs(asked, partial(_is_among, in_vain)):
            yield [request for request in run if request.number in in_vain]


def _is_among(numbers: Collection[int], request: Request) -> bool:
    return request.number in numbers


def _waited_with(submits: Sequence[Request]) -> set[int]:
    """Return the numbers of those after which the same was submitted next after a wait."""
    waited: set[int] = set()
    last: dict[tuple[str | None, ...], Request] = {}
    for request in submits:
        same = (request.row.path, request.row.body_digest)
        before = last.get(same)
        if before is not None and before.pause_ms(request) >= conduct.CAME_BACK_AFTER_S.value * 1000:
            waited.add(before.number)
        last[same] = request
    return waited


def retried_non_retryable(facts: Facts) -> Iterator[Evidence]:
    """Find requests that were sent again, the same, after a refusal that the same request meets again."""
    for series in facts.series:
        repeated = [pair for pair in _retries(series) if _is_vain(*pair)]
        if repeated:
            asked = [repeated[0][0], *(again for _, again in repeated)]
            said = f"#{asked[0].number} ({_asked_for(asked[0])}) was refused with {asked[0].row.status}"
            sent = "the same request was sent again" + ("" if len(asked) == 2 else f" {times(len(asked) - 1, 'time')}")
            yield evidence(asked, f"{said}; {sent}.")


def _retries(series: Sequence[Request]) -> list[tuple[Request, Request]]:
    """Return what did not go well, each with the request that followed it."""
    return [(one, other) for one, other in pairwise(series) if not one.is_success and one.ends_before(other)]


def _may_pass(request: Request) -> bool:
    """Whether it failed in a way that a pause cures; a full account and a Retry-After are judged by their own rules.

    A download that is refused may be granted by another link, but not by the same one at once.
    """
    is_refused_download = request.row.route == SAMPLE and (request.row.status or 0) >= 400
    return (request.has_failed or is_refused_download) and not _wants_a_slot(request) and not asked_wait_ms(request.row)


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
            run = run or [one]
            run.append(other)
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
