"""A client of the Black Forest Labs FLUX API that never pays twice and never loses a task.

It is written from the published documents alone and imports nothing but `requests`.
"""

from __future__ import annotations

from ._client import BFLClient
from ._clock import Clock, SystemClock
from ._errors import (
    AuthenticationFailed,
    BFLError,
    BudgetExceeded,
    ConfigurationError,
    ContentModerated,
    DeadlineExceeded,
    DownloadFailed,
    GenerationFailed,
    InsufficientCredits,
    InvalidRequest,
    MissingAPIKey,
    Moderated,
    NotAnImage,
    PollingRefused,
    RateLimited,
    RequestModerated,
    SampleExpired,
    TaskFailed,
    TaskNotFound,
    TaskUnfinished,
    Unavailable,
    UnknownModel,
    UnknownOutcome,
    UnreadableResult,
)
from ._pacing import Pacing
from ._replies import Snapshot
from ._settings import Region
from ._tasks import Result, Task

__all__ = [
    "AuthenticationFailed",
    "BFLClient",
    "BFLError",
    "BudgetExceeded",
    "Clock",
    "ConfigurationError",
    "ContentModerated",
    "DeadlineExceeded",
    "DownloadFailed",
    "GenerationFailed",
    "InsufficientCredits",
    "InvalidRequest",
    "MissingAPIKey",
    "Moderated",
    "NotAnImage",
    "Pacing",
    "PollingRefused",
    "RateLimited",
    "Region",
    "RequestModerated",
    "Result",
    "SampleExpired",
    "Snapshot",
    "SystemClock",
    "Task",
    "TaskFailed",
    "TaskNotFound",
    "TaskUnfinished",
    "Unavailable",
    "UnknownModel",
    "UnknownOutcome",
    "UnreadableResult",
]
