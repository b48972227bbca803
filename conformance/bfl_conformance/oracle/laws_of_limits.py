"""How many tasks may be active at once, and when a submission may be turned away for it.

A task is active from its submission until it settles. Polls come later than what they prove: a task that a poll finds
in progress was active all the while before, so an acceptance beyond the limit may come to light only then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Polled, Refused, Submitted
from bfl_conformance.verdict import Level
from mock_bfl.contract import MODELS_BY_SLUG, LimitClass, limits, statuses

from .history import accepted, ends, limit_class_of, running_until_ms, submission_of
from .law import History, law

_LIMITS = {
    LimitClass.STANDARD: limits.ACTIVE_TASKS.value,
    LimitClass.KONTEXT_MAX: limits.ACTIVE_TASKS_KONTEXT_MAX.value,
}


def _was_not_one_too_many(history: History, seen: Submitted, _: Expectations) -> Iterator[str]:
    before = list(accepted(history, key=seen.key))
    yield from _one_too_many(seen, before=before, until_ms=running_until_ms(history))


def _proves_no_acceptance_beyond_the_limit(history: History, seen: Polled, _: Expectations) -> Iterator[str]:
    polled = submission_of(history, seen.task_id)
    if seen.status not in statuses.IN_PROGRESS or polled is None:
        return
    known_ms = running_until_ms(history).get(seen.task_id, -1)
    until_ms = running_until_ms((*history, seen))
    tasks = list(accepted(history, key=polled.key))
    for position, task in enumerate(tasks):
        # Only what this poll proves, and none before it did.
        if known_ms < task.reply.received_at_ms <= seen.reply.sent_at_ms and task.task_id != seen.task_id:
            yield from _one_too_many(task, before=tasks[:position], until_ms=until_ms)


def _one_too_many(task: Submitted, *, before: Sequence[Submitted], until_ms: Mapping[str, int]) -> Iterator[str]:
    """Yield a complaint if the tasks accepted `before` that were certainly active beside `task` fill the limit."""
    others = [
        other
        for other in before
        if other.reply.received_at_ms <= task.reply.sent_at_ms
        and until_ms.get(other.task_id, -1) >= task.reply.received_at_ms
    ]
    for limit_class in sorted({LimitClass.STANDARD, limit_class_of(task)}):
        holders = [other for other in others if limit_class in {LimitClass.STANDARD, limit_class_of(other)}]
        if len(holders) >= _LIMITS[limit_class]:
            yield f"{task.task_id} was accepted beside {len(holders)} active {limit_class} tasks"


def _had_a_reason(history: History, seen: Refused, _: Expectations) -> Iterator[str]:
    if seen.reply.status_code != 429 or seen.what != "submission" or seen.model not in MODELS_BY_SLUG:
        return
    settled = {task_id for task_id, end in ends(history).items() if end.reply.received_at_ms <= seen.reply.sent_at_ms}
    possible = [task for task in accepted(history, key=seen.key) if task.task_id not in settled]
    alike = [task for task in possible if limit_class_of(task) is MODELS_BY_SLUG[seen.model].limit_class]
    full = len(possible) >= _LIMITS[LimitClass.STANDARD]
    if not full and len(alike) < _LIMITS[MODELS_BY_SLUG[seen.model].limit_class]:
        yield f"{seen.model} was refused with 429 beside at most {len(possible)} active tasks"


_LAW = "At most 24 tasks of an account are active, and at most 6 of flux-kontext-max."

LAWS_OF_LIMITS = (
    law(
        "limit-is-kept",
        _LAW,
        level=Level.MUST,
        cite=limits.ACTIVE_TASKS.cite,
        about=Submitted,
        broken_by=_was_not_one_too_many,
    ),
    law(
        "limit-was-kept",
        f"{_LAW} (Proved by a later poll.)",
        level=Level.MUST,
        cite=limits.ACTIVE_TASKS.cite,
        about=Polled,
        broken_by=_proves_no_acceptance_beyond_the_limit,
    ),
    law(
        "slot-is-free-when-a-task-settles",
        "A submission is not refused with 429 while fewer tasks than the limit can be active.",
        level=Level.MUST,
        cite=limits.ACTIVE_TASKS.cite,
        about=Refused,
        broken_by=_had_a_reason,
    ),
)
