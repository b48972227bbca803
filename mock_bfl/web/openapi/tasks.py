"""What a submit and a poll answer, as a document describes it: the keys that the dialect has, and no other."""

from __future__ import annotations

from mock_bfl.contract import Dialect, headers, statuses
from mock_bfl.contract.errors import TASK_ERROR_CODES

from .components import NULLABLE_NUMBER, Components, Json, any_of, closed

_TEXT: Json = {"type": "string"}
_NULL: Json = {"type": "null"}
_PRICE: Json = {"cost": NULLABLE_NUMBER, "input_mp": NULLABLE_NUMBER, "output_mp": NULLABLE_NUMBER}
_SIX_KEYS = ("id", "status", "result", "progress", "details", "preview")


def submit_answer(dialect: Dialect, components: Components) -> Json:
    """Return the schema of an accepted submit: with a webhook_url the reply may look otherwise."""
    plain = closed({"id": _TEXT, "polling_url": {"type": "string", "format": "uri"}, **_PRICE})
    forms = [components.add("AsyncResponse", plain)]
    if dialect.webhook_reply == "without_polling_url":
        with_webhook = closed({"id": _TEXT, "status": _TEXT, "webhook_url": _TEXT, **_PRICE})
        forms.append(components.add("AsyncWebhookResponse", with_webhook))
    return any_of(forms)


def poll_answer(dialect: Dialect, components: Components) -> Json:
    """Return the schema of a poll that finds its task."""
    words = statuses.WORDS if dialect.statuses == "eight" else statuses.GUIDE_WORDS
    found = [word for word in words if word != statuses.TASK_NOT_FOUND]
    status = components.add("StatusResponse", {"type": "string", "enum": found})
    properties: Json = {
        "id": _TEXT,
        "status": status,
        "result": _or_null(_result(dialect), dialect),
        "progress": _or_null({"type": "number"}, dialect),
        "details": _or_null(_details(dialect), dialect),
        "preview": _or_null({"type": "object"}, dialect),
    }
    optional = ("cost", "error", "message") if dialect.poll_null_keys else ("cost", "error", "message", *_SIX_KEYS[2:])
    if dialect.settled_cost:
        properties["cost"] = NULLABLE_NUMBER
    if dialect.failure_at == "error":
        properties |= {"error": {"enum": list(TASK_ERROR_CODES)}, "message": {"enum": list(TASK_ERROR_CODES.values())}}
    return components.add("ResultResponse", closed(properties, optional=optional))


def no_task_answer() -> Json:
    """Return the schema of a poll that finds no task, in the form of `detail`: six keys, four of them null."""
    empty = dict.fromkeys(_SIX_KEYS[2:], _NULL)
    return closed({"id": _TEXT, "status": {"const": statuses.TASK_NOT_FOUND}, **empty})


def rate_headers(dialect: Dialect) -> Json:
    """Return the headers of every poll: the recorded window, or the guide's active tasks where the task is known."""
    window = dialect.rate_headers == "poll_window"
    number: Json = {"type": "number" if window else "integer"}
    described: Json = {
        headers.RATE_LIMIT.value: {"schema": {"type": "integer"}, "required": window},
        headers.RATE_REMAINING.value: {"schema": {"type": "integer"}, "required": window},
        headers.RATE_RESET.value: {"schema": number, "required": window},
    }
    if window and dialect.poll_retry_after:
        described[headers.RETRY_AFTER.value] = {"schema": {"type": "integer"}, "required": True}
    return described


def _or_null(schema: Json, dialect: Dialect) -> Json:
    return {"anyOf": [schema, _NULL]} if dialect.poll_null_keys else schema


def _result(dialect: Dialect) -> Json:
    made: Json = {"sample": {"type": "string", "format": "uri"}, "prompt": _TEXT, "seed": {"type": "integer"}}
    if dialect.result_keys == "guide":
        return closed(made)
    times: Json = {name: {"type": "number"} for name in ("start_time", "end_time", "duration")}
    return closed({**made, **times}, optional=("end_time", "duration"))


def _details(dialect: Dialect) -> Json:
    """Return what `details` holds where there are any: an object, and text for FLUX 3 where the dialect has it so."""
    forms: list[Json] = [{"type": "object"}]
    return any_of([*forms, _TEXT] if dialect.flux_3_details == "string" else forms)
