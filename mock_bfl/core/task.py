"""A task is complete at birth: what it will show at any instant is a pure function of it and `now`.

Law: every draw is made once, at submission. One stated exception: a task scripted to settle after N polls has no
`settles_at_ms` until its Nth poll sets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mock_bfl.contract import LimitClass, Model, statuses
from mock_bfl.contract.fields import OutputFormat
from mock_bfl.contract.models import MODELS_BY_SLUG

from .pricing import Quote
from .webhook_script import WebhookScript


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One accepted submit. Instants are milliseconds since the epoch on the account's clock.

    `origin` is the scheme and host under which it was submitted: a sample in a webhook event leads there.

    `settles_at_ms` is None while polls decide (`settles_after_polls`) and for a task that is stuck.
    `progress` are the values shown one after the other while it runs; `in_phases` shows FLUX 3's words instead of
    `waiting_status`. `polling_origin` is where its polling_url leads, if that is not where it was submitted.
    Before `visible_at_ms` a poll does not find it: real services replicate a moment later than they answer.
    """

    id: str
    account: str
    slug: str
    quote: Quote
    created_at_ms: int
    starts_at_ms: int
    settles_at_ms: int | None
    settles_after_polls: int | None
    final_status: str
    waiting_status: str
    progress: tuple[float | None, ...]
    reasons: tuple[str, ...]
    error_code: str | None
    seed: int
    prompt: str
    result_prompt: str
    width_px: int
    height_px: int
    output_format: OutputFormat
    sample_key: str
    webhook_url: str | None = None
    webhook_secret: str | None = None
    webhook: WebhookScript = WebhookScript()
    origin: str = ""
    in_phases: bool = False
    polling_origin: str | None = None
    visible_at_ms: int | None = None

    @property
    def model(self) -> Model:
        """The row of the task's model."""
        return MODELS_BY_SLUG[self.slug]

    @property
    def limit_class(self) -> LimitClass:
        """Which limit of active tasks the task counts against."""
        return self.model.limit_class

    @property
    def refund_credits(self) -> Decimal:
        """What is given back when the task settles: its price unless it ends Ready.  [HELP-FAIL; for Error: ASSUMED]"""
        return Decimal(0) if self.final_status == statuses.READY else self.quote.credits


@dataclass(frozen=True, slots=True)
class Observation:
    """What a poll sees of a task."""

    status: str
    progress: float | None
    is_settled: bool


def observe(task: Task, *, now_ms: int, polls: int = 0) -> Observation:
    """Return what a poll at `now_ms` sees; `polls` counts the earlier ones, for tasks that settle by polls."""
    if not is_visible(task, now_ms=now_ms):
        return Observation(statuses.TASK_NOT_FOUND, None, is_settled=False)
    if is_settled(task, now_ms=now_ms):
        return Observation(task.final_status, None, is_settled=True)
    share = _share_done(task, now_ms=now_ms, polls=polls)
    word = _phase(share) if task.in_phases else task.waiting_status
    return Observation(word, _progress(task, share=share, polls=polls), is_settled=False)


def is_visible(task: Task, *, now_ms: int) -> bool:
    """Tell whether polls find the task by `now_ms`."""
    return task.visible_at_ms is None or now_ms >= task.visible_at_ms


def is_settled(task: Task, *, now_ms: int) -> bool:
    """Tell whether the task has ended by `now_ms`: at that very instant its slot is free."""
    return task.settles_at_ms is not None and now_ms >= task.settles_at_ms


def _phase(share: float) -> str:
    phases = statuses.FLUX_3_PHASES.value
    return next((word for word, until in phases if share < until), phases[-1][0])


def _progress(task: Task, *, share: float, polls: int) -> float | None:
    if not task.progress:
        return None
    values = len(task.progress)
    by_polls = task.settles_at_ms is None and task.settles_after_polls is not None
    index = _spread(values, polls, pending=(task.settles_after_polls or 0) - 1) if by_polls else int(share * values)
    return task.progress[min(index, values - 1)]


def _spread(values: int, polls: int, *, pending: int) -> int:
    """Return which value a poll shows: the last of the `pending` ones shows the last, the poll after them the end."""
    if pending >= values:
        return polls * values // pending
    return polls * (values - 1) // max(pending - 1, 1)


def _share_done(task: Task, *, now_ms: int, polls: int) -> float:
    if task.settles_at_ms is not None:
        return (now_ms - task.created_at_ms) / (task.settles_at_ms - task.created_at_ms)
    return polls / task.settles_after_polls if task.settles_after_polls else 0.0
