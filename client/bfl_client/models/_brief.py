"""How a request looks in a log: no picture, no secret, no long text."""

from __future__ import annotations

from typing import Any

from bfl_client._inputs import is_url, size_of_text
from bfl_client._urls import redact_url

from ._checks import shown, slots_of, values_of
from ._rules import Rule


def brief(request: Any) -> str:
    """Return a request for a log: no picture, no secret, no long text; stands as `__repr__` in each class."""
    slots, values = slots_of(request.__class__), values_of(request)
    shown = [f"{name}={_in_brief(value, slots[name].rule)}" for name, value in values.items() if value is not None]
    shown += [f"extra=<{', '.join(request.extra)}>"] if request.extra else []
    return f"{type(request).__name__}({', '.join(shown)})"


def _in_brief(value: Any, rule: Rule) -> str:
    match rule.kind:
        case "secret":
            return "***"
        case "web address":
            return f"<{redact_url(value)}>"
        case "image" | "images" if isinstance(value, str):
            return _picture_in_brief(value)
        case "images":
            return f"[{', '.join(map(_picture_in_brief, value))}]"
        case _:
            return shown(value)


def _picture_in_brief(text: str) -> str:
    if is_url(text):
        return f"<{redact_url(text)}>"
    size = size_of_text(text)
    return f"<{f'{size[0]}x{size[1]}' if size else 'picture'} in base64>"
