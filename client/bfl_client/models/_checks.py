"""Judge the fields of a request by the rules beside them: every fault at once, before any money is spent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import MappingProxyType
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from bfl_client._errors import InvalidRequest
from bfl_client._inputs import is_url, problem_with

from ._rules import Kind, Rule

EXTRA = "extra"
_RATIO = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")
_WIDEST_RATIO = 4  # [SDK; OAS and the help page are narrower]
_SHOWN_CHARS = 40

Values = Mapping[str, Any]
Further = Callable[[Values], str | None]


@dataclass(frozen=True, slots=True)
class Slot:
    """A field's rule, and whether a request has to have it."""

    rule: Rule
    is_required: bool


@cache
def slots_of(kind: Any) -> Mapping[str, Slot]:
    """Return the vendor's fields of a class of requests, in the vendor's order."""
    hints = get_type_hints(kind, include_extras=True)
    rows = (field for field in fields(kind) if field.name != EXTRA)
    slots = {row.name: Slot(hints[row.name].__metadata__[0], row.default is MISSING) for row in rows}
    return MappingProxyType(slots)


def values_of(request: Any) -> dict[str, Any]:
    """Return the vendor's fields of a request, those left out as None."""
    return {name: getattr(request, name) for name in slots_of(request.__class__)}


def check(request: Any) -> None:
    """Raise InvalidRequest with every fault of a request; stands as `__post_init__` in each class."""
    faults = tuple(faults_of(type(request), values_of(request), request.extra))
    if faults:
        raise refusal(request.MODEL, faults)


def refusal(model: str, faults: tuple[str, ...]) -> InvalidRequest:
    """Return the error that names all faults of a request, in its `reasons` one by one."""
    return InvalidRequest(f"The request to {model} cannot be sent: {'; '.join(faults)}.", reasons=faults)


def faults_of(kind: Any, values: Values, extra: object) -> Iterator[str]:
    """Yield what is wrong with the fields of a request of a class, each fault with its field."""
    for name, slot in slots_of(kind).items():
        value = values.get(name)
        problem = _problem(value, slot)
        if problem is not None:
            yield f"{name}: {problem}"
    yield from filter(None, (judge(values) for judge in getattr(kind, "FURTHER", ())))
    yield from faults_of_extra(extra, beside=values)


def faults_of_extra(extra: object, *, beside: Values) -> Iterator[str]:
    """Yield what is wrong with fields that pass through: no JSON, or other values than those beside them."""
    if not isinstance(extra, Mapping):
        yield f"extra: {shown(extra)} is no mapping of names to values"
        return
    for name, value in extra.items():
        if not isinstance(name, str):
            yield f"extra: the name {shown(name)} is no text"
        elif beside.get(name) is not None and beside[name] != value:
            yield f"{name}: is also in extra, with another value"
        else:
            yield from faults_of_json(name, value)


def faults_of_json(name: str, value: object) -> Iterator[str]:
    """Yield why a value cannot be sent."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        yield f"{name}: cannot be written as JSON ({error})"


def _problem(value: object, slot: Slot) -> str | None:
    if value is None:
        return "is missing" if slot.is_required else None
    return _JUDGES[slot.rule.kind](value, slot.rule)


def _text_problem(value: object, rule: Rule) -> str | None:
    if not isinstance(value, str):
        return f"is no text but {type(value).__name__}"
    if rule.least and not value:
        return "is empty"
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return "holds half a character (a lone surrogate), which is no text"
    return None


def _whole_problem(value: object, rule: Rule) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return f"{shown(value)} is no whole number"
    if value % rule.multiple_of:
        return f"{shown(value)} is no multiple of {rule.multiple_of}"
    return _range_problem(value, rule)


def _number_problem(value: Any, rule: Rule) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not -math.inf < value < math.inf:
        return f"{shown(value)} is no number"
    return _range_problem(value, rule)


def _range_problem(value: float, rule: Rule) -> str | None:
    if rule.least is not None and value < rule.least:
        return f"{shown(value)} is below {rule.least:g}"
    if rule.most is not None and value > rule.most:
        return f"{shown(value)} is above {rule.most:g}"
    return None


def _flag_problem(value: object, _: Rule) -> str | None:
    return None if isinstance(value, bool) else f"{shown(value)} is neither True nor False"


def _choice_problem(value: object, rule: Rule) -> str | None:
    return None if value in rule.choices else f"{shown(value)} is none of {', '.join(rule.choices)}"


def _ratio_problem(value: object, _: Rule) -> str | None:
    match = _RATIO.fullmatch(value) if isinstance(value, str) else None
    across, down = (int(match[1]), int(match[2])) if match else (0, 0)
    if not across or not down:
        return f"{shown(value)} is no ratio such as 16:9"
    if across > _WIDEST_RATIO * down or down > _WIDEST_RATIO * across:
        return f"{shown(value)} is not between 1:{_WIDEST_RATIO} and {_WIDEST_RATIO}:1"
    return None


def _web_address_problem(value: object, rule: Rule) -> str | None:
    problem = _text_problem(value, rule)
    if problem is not None or not isinstance(value, str):
        return problem
    if not is_url(value):
        return "is no http(s) URL"
    if rule.most is not None and len(value) > rule.most:
        return f"has {len(value)} characters, at most {rule.most:g} are taken"
    try:
        parts = urlsplit(value)
        return None if parts.hostname and parts.port != 0 else "is a URL that names no host"
    except ValueError as error:
        return f"cannot be read as a URL ({error})"


def _image_problem(value: object, rule: Rule) -> str | None:
    if not isinstance(value, str):
        return f"is {type(value).__name__} and no text: as_api_image makes the text from bytes or a file"
    return problem_with(value, most_mp=rule.most_mp, least_side_px=rule.least_side_px)


def _images_problem(value: object, rule: Rule) -> str | None:
    images = [value] if isinstance(value, str) else value
    if not isinstance(images, list | tuple) or not (rule.least or 0) <= len(images) <= (rule.most or 0):
        return f"give one image, or a list of {rule.least:g} to {rule.most:g}"
    problems = ((at, _image_problem(image, rule)) for at, image in enumerate(images, 1))
    return next((f"image {at} {problem}" for at, problem in problems if problem), None)


_JUDGES: Mapping[Kind, Callable[[object, Rule], str | None]] = MappingProxyType(
    {
        "text": _text_problem,
        "secret": _text_problem,
        "integer": _whole_problem,
        "number": _number_problem,
        "boolean": _flag_problem,
        "choice": _choice_problem,
        "ratio": _ratio_problem,
        "web address": _web_address_problem,
        "image": _image_problem,
        "images": _images_problem,
    }
)


def shown(value: object) -> str:
    """Return a value for a message, shortened."""
    text = repr(value[: _SHOWN_CHARS + 1] if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 3]}..."
