"""Read a request body as FastAPI reads it: which bytes are JSON, and what is wrong with those that are not.

The vendor's server is FastAPI; where no recording shows an answer, the framework's own is given.  [FASTAPI]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request, in the terms of pydantic v2: what a 422 lists."""

    type: str
    loc: tuple[str | int, ...]
    msg: str
    input: object
    ctx: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body that could be read. `value` is JSON, or the raw bytes where the content type is not JSON."""

    value: object


@dataclass(frozen=True, slots=True)
class NoBody:
    """A request without a body."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A body that says it is JSON and is not: a 422 with the place of the error."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that cannot be decoded at all (bad UTF-8, too deep, too long a number): a 400."""

    reason: str


def decode(data: bytes, content_type: str | None) -> Decoded | NoBody | Malformed | Unreadable:
    """Return what the bytes of a body mean under their content type."""
    if not data:
        return NoBody()
    try:
        return Decoded(json.loads(data) if is_json(content_type) else data)
    except json.JSONDecodeError as error:
        return Malformed(Fault("json_invalid", ("body", error.pos), "JSON decode error", {}, {"error": error.msg}))
    except (ValueError, RecursionError) as error:
        return Unreadable(f"{type(error).__name__}: {str(error)[:120]}")


def is_json(content_type: str | None) -> bool:
    """Tell whether a content type is application/json or application/*+json; an absent one is not."""
    if not content_type:
        return False
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))


def encode(value: object) -> bytes:
    """Return compact JSON: UTF-8, no space after a colon, as the recordings have it.

    Raises ValueError on NaN, infinities and lone surrogates.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
