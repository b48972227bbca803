"""Webhook events: which are due to a receiver and when, what they say, how they are signed, what follows an attempt.

An event's body depends on its task and instant alone: a retry, a duplicate and a replay send the same bytes.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from mock_bfl.contract import Dialect, statuses, webhooks
from mock_bfl.contract.errors import TASK_ERROR_CODES

from .bodies import Body, poll_body
from .body import encode
from .receiver import name_of
from .task import Observation, Task, observe

_FORMS = {"2025": webhooks.FORM_2025, "2026": webhooks.FORM_2026, "guide": webhooks.FORM_GUIDE}
_WRONG_SECRET = "not-the-secret-of-this-webhook"  # noqa: S105 - that it is wrong is its purpose


class DeliveryState(StrEnum):
    """Where a delivery stands. `dropped`: scripted never to be sent."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    ABANDONED = "abandoned"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try: when it began (account's clock, machine's clock), and how the receiver answered.

    `status` is None where no answer came; then `error` says why. `is_replay`: made by hand, beside the schedule.
    """

    at_ms: int
    real_ms: int
    took_ms: int
    status: int | None
    error: str | None = None
    is_replay: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the receiver took the event: a 2xx, in time.  [GUIDE webhook-integration]"""
        return self.error is None and self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one receiver; `due_at_ms` is on the account's clock, `order` breaks ties.

    `event_at_ms` is when it happened to the task. `progress` is None for the final event. `receiver` tells receivers
    apart. `leased_until_real_ms` keeps two workers off one attempt. `epoch` is the account's: after a reset another
    delivery may have the id.
    """

    id: str
    account: str
    task_id: str
    due_at_ms: int
    receiver: str = ""
    event_at_ms: int = 0
    order: int = 0
    progress: float | None = None
    state: DeliveryState = DeliveryState.WAITING
    attempts: tuple[Attempt, ...] = ()
    leased_until_real_ms: int = 0
    epoch: int = 0


def plan_deliveries(task: Task, *, dialect: Dialect) -> tuple[Delivery, ...]:
    """Return what will be sent about a task, in the order of sending; nothing while its end is not known.

    A task that was lost (`Task not found`) sends nothing.  [ASSUMED]
    """
    if task.webhook_url is None or task.settles_at_ms is None or task.final_status == statuses.TASK_NOT_FOUND:
        return ()
    final = _delivery(task, "final", at_ms=task.settles_at_ms, progress=None)
    finals = tuple(final if copy == 1 else replace(final, id=f"{final.id}.{copy}") for copy in _copies(task))
    progress = tuple(_progress_deliveries(task, dialect))
    if task.webhook.is_reordered:
        ordered = (*finals, *(replace(delivery, due_at_ms=final.due_at_ms) for delivery in progress))
    else:
        ordered = (*progress, *finals)
    return tuple(replace(delivery, order=order) for order, delivery in enumerate(ordered))


def event_body(task: Task, delivery: Delivery, *, dialect: Dialect, sample_url: str | None) -> bytes:
    """Return the bytes of an event: compact JSON. `sample_url` is given where the task ended Ready."""
    if delivery.progress is not None:
        return encode(_progress_event(task, delivery, dialect))
    match dialect.webhook_form:
        case "2025":
            return encode(_event_of_2025(task, sample_url, dialect))
        case "2026":
            return encode(_event_of_2026(task, sample_url, dialect))
        case _:
            return encode(_event_of_the_guide(task, delivery, sample_url))


def signature(body: bytes, secret: str) -> str:
    """Return the value of the signature header over exactly these bytes.  [GUIDE webhook-integration]"""
    digest = hmac.new(secret.encode("utf-8", "surrogatepass"), body, sha256).hexdigest()
    return f"{webhooks.SIGNATURE_PREFIX.value}{digest}"


def signing_secret_of(task: Task) -> str | None:
    """Return what the task's events are signed with; None where no secret was given: then they are not signed."""
    if not task.webhook_secret:
        return None
    return _WRONG_SECRET if task.webhook.has_bad_signature else task.webhook_secret


def after_attempt(delivery: Delivery, attempt: Attempt, *, now_ms: int) -> Delivery:
    """Return the delivery after one more attempt, ended at `now_ms`: delivered, due again, or abandoned.

    Pauses count from the end of the failed attempt.  [GUIDE; from which end is ASSUMED]
    """
    logged = replace(delivery, attempts=(*delivery.attempts, attempt), leased_until_real_ms=0)
    if attempt.is_success:
        return replace(logged, state=DeliveryState.DELIVERED)
    failures = sum(not made.is_replay for made in logged.attempts)
    pauses_s = webhooks.RETRIES_AFTER_S.value
    if failures > len(pauses_s):
        return replace(logged, state=DeliveryState.ABANDONED)
    return replace(logged, due_at_ms=now_ms + pauses_s[failures - 1] * 1000)


def after_replay(delivery: Delivery, attempt: Attempt) -> Delivery:
    """Return the delivery after an attempt beside its schedule: delivered, or standing where it stood."""
    state = DeliveryState.DELIVERED if attempt.is_success else delivery.state
    return replace(delivery, attempts=(*delivery.attempts, attempt), state=state)


def refused(delivery: Delivery, attempt: Attempt) -> Delivery:
    """Return the delivery after an attempt that no retry would help: abandoned."""
    attempts = (*delivery.attempts, attempt)
    return replace(delivery, attempts=attempts, leased_until_real_ms=0, state=DeliveryState.ABANDONED)


def _copies(task: Task) -> range:
    return range(1, task.webhook.copies + 1)


def _delivery(task: Task, name: str, *, at_ms: int, progress: float | None) -> Delivery:
    return Delivery(
        id=f"{task.id}.{name}",
        account=task.account,
        task_id=task.id,
        due_at_ms=at_ms + task.webhook.delay_ms,
        receiver=name_of(task.webhook_url or ""),
        event_at_ms=at_ms,
        progress=progress,
        state=DeliveryState.DROPPED if task.webhook.is_dropped else DeliveryState.WAITING,
    )


def _progress_deliveries(task: Task, dialect: Dialect) -> Iterator[Delivery]:
    """Yield the events before the end. A task that is over at once has none, unless they are asked for.  [ASSUMED]"""
    script, span_ms = task.webhook, (task.settles_at_ms or 0) - task.created_at_ms
    by_default = dialect.webhook_progress and span_ms > 0
    if not (script.is_reordered or (by_default if script.has_progress is None else script.has_progress)):
        return
    for number, share in enumerate(webhooks.PROGRESS_SHARES.value, 1):
        at_ms = task.created_at_ms + int(span_ms * share)
        shown = observe(task, now_ms=at_ms).progress
        yield _delivery(task, f"progress.{number}", at_ms=at_ms, progress=share if shown is None else shown)


def _progress_event(task: Task, delivery: Delivery, dialect: Dialect) -> Body:
    form = _FORMS[dialect.webhook_form]
    whole = webhooks.PROGRESS_IS_PERCENT.value
    percent = min(whole, round((delivery.progress or 0) * whole))
    event: Body = {form.progress_id_key: task.id, "status": form.progress_status, "progress": percent}
    return {**event, **_timestamp(delivery)} if dialect.webhook_form == "guide" else event


def _event_of_2025(task: Task, sample_url: str | None, dialect: Dialect) -> Body:
    form = webhooks.FORM_2025
    price: Body = {"cost": task.quote.cost, "input_mp": task.quote.input_mp, "output_mp": task.quote.output_mp}
    if sample_url is None:
        message = TASK_ERROR_CODES[_error_code(task)]
        return {form.id_key: task.id, "status": form.failed, "progress": 100, "result": None, "error": message, **price}
    result = _result_of_2025(task, sample_url)
    return {form.id_key: task.id, "status": form.ready, "progress": 100, "result": result, "error": None, **price}


def _result_of_2025(task: Task, sample_url: str) -> Body:
    start_s, end_s = task.starts_at_ms / 1000, (task.settles_at_ms or task.starts_at_ms) / 1000
    return {
        "sample": sample_url,
        "prompt": task.result_prompt,
        "seed": task.seed,
        "start_time": start_s,
        "end_time": end_s,
        "duration": end_s - start_s,
        "pre_filtered": False,
        "task_id": task.id,
        "width": task.width_px,
        "height": task.height_px,
        "generation_time": end_s - start_s,
        "config": {},
        "scorer_scores": {},
    }


def _event_of_2026(task: Task, sample_url: str | None, dialect: Dialect) -> Body:
    """Return id and status beside what a poll would show; that failures come with code and details is ASSUMED."""
    form = webhooks.FORM_2026
    seen = Observation(task.final_status, None, is_settled=True)
    polled = poll_body(task, seen, sample_url=sample_url, dialect=dialect)
    if sample_url is not None:
        return {form.id_key: task.id, "status": form.ready, "result": polled["result"]}
    details = polled.get("details")
    event: Body = {form.id_key: task.id, "status": form.failed, "error": _error_code(task)}
    return event if details is None else {**event, "details": details}


def _event_of_the_guide(task: Task, delivery: Delivery, sample_url: str | None) -> Body:
    form = webhooks.FORM_GUIDE
    if sample_url is None:
        code = _error_code(task)
        told: Body = {"status": form.failed, "error": code, "message": TASK_ERROR_CODES[code]}
    else:
        result = {"sample": sample_url, "prompt": task.result_prompt, "seed": task.seed}
        told = {"status": form.ready, "result": result}
    return {form.id_key: task.id, **told, **_timestamp(delivery)}


def _error_code(task: Task) -> str:
    moderated = task.final_status in {statuses.REQUEST_MODERATED, statuses.CONTENT_MODERATED}
    return webhooks.MODERATED.value if moderated else task.error_code or "internal_error"


def _timestamp(delivery: Delivery) -> Body:
    """Return the instant of the event in the guide's form, whole seconds.  [GUIDE webhook-integration]"""
    at = datetime.fromtimestamp(delivery.event_at_ms // 1000, UTC)
    return {"timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
