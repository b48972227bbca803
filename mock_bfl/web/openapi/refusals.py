"""The refusals of `/v1` as a document describes them: status and exact words, in the dialect's envelope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from mock_bfl.contract import Dialect
from mock_bfl.contract.errors import ERRORS, UNSUPPORTED_SLUG, VALIDATION_CODE, VALIDATION_MESSAGE
from mock_bfl.contract.headers import RETRY_AFTER

from .components import Components, Json, any_of, closed, json_response, why_header

KEY_RUNGS = ("not_authenticated", "malformed_key", "invalid_key")
BODY_RUNGS = ("unreadable_body", "body_too_large")
FAULTS = "faults"  # every field that broke a rule
UNSUPPORTED = "unsupported_slug"

_STATUS: Mapping[str, Callable[[Dialect], int]] = MappingProxyType(
    {
        "not_authenticated": lambda dialect: dialect.missing_key_status,
        "malformed_key": lambda dialect: dialect.malformed_key_status,
        "invalid_key": lambda dialect: dialect.unknown_key_status,
        "unreadable_body": lambda dialect: 400,
        "image_too_large": lambda dialect: 400,
        UNSUPPORTED: lambda dialect: 400,
        "insufficient_credits": lambda dialect: 402,
        "finetune_not_found": lambda dialect: 404,
        "task_not_found": lambda dialect: dialect.task_not_found_status,
        "body_too_large": lambda dialect: 413,
        "too_many_tasks": lambda dialect: 429,
        FAULTS: lambda dialect: dialect.invalid_body_status,
    }
)


def refusals(names: Iterable[str], dialect: Dialect, components: Components) -> dict[str, Json]:
    """Return the responses of the refusals `names`, by status: those of one status share a response."""
    by_status: dict[int, list[str]] = {}
    for name in names:
        by_status.setdefault(_STATUS[name](dialect), []).append(name)
    return {str(status): _response(status, by_status[status], dialect, components) for status in sorted(by_status)}


def _response(status: int, names: list[str], dialect: Dialect, components: Components) -> Json:
    schemas = [_schema(name, status, dialect, components) for name in names]
    headers = why_header()
    if status == 429 and dialect.over_limit_retry_after_s is not None:
        headers[RETRY_AFTER.value] = {"description": "Seconds.", "schema": {"type": "integer"}, "required": True}
    about = "; ".join(name.replace("_", " ") for name in names).capitalize() + "."
    return json_response(about, any_of(schemas), headers=headers)


def _schema(name: str, status: int, dialect: Dialect, components: Components) -> Json:
    if name == FAULTS:
        return _faults(dialect, components)
    if name == UNSUPPORTED:  # the documents show this one in the form of `detail` alone
        return closed({"detail": {"type": "string", "pattern": _pattern(UNSUPPORTED_SLUG.value)}})
    text = ERRORS[name]
    if dialect.error_envelope == "detail":
        return closed({"detail": {"const": text.detail}})
    worded: Json = {"error": {"const": text.code}, "message": {"const": text.message}}
    if status == 429 and dialect.over_limit_retry_after_s is not None:
        worded["retry_after"] = {"const": dialect.over_limit_retry_after_s}
    return closed(worded)


def _pattern(text: str) -> str:
    before, _, after = text.partition("{slug}")
    return f"^{before}[\\s\\S]*{after}$"


def _faults(dialect: Dialect, components: Components) -> Json:
    if dialect.error_envelope == "guide":
        details: Json = {"type": "object", "additionalProperties": {"type": "string"}}
        worded = {"error": {"const": VALIDATION_CODE.value}, "message": {"const": VALIDATION_MESSAGE.value}}
        return components.add("ValidationError", closed({**worded, "details": details}))
    fault = closed(
        {
            "type": {"type": "string"},
            "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
            "msg": {"type": "string"},
            "input": {},
            "ctx": {"type": "object"},
        },
        optional=("ctx",),
    )
    faults: Json = {"type": "array", "items": components.add("ValidationError", fault), "minItems": 1}
    return components.add("HTTPValidationError", closed({"detail": faults}))
