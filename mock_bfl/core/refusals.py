"""Word a refusal as the dialect does: `{"detail": …}` as FastAPI does, or the guide's `{error, message, details}`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from mock_bfl.contract import Dialect
from mock_bfl.contract.errors import ERRORS, VALIDATION_CODE, VALIDATION_MESSAGE

from .body import Fault, Unreadable, encode
from .keys import KeyRefused
from .reply import Headers, Reply, json_reply

_KEY_STATUS: Mapping[str, Callable[[Dialect], int]] = MappingProxyType(
    {
        "not_authenticated": lambda dialect: dialect.missing_key_status,
        "malformed_key": lambda dialect: dialect.malformed_key_status,
        "invalid_key": lambda dialect: dialect.unknown_key_status,
    }
)

# The guide shows two sentences of this table, for multiple_of and for an empty prompt; the others are in their manner.
_GUIDE_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "multiple_of": "Must be a multiple of {multiple_of}",
        "string_too_short": "Cannot be empty",
        "missing": "Is required",
        "greater_than_equal": "Must be at least {ge}",
        "less_than_equal": "Must be at most {le}",
        "enum": "Must be {expected}",
        "string_type": "Must be a string",
        "int_type": "Must be an integer",
        "int_parsing": "Must be an integer",
        "int_from_float": "Must be an integer",
        "float_type": "Must be a number",
        "float_parsing": "Must be a number",
        "bool_type": "Must be true or false",
        "bool_parsing": "Must be true or false",
        "json_invalid": "Is not JSON: {error}",
    }
)


def refuse(
    name: str, status: int, *, dialect: Dialect, why: str, headers: Headers = (), account: str | None = None
) -> Reply:
    """Return the refusal `name` of the contract's errors with the reason beside it."""
    text = ERRORS[name]
    body: dict[str, object] = {"detail": text.detail}
    if dialect.error_envelope == "guide":
        body = {"error": text.code, "message": text.message}
        if status == 429 and dialect.over_limit_retry_after_s is not None:
            body["retry_after"] = dialect.over_limit_retry_after_s
    return json_reply(status, body, headers=headers, why=why, account=account)


def refuse_key(refused: KeyRefused, *, dialect: Dialect, headers: Headers = ()) -> Reply:
    """Return the refusal of a key: which rung it fell at decides status and text."""
    status = _KEY_STATUS[refused.error](dialect)
    return refuse(refused.error, status, dialect=dialect, why=refused.why(), headers=headers)


def refuse_unreadable(body: Unreadable, *, dialect: Dialect, headers: Headers = ()) -> Reply:
    """Return the 400 for a body that cannot be decoded.  [FASTAPI]"""
    return refuse("unreadable_body", 400, dialect=dialect, why=f"The body: {body.reason}.", headers=headers)


def refuse_faults(
    faults: Iterable[Fault], *, dialect: Dialect, headers: Headers = (), account: str | None = None
) -> Reply:
    """Return the refusal that lists every fault of a request."""
    listed = tuple(faults)
    why = "; ".join(f"{'.'.join(map(str, fault.loc))}: {fault.msg}" for fault in listed)
    body: dict[str, object] = {"detail": [_shown(fault) for fault in listed]}
    if dialect.error_envelope == "guide":
        body = {"error": VALIDATION_CODE.value, "message": VALIDATION_MESSAGE.value, "details": _guide_details(listed)}
    return json_reply(dialect.invalid_body_status, body, headers=headers, why=why, account=account)


def _shown(fault: Fault) -> dict[str, object]:
    """Return a fault with its keys in the recorded order: type, loc, msg, input, ctx.  [LIVE-UPS]"""
    shown = {"type": fault.type, "loc": list(fault.loc), "msg": fault.msg, "input": _echo(fault.input)}
    return shown if fault.ctx is None else {**shown, "ctx": dict(fault.ctx)}


def _echo(value: object) -> object:
    """Return an input as the refusal repeats it; null where it cannot be sent as JSON.

    The framework answers 500 there (NaN, lone surrogates, undecodable bytes); that the vendor does not is ASSUMED.
    """
    try:
        echoed = _jsonable(value)
        encode(echoed)
    except (ValueError, RecursionError):
        return None
    return echoed


def _jsonable(value: object) -> object:
    """Return a value as FastAPI's encoder leaves it: bytes decoded, keys that begin with `_sa` dropped.  [FASTAPI]"""
    match value:
        case bytes():
            return value.decode()
        case dict():
            return {key: _jsonable(inner) for key, inner in value.items() if not key.startswith("_sa")}
        case list():
            return [_jsonable(inner) for inner in value]
        case _:
            return value


def _guide_details(faults: Iterable[Fault]) -> dict[str, str]:
    details: dict[str, str] = {}
    for fault in faults:
        name = next((str(part) for part in reversed(fault.loc[:2]) if isinstance(part, str)), "body")
        sentence = _guide_sentence(fault)
        details[name] = f"{details[name]}; {sentence}" if name in details else sentence
    return details


def _guide_sentence(fault: Fault) -> str:
    if fault.type not in _GUIDE_SENTENCES:
        return fault.msg
    return _GUIDE_SENTENCES[fault.type].format_map(dict(fault.ctx or {}))
