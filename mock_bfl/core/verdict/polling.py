"""Findings about polls: their pace, and whether they end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from mock_bfl.contract import conduct, statuses

from .facts import Facts, TaskFacts
from .request import SAMPLE, Request
from .saying import evidence, seconds, span_ms, times
from .values import Evidence

MODERATED = (statuses.REQUEST_MODERATED, statuses.CONTENT_MODERATED)
_ENDED = (statuses.READY, statuses.ERROR)


def polled_too_fast(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled at a median gap, from beginning to beginning, below the threshold."""
    limit_ms = conduct.POLL_GAP_S.value * 1000
    for task in facts.tasks:
        gaps = _gaps_ms(task)
        if len(gaps) >= conduct.GAPS_TO_JUDGE.value and median(gaps) < limit_ms and not _never_sleeps(task):
            what = f"{times(len(task.polls), 'poll')} with a median of {seconds(median(gaps))} from one to the next"
            yield evidence(task.polls, f"{what}; {seconds(limit_ms)} is the least, 0.5 s what the docs recommend.")


def zero_sleep_polling(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled without any sleep: nearly all pauses after an answer are below the threshold."""
    for task in facts.tasks:
        if _never_sleeps(task):
            rate = len(task.polls) / max(span_ms(task.polls) / 1000, 0.001)
            what = f"{times(len(task.polls), 'poll')} without a pause, in {seconds(span_ms(task.polls))}"
            yield evidence(task.polls, f"{what}: {rate:.0f} a second.")


def poll_after_terminal(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled on after Ready, Error, or a lasting "Task not found"."""
    for task in facts.tasks:
        needless = _after_the_end(task, _ENDED) or _after_not_found(task, may_be_new=facts.is_cut)
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
            too_often = len(run) > conduct.UNKNOWN_WORD_POLLS.value * watchers(run)
            if run[0].word not in statuses.WORDS and (too_long or too_often):
                what = f"{len(run)} polls over {seconds(span_ms(run))} were all answered {run[0].word!r}"
                said = f"{what}, a word that the client does not know."
                yield evidence(run, said, task_id=task.id, cost_credits=task.price_credits)


def _waits(task: TaskFacts) -> list[tuple[Request, Request]]:
    """Return each poll that showed the task, but not ready, with the next: between them a client waits."""
    return [pair for pair in pairwise(task.polls) if pair[0].word not in {None, statuses.READY}]


def _gaps_ms(task: TaskFacts) -> list[int]:
    """Return how long a client waited from poll to poll: where several poll in step, each from its own to its own."""
    waits = _waits(task)
    polls = [earlier for earlier, _ in waits] + [later for _, later in waits[-1:]]
    in_step = watchers(polls, within_s=conduct.NO_SLEEP_S.value)
    return [later.begun_ms - earlier.begun_ms for earlier, later in zip(polls, polls[in_step:], strict=False)]


def _never_sleeps(task: TaskFacts) -> bool:
    """Tell whether nearly all pauses are none: of several that poll in step, one in each round is long."""
    pauses = [earlier.pause_ms(later) for earlier, later in _waits(task)]
    short = [pause_ms for pause_ms in pauses if pause_ms < conduct.NO_SLEEP_S.value * 1000]
    return len(pauses) >= conduct.GAPS_TO_JUDGE.value and len(short) >= conduct.NO_SLEEP_SHARE.value * len(pauses)


def watchers(polls: Sequence[Request], *, within_s: float = conduct.POLL_GAP_S.value) -> int:
    """Return how many may have watched a task: the most that polled it within what one leaves between two polls."""
    most = 1
    for number, last in enumerate(polls, 1):
        first = number - most - 1
        if first >= 0 and last.begun_ms - polls[first].begun_ms < within_s * 1000:
            most += 1
    return most


def _after_the_end(task: TaskFacts, ends: Sequence[str]) -> list[Request]:
    """Return the poll that showed the end and those after it, if there are more than those who watched it need."""
    first = next((poll for poll in task.polls if poll.word in ends), None)
    if first is None:
        return []
    used = _used(task)
    needless = [
        later
        for earlier, later in pairwise(task.polls)
        if first.ends_before(later) and later.number not in used and not _has_reason(task, earlier, later)
    ]
    others = watchers([poll for poll in task.polls if poll.number <= first.number]) - 1
    return [first, *needless] if len(needless) > conduct.POLLS_AFTER_THE_END.value + others else []


def _has_reason(task: TaskFacts, earlier: Request, later: Request) -> bool:
    """Tell whether a poll after the end resumes the task, asks again what it may not have read, or renews a link.

    A minute is one by the machine's clock, or by the account's, which a test may have moved.
    """
    real_ms, account_ms = later.row.real_ms - earlier.row.real_ms, later.row.at_ms - earlier.row.at_ms
    was_long_ago = max(real_ms, account_ms) >= conduct.RESUMED_AFTER_S.value * 1000
    between = (one for one in task.downloads if earlier.number < one.number < later.number)
    return was_long_ago or earlier.word is None or any(not download.is_success for download in between)


def _used(task: TaskFacts) -> set[int]:
    """Return the numbers of polls whose link was used: each download is for one before it, the last that is left."""
    unused: list[int] = []
    used: set[int] = set()
    for request in sorted((*task.polls, *task.downloads), key=lambda request: request.number):
        if request.word == statuses.READY:
            unused.append(request.number)
        elif request.row.route == SAMPLE and unused:
            used.add(unused.pop())
    return used


def _after_not_found(task: TaskFacts, *, may_be_new: bool) -> list[Request]:
    """Return the first lasting run of "Task not found": more polls than are tolerated, and not only of a new task.

    `may_be_new`: a task whose submit is not known may have been submitted just before.
    """
    grace_ms = conduct.NOT_FOUND_GRACE_S.value * 1000
    submitted = task.submit or (next(iter(task.polls), None) if may_be_new else None)
    born_ms = None if submitted is None else submitted.begun_ms
    for run in _runs_of_one_word(task):
        late = [poll for poll in run if born_ms is None or poll.begun_ms - born_ms > grace_ms]
        many = watchers([poll for poll in task.polls if poll.number <= run[0].number])
        is_lasting = (
            len(run) > conduct.NOT_FOUND_POLLS.value * many and len(late) > conduct.POLLS_AFTER_THE_END.value * many
        )
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
