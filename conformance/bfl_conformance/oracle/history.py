"""Questions to a history: which tasks were accepted, what their polls showed, what that makes certain.

An instant of the target lies between `sent_at_ms` and `received_at_ms`; only what holds for every instant between
the two is called certain here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bfl_conformance.observation import Observation, Polled, Submitted
from mock_bfl.contract import MODELS_BY_SLUG, LimitClass, statuses

# A refusal to find the task is no word about the task itself.
_ENDS = statuses.TERMINAL - {statuses.TASK_NOT_FOUND}


def accepted(history: Sequence[Observation], *, key: str | None = None) -> Iterator[Submitted]:
    """Yield the accepted submissions, of one key where one is named."""
    return (seen for seen in history if isinstance(seen, Submitted) and key in {None, seen.key})


def submission_of(history: Sequence[Observation], task_id: str) -> Submitted | None:
    """Return the submission that began a task, if it was seen."""
    return next((seen for seen in accepted(history) if seen.task_id == task_id), None)


def polls_of(history: Sequence[Observation], task_id: str) -> Iterator[Polled]:
    """Yield the polls of one task, in the order in which they were made."""
    return (seen for seen in history if isinstance(seen, Polled) and seen.task_id == task_id)


def end_of(history: Sequence[Observation], task_id: str) -> Polled | None:
    """Return the first poll that showed the task at its end."""
    return next((poll for poll in polls_of(history, task_id) if poll.status in _ENDS), None)


def ends(history: Sequence[Observation]) -> dict[str, Polled]:
    """Return the first poll at its end of each task that was seen there."""
    found: dict[str, Polled] = {}
    for seen in history:
        if isinstance(seen, Polled) and seen.status in _ENDS:
            found.setdefault(seen.task_id, seen)
    return found


def running_until_ms(history: Sequence[Observation]) -> dict[str, int]:
    """Return, by task, the latest instant at which it was certainly still running: its last poll in progress."""
    return {
        seen.task_id: seen.reply.sent_at_ms
        for seen in history
        if isinstance(seen, Polled) and seen.status in statuses.IN_PROGRESS
    }


def limit_class_of(task: Submitted) -> LimitClass:
    """Return which limit of active tasks a submission counts against."""
    model = MODELS_BY_SLUG.get(task.model)
    return model.limit_class if model else LimitClass.STANDARD
