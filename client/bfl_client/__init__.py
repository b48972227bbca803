"""A client of the Black Forest Labs FLUX API that never pays twice and never loses a task.

It is written from the published documents alone and imports nothing but `requests`; its asynchronous twin is imported
when it is used, and brings `httpx`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ._client import BFLClient
from ._clock import AsyncClock, Clock, SystemClock
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
    MissingExtra,
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
    WebhookRejected,
)
from ._pacing import Pacing
from ._prices import Estimate
from ._replies import Snapshot
from ._settings import Region
from ._tasks import Result, Task

if TYPE_CHECKING:
    from ._async_client import AsyncBFLClient, AsyncResult, AsyncTask
    from ._batch import BatchItem, BatchOutcome, BatchResult, BatchUpdate, Job

__all__ = [
    "AsyncBFLClient",
    "AsyncClock",
    "AsyncResult",
    "AsyncTask",
    "AuthenticationFailed",
    "BFLClient",
    "BFLError",
    "BatchItem",
    "BatchOutcome",
    "BatchResult",
    "BatchUpdate",
    "BudgetExceeded",
    "Clock",
    "ConfigurationError",
    "ContentModerated",
    "DeadlineExceeded",
    "DownloadFailed",
    "Estimate",
    "GenerationFailed",
    "InsufficientCredits",
    "InvalidRequest",
    "Job",
    "MissingAPIKey",
    "MissingExtra",
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
    "WebhookRejected",
]

# Loaded on their first use, for not every program needs them.
_LATE = {
    **dict.fromkeys(("AsyncBFLClient", "AsyncResult", "AsyncTask"), "_async_client"),
    **dict.fromkeys(("BatchItem", "BatchOutcome", "BatchResult", "BatchUpdate", "Job"), "_batch"),
}


def __getattr__(name: str) -> object:
    """Import what few programs use when it is first named. Raises MissingExtra without httpx."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = importlib.import_module(f".{_LATE[name]}", __name__)
    except ModuleNotFoundError as error:
        if error.name != "httpx":
            raise
        raise MissingExtra(f"{name} needs httpx, which is not installed: pip install 'mock-bfl[async]'") from error
    found: object = getattr(module, name)
    return found
