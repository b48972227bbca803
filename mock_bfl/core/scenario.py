"""What a task was told to do: `[mock: …]` directives in its prompt.

    a red cube [mock: status="Content Moderated" after=2s]

Everything a client can meet is reachable this way, without a control plane; nobody writes `[mock:` by accident.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import chain
from types import MappingProxyType

from mock_bfl.contract import statuses
from mock_bfl.contract.errors import TASK_ERROR_CODES

from .webhook_script import WebhookScript, read_webhook_script

_OPENING = "[mock:"
_SETTING = re.compile(r"""\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))\s*""")
_LATENCY = re.compile(r"(?P<count>\d{1,9}(?:\.\d{1,3})?)(?P<unit>ms|s|polls?)")
_LONGEST_MS = 366 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A script for one task; None leaves a thing to the model's preset."""

    final_status: str | None = None
    waiting_status: str | None = None
    after_ms: int | None = None
    after_polls: int | None = None
    progress: tuple[float | None, ...] | None = None
    reasons: tuple[str, ...] | None = None
    error_code: str | None = None
    reference_mp: float | None = None
    webhook: WebhookScript = WebhookScript()
    grace_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A directive that cannot be followed, and the sentence that says what would do."""

    reason: str


class _Refused(Exception):
    """Carries the sentence of a `Misspelt` out of a setting's reader."""


def read_directives(prompt: str) -> Scenario | Misspelt:
    """Return the scenario that a prompt scripts; an ordinary prompt scripts nothing."""
    try:
        return _apply(Scenario(), chain.from_iterable(map(_settings, _directives(prompt))))
    except _Refused as refusal:
        return Misspelt(str(refusal))


def apply_settings(scenario: Scenario, settings: str) -> Scenario | Misspelt:
    """Return a scenario with settings on top, written as in a directive: `status=Error after=2s`."""
    try:
        return _apply(scenario, _settings(settings.strip()))
    except _Refused as refusal:
        return Misspelt(str(refusal))


def _directives(prompt: str) -> Iterator[str]:
    """Yield what stands in each directive, in one pass: a prompt may be megabytes long."""
    start = prompt.find(_OPENING)
    while start != -1:
        end = prompt.find("]", start)
        if end == -1:
            raise _Refused("A [mock: directive has no closing bracket.")
        yield prompt[start + len(_OPENING) : end].strip()
        start = prompt.find(_OPENING, end)


def _settings(settings: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each setting of one directive."""
    position = 0
    while position < len(settings):
        match = _SETTING.match(settings, position)
        if match is None:
            raise _Refused(f"Expected name=value in a [mock: directive, found {settings[position:].strip()[:40]!r}.")
        yield match["name"], match["bare"] if match["quoted"] is None else match["quoted"]
        position = match.end()


def _apply(scenario: Scenario, settings: Iterable[tuple[str, str]]) -> Scenario:
    """Return the scenario with settings on top, none of which may contradict another."""
    given: dict[str, str] = {}
    for name, value in settings:
        scenario = _reader(name)(scenario, value)
        if name in given:
            raise _Refused(f"{name} is given twice, as {given[name][:40]!r} and {value[:40]!r}: leave one out.")
        given[name] = value
    if "error" in given and given.get("status", statuses.ERROR) != statuses.ERROR:
        raise _Refused(f"status={given['status']!r} and error contradict: an error code ends a task in Error.")
    if "after" in given and given.get("status") in statuses.IN_PROGRESS:
        word = given["status"]
        raise _Refused(f"status={word!r} never ends, so after contradicts it: write while={word} for a task that does.")
    return _consistent(scenario)


def _consistent(scenario: Scenario) -> Scenario:
    if scenario.webhook.is_before_reply and (scenario.after_polls or scenario.after_ms):
        raise _Refused("webhook=before_reply ends the task at once: leave out after, or write after=0s.")
    return scenario


def _reader(name: str) -> Callable[[Scenario, str], Scenario]:
    if name in _READERS:
        return _READERS[name]
    near = get_close_matches(name, _READERS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise _Refused(f"Unknown directive {name[:40]!r}.{hint} Known: {', '.join(_READERS)}.")


def _status(scenario: Scenario, value: str) -> Scenario:
    if value not in statuses.WORDS:
        near = get_close_matches(value, statuses.WORDS, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise _Refused(f"Unknown status {value[:40]!r}.{hint} Known: {', '.join(statuses.WORDS)}.")
    if value in statuses.IN_PROGRESS:
        stuck = replace(scenario, final_status=value, waiting_status=value, error_code=None)
        return replace(stuck, after_ms=None, after_polls=None)
    return replace(scenario, final_status=value, error_code=scenario.error_code if value == statuses.ERROR else None)


def _waiting(scenario: Scenario, value: str) -> Scenario:
    if not value.strip() or value in statuses.TERMINAL:
        raise _Refused("while takes the word shown until the end, such as Generating; not a terminal status.")
    return replace(scenario, waiting_status=value)


def _after(scenario: Scenario, value: str) -> Scenario:
    match = _LATENCY.fullmatch(value)
    if match is None:
        raise _Refused(f"after takes 500ms, 2s or 3polls, not {value[:40]!r}.")
    if match["unit"].startswith("poll"):
        if "." in match["count"] or int(match["count"]) == 0:
            raise _Refused("after takes a whole number of polls, at least 1.")
        return replace(scenario, after_polls=int(match["count"]), after_ms=None)
    after_ms = round(float(match["count"]) * (1 if match["unit"] == "ms" else 1000))
    if after_ms > _LONGEST_MS:
        raise _Refused("after takes at most a year.")
    return replace(scenario, after_ms=after_ms, after_polls=None)


def _grace(scenario: Scenario, value: str) -> Scenario:
    match = _LATENCY.fullmatch(value)
    if match is None or match["unit"].startswith("poll"):
        raise _Refused(f"grace takes the time until the task is found, such as 500ms or 2s, not {value[:40]!r}.")
    grace_ms = round(float(match["count"]) * (1 if match["unit"] == "ms" else 1000))
    if grace_ms > _LONGEST_MS:
        raise _Refused("grace takes at most a year.")
    return replace(scenario, grace_ms=grace_ms)


def _progress(scenario: Scenario, value: str) -> Scenario:
    if value == "none":
        return replace(scenario, progress=())
    return replace(scenario, progress=tuple(_share(part) for part in value.split(",")))


def _share(part: str) -> float | None:
    if part == "null":
        return None
    if re.fullmatch(r"\d{1,3}(\.\d{1,6})?", part) is None:
        raise _Refused(f"progress takes numbers such as 0.1,0.5,null or none, not {part[:40]!r}.")
    return float(part)


def _reasons(scenario: Scenario, value: str) -> Scenario:
    return replace(scenario, reasons=tuple(part.strip() for part in value.split(",") if part.strip()))


def _error(scenario: Scenario, value: str) -> Scenario:
    if value not in TASK_ERROR_CODES:
        raise _Refused(f"Unknown error code {value[:40]!r}. Known: {', '.join(TASK_ERROR_CODES)}.")
    return replace(scenario, error_code=value, final_status=statuses.ERROR)


def _input_mp(scenario: Scenario, value: str) -> Scenario:
    if re.fullmatch(r"\d{1,3}(\.\d{1,4})?", value) is None:
        raise _Refused(f"input_mp takes megapixels such as 2.5, not {value[:40]!r}.")
    return replace(scenario, reference_mp=float(value))


def _webhook(scenario: Scenario, value: str) -> Scenario:
    try:
        return replace(scenario, webhook=read_webhook_script(value))
    except ValueError as error:
        raise _Refused(str(error)) from error


_READERS: Mapping[str, Callable[[Scenario, str], Scenario]] = MappingProxyType(
    {
        "status": _status,
        "after": _after,
        "progress": _progress,
        "reasons": _reasons,
        "error": _error,
        "while": _waiting,
        "input_mp": _input_mp,
        "webhook": _webhook,
        "grace": _grace,
    }
)
