"""Findings about polls: their pace, and whether they end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from mock_bfl.contract import conduct, statuses

from .facts import Facts, Request, TaskFacts
from .saying import evidence, seconds, span_ms, times
from .values import Evidence

MODERATED = (statuses.REQUEST_MODERATED, statuses.CONTENT_MODERATED)
_ENDED = (statuses.READY, statuses.ERROR)


def polled_too_fast(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled at a median gap, from beginning to beginning, below the threshold."""
    limit_ms = conduct.POLL_GAP_S.value * 1000
    for task in facts.tasks:
        gaps = [later.begun_ms - earlier.begun_ms for earlier, later in _waits(task)]
        if len(gaps) >= conduct.GAPS_TO_JUDGE.value and median(gaps) < limit_ms and not _never_sleeps(task):
            what = f"{times(len(task.polls), 'poll')} with a median of {seconds(median(gaps))} from one to the next"
            yield evidence(task.polls, f"{what}; {seconds(limit_ms)} is the least, 0.5 s what the docs recommend.")


def zero_sleep_polling(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled without any sleep: the median pause after an answer is below the threshold."""
    for task in facts.tasks:
        if _never_sleeps(task):
            rate = len(task.polls) / max(span_ms(task.polls) / 1000, 0.001)
            what = f"{times(len(task.polls), 'poll')} without a pause, in {seconds(span_ms(task.polls))}"
            yield evidence(task.polls, f"{what}: {rate:.0f} a second.")


def poll_after_terminal(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled on after Ready, Error, or a lasting "Task not found"."""
    for task in facts.tasks:
        needless = _after_the_end(task, _ENDED) or _after_not_found(task)
        if needless:
            yield _polled_on(needless)


def moderation_not_terminal(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled on after Request Moderated or Content Moderated."""
    for task in facts.tasks:
        needless = _after_the_end(task, MODERATED)
        if needless:
            yield _polled_on(needless)


def unknown_status_unbounded(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled without end on one status word that no document knows."""
    for task in facts.tasks:
        for run in _runs_of_one_word(task):
            too_long = span_ms(run) > conduct.UNKNOWN_WORD_S.value * 1000
            if run[0].word not in statuses.WORDS and (too_long or len(run) > conduct.UNKNOWN_WORD_POLLS.value):
                what = f"{len(run)} polls over {seconds(span_ms(run))} were all answered {run[0].word!r}"
                said = f"{what}, a word that the client does not know."
                yield evidence(run, said, task_id=task.id, cost_credits=task.price_credits)


def _waits(task: TaskFacts) -> list[tuple[Request, Request]]:
    """Return each poll that showed the task, but not ready, with the next: between them a client waits."""
    return [pair for pair in pairwise(task.polls) if pair[0].word not in {None, statuses.READY}]


def _never_sleeps(task: TaskFacts) -> bool:
    pauses = [earlier.pause_ms(later) for earlier, later in _waits(task)]
    return len(pauses) >= conduct.GAPS_TO_JUDGE.value and median(pauses) < conduct.NO_SLEEP_S.value * 1000


def _after_the_end(task: TaskFacts, ends: Sequence[str]) -> list[Request]:
    """Return the poll that showed the end and those after it, if there are more than a client needs."""
    first = next((poll for poll in task.polls if poll.word in ends), None)
    if first is None:
        return []
    needless = [
        later
        for earlier, later in pairwise(task.polls)
        if first.ends_before(later) and not _has_reason(task, earlier, later) and not _are_used(task, earlier, later)
    ]
    return [first, *needless] if len(needless) > conduct.POLLS_AFTER_THE_END.value else []


def _has_reason(task: TaskFacts, earlier: Request, later: Request) -> bool:
    """Tell whether a poll after the end resumes the task, asks again what it may not have read, or renews a link."""
    was_long_ago = later.begun_ms - earlier.begun_ms >= conduct.RESUMED_AFTER_S.value * 1000
    between = (one for one in task.downloads if earlier.number < one.number < later.number)
    return was_long_ago or earlier.word is None or any(not download.is_success for download in between)


def _are_used(task: TaskFacts, earlier: Request, later: Request) -> bool:
    """Tell whether a download came of each of two polls: several consumers, each with a freshly signed link."""
    following = (other.number for other in task.polls if other.number > later.number)
    end = min(following, default=math.inf)
    return all(
        any(since.number < one.number < until for one in task.downloads)
        for since, until in ((earlier, later.number), (later, end))
    )


def _after_not_found(task: TaskFacts) -> list[Request]:
    """Return the first lasting run of "Task not found": more polls than are tolerated, and not only of a new task."""
    grace_ms = conduct.NOT_FOUND_GRACE_S.value * 1000
    born_ms = None if task.submit is None else task.submit.begun_ms
    for run in _runs_of_one_word(task):
        late = [poll for poll in run if born_ms is None or poll.begun_ms - born_ms > grace_ms]
        is_lasting = len(run) > conduct.NOT_FOUND_POLLS.value and len(late) > conduct.POLLS_AFTER_THE_END.value
        if run[0].word == statuses.TASK_NOT_FOUND and is_lasting:
            return run
    return []


def _runs_of_one_word(task: TaskFacts) -> list[list[Request]]:
    """Return the polls that showed the task, in runs of the same word."""
    runs: list[list[Request]] = []
    for poll in task.polls:
        if poll.word is None:
            continue
        if runs and runs[-1][-1].word == poll.word:
            runs[-1].append(poll)
        else:
            runs.append([poll])
    return runs


def _polled_on(asked: Sequence[Request]) -> Evidence:
    first, *later = asked
    what = f"#{first.number} said {first.word!r}; {times(len(later), 'more poll')} followed"
    return evidence(asked, f"{what} over {seconds(span_ms(asked))}.")
