"""What is to go wrong with the webhooks of one task: the value, and its form in a directive.

Such as `a red cube [mock: webhook=delay:5s,duplicate]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType

_DELAY = re.compile(r"(?P<count>\d{1,9}(?:\.\d{1,3})?)(?P<unit>ms|s)")
_LONGEST_MS = 366 * 24 * 3600 * 1000
_MOST_COPIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookScript:
    """How the events of a task reach their receiver; the defaults are a good day.

    - `delay_ms`: all events come so much later. `copies`: how often the final event comes.
    - `is_reordered`: the final event comes before those of the progress.
    - `is_dropped`: nothing is sent. `has_bad_signature`: signed with another secret.
    - `is_before_reply`: the task ends at once, and its events come before the reply to the submit.
    - `has_progress`: whether progress events are sent; None leaves it to the dialect.
    """

    delay_ms: int = 0
    copies: int = 1
    is_reordered: bool = False
    is_dropped: bool = False
    has_bad_signature: bool = False
    is_before_reply: bool = False
    has_progress: bool | None = None


def read_webhook_script(text: str) -> WebhookScript:
    """Return what a comma-separated list such as `delay:5s,duplicate` scripts.

    Raises ValueError with the sentence that says what would do.
    """
    script = WebhookScript()
    given: set[str] = set()
    for part in text.split(","):
        name, separator, value = part.strip().partition(":")
        if name not in _READERS:
            raise ValueError(_unknown(name))
        if name in given:
            raise ValueError(f"webhook: {name} is given twice: leave one out.")
        given.add(name)
        script = _READERS[name](script, value if separator else None)
    if given >= {"progress", "final_only"}:
        raise ValueError("webhook takes progress or final_only, not both: they say the opposite.")
    return _consistent(script)


def idle_instructions(script: WebhookScript, *, has_url: bool, has_secret: bool) -> tuple[str, ...]:
    """Return what of a script comes to nothing, in words, for a task with or without a webhook_url and a secret.

    >>> idle_instructions(WebhookScript(is_dropped=True), has_url=False, has_secret=False)
    ('had no effect: webhook=drop, for no webhook_url was given',)
    """
    if not has_url:
        spelt = ",".join(_spelt(replace(script, is_before_reply=False)))  # that ends the task at once all the same
        return (f"had no effect: webhook={spelt}, for no webhook_url was given",) if spelt else ()
    if script.has_bad_signature and not has_secret:
        return ("had no effect: webhook=bad_signature, for no webhook_secret was given: nothing is signed",)
    return ()


def _spelt(script: WebhookScript) -> Iterator[str]:
    """Yield the instructions that make a script."""
    if script.delay_ms:
        yield f"delay:{script.delay_ms}ms"
    if script.copies > 1:
        yield f"duplicate:{script.copies}"
    for name, changes in _FLAGS.items():
        if replace(script, **changes) == script:
            yield name


def _unknown(name: str) -> str:
    near = get_close_matches(name, _READERS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"Unknown webhook instruction {name[:40]!r}.{hint} Known: {', '.join(_READERS)}."


def _consistent(script: WebhookScript) -> WebhookScript:
    if script.is_before_reply and script.delay_ms:
        raise ValueError("webhook takes before_reply or delay, not both: one is early, the other late.")
    if script.is_reordered and script.has_progress is False:
        raise ValueError("webhook takes reorder or final_only, not both: there must be something to reorder.")
    return script


def _delay(script: WebhookScript, value: str | None) -> WebhookScript:
    match = _DELAY.fullmatch(value or "")
    if match is None:
        raise ValueError(f"webhook takes delay:500ms or delay:5s, not {value and value[:40]!r}.")
    delay_ms = round(float(match["count"]) * (1 if match["unit"] == "ms" else 1000))
    if delay_ms > _LONGEST_MS:
        raise ValueError("webhook takes a delay of at most a year.")
    return replace(script, delay_ms=delay_ms)


def _duplicate(script: WebhookScript, value: str | None) -> WebhookScript:
    if value is None:
        return replace(script, copies=2)
    if not re.fullmatch(r"\d{1,3}", value, re.ASCII) or not 2 <= int(value) <= _MOST_COPIES:
        raise ValueError(f"webhook takes duplicate or duplicate:N with N from 2 to {_MOST_COPIES}, not {value[:40]!r}.")
    return replace(script, copies=int(value))


def _flag(changes: Mapping[str, bool]) -> Callable[[WebhookScript, str | None], WebhookScript]:
    def read(script: WebhookScript, value: str | None) -> WebhookScript:
        if value is not None:
            raise ValueError(f"Of the webhook instructions only delay and duplicate take a value, not {value[:40]!r}.")
        return replace(script, **changes)

    return read


_FLAGS: Mapping[str, Mapping[str, bool]] = MappingProxyType(
    {
        "reorder": {"is_reordered": True},
        "drop": {"is_dropped": True},
        "bad_signature": {"has_bad_signature": True},
        "before_reply": {"is_before_reply": True},
        "progress": {"has_progress": True},
        "final_only": {"has_progress": False},
    }
)
_READERS: Mapping[str, Callable[[WebhookScript, str | None], WebhookScript]] = MappingProxyType(
    {"delay": _delay, "duplicate": _duplicate} | {name: _flag(changes) for name, changes in _FLAGS.items()}
)
