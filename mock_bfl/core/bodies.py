"""The bodies of the replies that are not refusals: submit and poll, as each dialect writes them."""

from __future__ import annotations

from mock_bfl.contract import Dialect, Family, statuses
from mock_bfl.contract.errors import TASK_ERROR_CODES

from .task import Observation, Task

Body = dict[str, object]

_REASONS_KEY = statuses.MODERATION_REASONS_KEY.value


def submit_body(task: Task, *, polling_url: str, dialect: Dialect) -> Body:
    """Return the reply to a submit; its keys in the recorded order.  [CASS; with a webhook: OAS]

    With a `webhook_url`, `live` leaves out `polling_url` and gives a `status` whose word no document names (ASSUMED).
    """
    price: Body = {
        "cost": task.quote.cost,
        "input_mp": task.quote.input_mp,
        "output_mp": task.quote.output_mp,
    }
    if task.webhook_url is not None and dialect.webhook_reply == "without_polling_url":
        return {"id": task.id, "status": statuses.PENDING, "webhook_url": task.webhook_url, **price}
    return {"id": task.id, "polling_url": polling_url, **price}


def poll_body(task: Task, seen: Observation, *, sample_url: str | None, dialect: Dialect) -> Body:
    """Return the reply to a poll. `sample_url` is given where the task is Ready."""
    body: Body = {
        "id": task.id,
        "status": _word(seen.status, dialect),
        "result": None if sample_url is None else _result(task, sample_url, dialect),
        "progress": seen.progress,
        "details": None,
        "preview": None,
    }
    if seen.is_settled and seen.status != statuses.READY:
        body |= _failure(task, dialect)
    if sample_url is not None and dialect.settled_cost and task.model.family is Family.FLUX_3:
        body["cost"] = task.quote.cost
    return body if dialect.poll_null_keys else {key: value for key, value in body.items() if value is not None}


def not_found_body(task_id: str) -> Body:
    """Return the body for an unknown task: a poll's six keys.  [LIVE-UPS]"""
    return {
        "id": task_id,
        "status": statuses.TASK_NOT_FOUND,
        "result": None,
        "progress": None,
        "details": None,
        "preview": None,
    }


def _word(status: str, dialect: Dialect) -> str:
    """Return the status as the dialect knows it: the guide has three words.  [GUIDE]"""
    if dialect.statuses == "eight" or status in statuses.GUIDE_WORDS:
        return status
    return statuses.ERROR if status in statuses.TERMINAL else statuses.PENDING


def _result(task: Task, sample_url: str, dialect: Dialect) -> Body:
    if dialect.result_keys == "guide":
        return {"sample": sample_url, "prompt": task.result_prompt, "seed": task.seed}
    start_s = task.starts_at_ms / 1000  # The tools answer as FLUX.2, FLUX 3 as FLUX.1: ASSUMED.
    if task.model.family in {Family.FLUX_2, Family.TOOLS}:
        return {"start_time": start_s, "prompt": task.result_prompt, "seed": task.seed, "sample": sample_url}
    end_s = (task.starts_at_ms if task.settles_at_ms is None else task.settles_at_ms) / 1000
    return {
        "sample": sample_url,
        "prompt": task.result_prompt,
        "seed": task.seed,
        "start_time": start_s,
        "end_time": end_s,
        "duration": end_s - start_s,
    }


def _failure(task: Task, dialect: Dialect) -> Body:
    """Return the keys that say why a task failed: in `details`, or in the guide's `error` and `message`."""
    moderated = task.final_status in {statuses.REQUEST_MODERATED, statuses.CONTENT_MODERATED}
    if dialect.failure_at == "error":
        code = "content_policy_violation" if moderated else task.error_code or "internal_error"
        return {"error": code, "message": TASK_ERROR_CODES[code]}
    in_words = task.model.family is Family.FLUX_3 and dialect.flux_3_details == "string"
    if moderated:
        named = dialect.moderation_reasons and task.reasons
        reasons: object = ", ".join(task.reasons) if in_words else {_REASONS_KEY: list(task.reasons)}
        return {"details": reasons} if named else {}
    code = task.error_code or "internal_error"
    message = TASK_ERROR_CODES[code]
    return {"details": message if in_words else {"error": code, "message": message}}  # the keys are ASSUMED
