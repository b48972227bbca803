"""With what the `bfl` command exits; its help ends with this table.

| Exit code | Meaning                                            | What to do                                |
|-----------|----------------------------------------------------|-------------------------------------------|
| 0         | all pictures are on disk, or the question answered |                                           |
| 2         | wrong usage                                        | see `bfl COMMAND --help`                  |
| 3         | no key, a key that is refused, or a wrong set-up   | fix the set-up                            |
| 4         | the request breaks a rule                          | fix the request                           |
| 5         | not enough credits, or the budget is used up       | pay, or raise the budget                  |
| 6         | too many active tasks, or the API is unavailable   | try later; nothing was billed             |
| 7         | the outcome of a submit is unknown (one or more)   | look at your balance before trying again  |
| 8         | the task ended without a picture                   | change the prompt, or submit anew         |
| 9         | a task was accepted and its end not seen           | the printed command goes on               |
| 10        | a picture is ready and could not be saved          | the printed command goes on               |
| 11        | a batch ended, and some of its items failed        | correct them in a new file                |
| 130, 143  | interrupted with Ctrl-C, or by SIGTERM             | the printed command goes on               |

A batch ends with the first of these that fits: 7, the code of the error that stopped it, 9, 10, 6, 11.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import _errors as errors
from ._batch import BatchOutcome, BatchResult

UNKNOWN = 7
BATCH_FAILED = 11
INTERRUPTED = 130
TERMINATED = 143
_OF_ERRORS: Mapping[type[errors.BFLError], int] = MappingProxyType(
    {
        errors.ConfigurationError: 3,
        errors.AuthenticationFailed: 3,
        errors.InvalidRequest: 4,
        errors.WebhookRejected: 4,  # no command receives deliveries; the table is whole
        errors.InsufficientCredits: 5,
        errors.BudgetExceeded: 5,
        errors.RateLimited: 6,
        errors.Unavailable: 6,
        errors.UnknownOutcome: UNKNOWN,
        errors.TaskFailed: 8,
        errors.TaskUnfinished: 9,
        errors.DownloadFailed: 10,
    }
)

_WORST_FIRST = (9, 10, 6)  # what the same command, run again, goes on with


def exit_code(error: errors.BFLError) -> int:
    """Return the exit code of an error: that of the nearest class of the tree that has one."""
    return next(_OF_ERRORS[kind] for kind in type(error).__mro__ if kind in _OF_ERRORS)


def batch_exit_code(result: BatchResult) -> int:
    """Return the exit code of a batch: that of the worst of its items."""
    if result.counts[BatchOutcome.UNKNOWN]:
        return UNKNOWN
    if result.stopped_by is not None:
        return exit_code(result.stopped_by)
    found = {exit_code(item.error) for item in result.items if item.error is not None}
    return next((code for code in _WORST_FIRST if code in found), BATCH_FAILED if found else 0)
